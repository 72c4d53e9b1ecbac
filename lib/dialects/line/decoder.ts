import type { Transform } from 'node:stream';
import split2 from 'split2';
import { MAX_LINE_BYTES, MAX_TOPIC_BYTES } from '../../domain/limits.js';
import { type FrameMemory, memoryOfCodecs } from '../../frame/memory.js';
import type { Decoder } from '../base-decoder.js';
import { TransformDecoder } from '../transform-decoder.js';
import type { LineCommand } from './commands.js';
import { LineGuard } from './guard.js';
import type { LineDecoderOptions } from './options.js';
import { LineParser } from './parser.js';

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

/**
 * The same with rows in `memory`.
 * @param parser what parses the lines; undefined: one that goes by `options`
 */
export function lineDecoderIn(
  memory: FrameMemory,
  options: LineDecoderOptions,
  parser = new LineParser(options.maxTopicBytes ?? MAX_TOPIC_BYTES, memory.rows),
): Decoder<LineCommand> {
  return new LineDecoder(parser, options);
}

class LineDecoder extends TransformDecoder<LineCommand> {
  private readonly guard: LineGuard;
  private readonly parser: LineParser;

  constructor(parser: LineParser, options: LineDecoderOptions) {
    super(split2('\n', (text: string) => parser.line(text)));
    this.guard = new LineGuard(() => options.maxLineBytes ?? MAX_LINE_BYTES);
    this.parser = parser;
  }

  protected override decodeChunk(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { parser } = this;
    if (parser.isOver) return done();
    const whole = this.guard.feed(chunk);
    parser.begin(whole);
    if (whole.lines > 0) {
      super.decodeChunk(whole.bytes, done);
      return;
    }
    const batch = parser.finish();
    if (batch !== undefined) this.emitBatch(batch);
    done();
  }
}
