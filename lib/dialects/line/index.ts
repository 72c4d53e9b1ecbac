import { LINE_DIALECT } from '../../domain/dialect-name.js';
import type { Dialect, Link } from '../codec.js';
import type { LineCommand, LineOutput } from './commands.js';
import { lineDecoderIn } from './decoder.js';
import { LineEncoder } from './encoder.js';
import { LINE_ERRORS } from './error-texts.js';
import { LineSession, type LineSessionOptions } from './session.js';

export interface LineDialectOptions extends LineSessionOptions {
  /** Longest line, in bytes. */
  readonly maxLineBytes: number;
  /** Longest topic, in bytes. */
  readonly maxTopicBytes: number;
}

/** The telnet-friendly line dialect. */
export function lineDialect(options: LineDialectOptions): Dialect<LineCommand, LineOutput> {
  return {
    name: LINE_DIALECT,
    connectionType: 'LINE',
    readsInPlace: false,
    decoder: (memory) => lineDecoderIn(memory, options),
    encoder: (highWaterBytes, memory) => new LineEncoder({ highWaterBytes }, memory),
    session: (link: Link<LineOutput>) => new LineSession(link, options),
    errors: LINE_ERRORS,
    logged: (command) => (command.op === 'AUTH' ? {} : command),
  };
}
