import type { Transform } from 'node:stream';
import split2 from 'split2';
import { MAX_LINE_BYTES, MAX_TOPIC_BYTES } from '../../domain/limits.js';
import type { CommandBatch } from '../../frame/command.js';
import { type FrameMemory, memoryOfCodecs } from '../../frame/memory.js';
import { Decoder } from '../base-decoder.js';
import type { LineCommand } from './commands.js';
import { LineGuard } from './guard.js';
import type { LineDecoderOptions } from './options.js';
import { LineParser } from './parser.js';

export type { LineDecoderOptions } from './options.js';

/**
 * Bytes of a line client in, `CommandBatch<LineCommand>` out, one batch a read. Wrong lines travel in band as
 * `{op: 'FAULT', code}`; the last word is one of LINE_TOO_LONG, HTTP_REQUEST and OTHER_PROTOCOL. An unfinished line at the
 * end is dropped.
 *
 *   bytes → guard: whole lines only, telnet's commands out → split2 with a mapper → batches
 */
export function lineDecoder(options: LineDecoderOptions = {}): Transform {
  return lineDecoderIn(memoryOfCodecs(), options);
}

/** The same with rows in `memory`. */
export function lineDecoderIn(memory: FrameMemory, options: LineDecoderOptions): Decoder<LineCommand> {
  return new LineDecoder(memory, options);
}

class LineDecoder extends Decoder<LineCommand> {
  private readonly guard: LineGuard;
  private readonly parser: LineParser;
  private readonly splitter: Transform;

  constructor(memory: FrameMemory, options: LineDecoderOptions) {
    super();
    this.guard = new LineGuard(() => options.maxLineBytes ?? MAX_LINE_BYTES);
    const parser = new LineParser(options.maxTopicBytes ?? MAX_TOPIC_BYTES, memory.rows);
    this.parser = parser;
    const splitter = split2('\n', (text: string) => parser.line(text));
    this.splitter = splitter;
    splitter.on('data', (batch: CommandBatch<LineCommand>) => {
      try {
        this.emitBatch(batch);
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    // Without a listener an error of the splitter, such as a throw of the parser, would end the process.
    splitter.on('error', (error: Error) => this.destroy(error));
    this.once('close', () => splitter.destroy());
  }

  protected override decodeChunk(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { parser } = this;
    if (parser.isOver) return done();
    const whole = this.guard.feed(chunk);
    parser.begin(whole);
    if (whole.lines > 0) {
      this.splitter.write(whole.bytes, done);
      return;
    }
    const batch = parser.finish();
    if (batch !== undefined) this.emitBatch(batch);
    done();
  }

  /** Not used: a read is finished when the splitter is through with it. */
  protected override decode(): void {}

  override _flush(done: (error?: Error | null) => void): void {
    this.splitter.once('close', done);
    this.splitter.end();
  }
}
