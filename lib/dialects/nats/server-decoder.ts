import type { Transform } from 'node:stream';
import { frameDecoder } from '../frame-decoder.js';
import type { NatsServerParserOptions } from './options.js';
import { natsServerParser } from './server-parser.js';

/**
 * Bytes of a NATS server in, arrays of `NatsServerFrame` out, one a read at most. What the server did wrong travels in
 * band as a last `{op: 'FAULT', code}`, and bytes after it are ignored; the stream itself never fails. An unfinished
 * frame at the end is dropped.
 */
export function natsServerDecoder(options: NatsServerParserOptions = {}): Transform {
  return frameDecoder(natsServerParser(options));
}
