import type { Dialect, Encoder, Link } from '../codec.js';
import type { NatsCommand, NatsFrame } from './commands.js';
import { natsDecoder } from './decoder.js';
import { NatsEncoder } from './encoder.js';
import type { NatsParserOptions } from './parser.js';
import { NatsSession, type NatsSessionOptions } from './session.js';

export type NatsDialectOptions = NatsSessionOptions &
  Omit<NatsParserOptions, 'headersNeedConnect' | 'connectFirst'> & {
    /** Whether a client's first word must be a CONNECT. */
    readonly connectFirst: () => boolean;
  };

/** The NATS client protocol. */
export function natsDialect(options: NatsDialectOptions): Dialect<NatsCommand, NatsFrame> {
  return {
    name: 'nats',
    decoder: () =>
      natsDecoder({ ...options, headersNeedConnect: true, connectFirst: options.connectFirst() }),
    encoder: (highWaterBytes: number) => new NatsEncoder({ highWaterBytes }),
    session: (link: Link<NatsFrame>, encoder: Encoder) =>
      new NatsSession(link, encoder as NatsEncoder, options),
  };
}
