import type { Transform } from 'node:stream';
import split2 from 'split2';
import { transform } from 'through2';
import { MAX_LINE_BYTES, MAX_TOPIC_BYTES } from '../../domain/limits.js';
import type { CommandBatch } from '../../frame/command.js';
import { type FrameMemory, memoryOfCodecs } from '../../frame/memory.js';
import { contain } from '../contain.js';
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
 *   bytes → guard (through2): whole lines only, telnet's commands out → split2 with a mapper → batches
 */
export function lineDecoder(options: LineDecoderOptions = {}): Transform {
  return lineDecoderIn(memoryOfCodecs(), options);
}

/** The same with rows in `memory`. */
export function lineDecoderIn(memory: FrameMemory, options: LineDecoderOptions): Transform {
  const guard = new LineGuard(() => options.maxLineBytes ?? MAX_LINE_BYTES);
  const parser = new LineParser(options.maxTopicBytes ?? MAX_TOPIC_BYTES, memory.rows);
  const splitter = split2('\n', (line: string) => parser.line(line));

  const decoder = transform(
    { readableObjectMode: true, readableHighWaterMark: 1 },
    (chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) => {
      if (parser.isOver) return done();
      const whole = guard.feed(chunk);
      parser.begin(whole);
      if (whole.lines > 0) {
        splitter.write(whole.bytes, done);
        return;
      }
      const batch = parser.finish();
      if (batch !== undefined) decoder.push(batch);
      done();
    },
    (done: (error?: Error | null) => void) => {
      splitter.once('close', done);
      splitter.end();
    },
  );
  splitter.on('data', (batch: CommandBatch<LineCommand>) => {
    try {
      decoder.push(batch);
    } catch (error) {
      decoder.destroy(error as Error);
    }
  });
  // Without a listener an error of the splitter, such as a throw of the parser, would end the process.
  splitter.on('error', (error: Error) => decoder.destroy(error));
  decoder.once('close', () => splitter.destroy());
  return contain(decoder as unknown as Transform);
}
