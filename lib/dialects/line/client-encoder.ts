import { Transform, type TransformCallback } from 'node:stream';
import { CommandBatch } from '../../frame/command.js';
import { DEFAULT_HIGH_WATER_BYTES } from '../encoder.js';
import type { LineClientFrame } from './commands.js';
import type { LineEncoderOptions } from './encoder.js';
import { lineCommandWriter } from './frames.js';

/**
 * What a line client says in, lines out: plain `LineClientFrame` objects, arrays of them, or the batches of a
 * `lineDecoder`. No text can forge a line. Anything else is an error of the stream.
 */
export function lineClientEncoder(options: LineEncoderOptions = {}): Transform {
  const write = lineCommandWriter(options);
  return new Transform({
    writableObjectMode: true,
    readableHighWaterMark: options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES,
    transform(items: LineClientFrame, _encoding: BufferEncoding, done: TransformCallback): void {
      const many = Array.isArray(items) || (items as object) instanceof CommandBatch;
      const frames = many ? (items as unknown as Iterable<LineClientFrame>) : [items];
      let chunk: Buffer;
      try {
        chunk = Buffer.concat(Array.from(frames, write));
      } catch (error) {
        done(error as Error); // a throw would reach the code that wrote
        return;
      }
      done(null, chunk.length > 0 ? chunk : undefined);
    },
  });
}
