import type { Transform } from 'node:stream';

/**
 * Makes what a codec throws its stream's error. A throw inside `_transform` or `_flush` would otherwise reach the code that
 * wrote to it, and from a socket's read event that is the process: a bug must cost its own connection only.
 */
export function contain<T extends Transform>(codec: T): T {
  const transform = codec._transform;
  const flush: Transform['_flush'] | undefined = codec._flush;
  codec._transform = function contained(chunk, encoding, done) {
    try {
      transform.call(this, chunk, encoding, done);
    } catch (error) {
      done(error as Error);
    }
  };
  if (flush !== undefined) {
    codec._flush = function contained(done) {
      try {
        flush.call(this, done);
      } catch (error) {
        done(error as Error);
      }
    };
  }
  return codec;
}
