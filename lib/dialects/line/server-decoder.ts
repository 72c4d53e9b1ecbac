import type { Transform } from 'node:stream';
import { frameDecoder } from '../frame-decoder.js';
import type { LineServerParserOptions } from './options.js';
import { lineServerParser } from './server-parser.js';

/**
 * Bytes of a line server in, arrays of `LineServerFrame` out, one a read at most. Lines that are wrong travel in band as
 * `{op: 'FAULT', code}`; the stream itself never fails. An unfinished line at the end is dropped.
 */
export function lineServerDecoder(options: LineServerParserOptions = {}): Transform {
  return frameDecoder(lineServerParser(options));
}
