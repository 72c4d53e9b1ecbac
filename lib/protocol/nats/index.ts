import type { Dialect, Encoder, Link } from '../codec.js';
import type { NatsCommand, NatsFrame } from './commands.js';
import { natsDecoder } from './decoder.js';
import { NatsEncoder } from './encoder.js';
import type { NatsParserOptions } from './parser.js';
import { NatsSession, type NatsSessionOptions } from './session.js';

/** The limits may change at any time; they hold for what is read from then on. */
export type NatsDialectOptions = NatsSessionOptions &
  Omit<NatsParserOptions, 'headersNeedConnect' | 'connectFirst'> & {
    /** Whether a client's first word must be a CONNECT. */
    readonly connectFirst: () => boolean;
  };

/** The NATS client protocol. */
export function natsDialect(options: NatsDialectOptions): Dialect<NatsCommand, NatsFrame> {
  return {
    name: 'nats',
    readsInPlace: true,
    decoder: () =>
      natsDecoder({
        get maxControlLineBytes() {
          return options.maxControlLineBytes;
        },
        get maxPayloadBytes() {
          return options.maxPayloadBytes;
        },
        get maxHeaderBytes() {
          return options.maxHeaderBytes;
        },
        headersNeedConnect: true,
        connectFirst: options.connectFirst(),
      }),
    encoder: (highWaterBytes: number) => new NatsEncoder({ highWaterBytes }),
    session: (link: Link<NatsFrame>, encoder: Encoder) =>
      new NatsSession(link, encoder as NatsEncoder, options),
  };
}
