import { Transform, type TransformCallback } from 'node:stream';
import type { Parser } from './parser.js';

/** A parser as a Transform: bytes in, an array of what each read completes out; never an empty one. */
export function frameDecoder<C>(parser: Parser<C>): Transform {
  return new Transform({
    readableObjectMode: true,
    readableHighWaterMark: 1,
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
      try {
        const frames = parser.feed(chunk);
        if (frames.length > 0) this.push(frames);
      } catch (error) {
        done(error as Error); // a throw would reach the code that wrote
        return;
      }
      done();
    },
  });
}
