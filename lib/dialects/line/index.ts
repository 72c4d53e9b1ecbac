import type { Dialect, Encoder, Link } from '../codec.js';
import type { LineCommand, LineFrame } from './commands.js';
import { lineDecoder } from './decoder.js';
import { LineEncoder } from './encoder.js';
import { LineSession, type LineSessionOptions } from './session.js';

export interface LineDialectOptions extends LineSessionOptions {
  /** Longest line, in bytes. */
  readonly maxLineBytes: number;
  /** Longest topic, in bytes. */
  readonly maxTopicBytes: number;
}

/** The telnet-friendly line dialect. */
export function lineDialect(options: LineDialectOptions): Dialect<LineCommand, LineFrame> {
  return {
    name: 'line',
    readsInPlace: false,
    decoder: () => lineDecoder(options),
    encoder: (highWaterBytes: number) => new LineEncoder({ highWaterBytes }),
    session: (link: Link<LineFrame>, encoder: Encoder) =>
      new LineSession(link, encoder as LineEncoder, options),
  };
}
