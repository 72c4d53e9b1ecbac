import { Transform, type TransformCallback } from 'node:stream';
import { contain } from './contain.js';
import type { Parser } from './parser.js';

/** A parser as a Transform: bytes in, an array of what each read completes out; never an empty one. */
export function frameDecoder<C>(parser: Parser<C>): Transform {
  return contain(
    new Transform({
      readableObjectMode: true,
      readableHighWaterMark: 1,
      transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
        const frames = parser.feed(chunk);
        if (frames.length > 0) this.push(frames);
        done();
      },
    }),
  );
}
