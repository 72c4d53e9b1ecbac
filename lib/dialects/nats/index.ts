import { NATS_DIALECT } from '../../domain/dialect-name.js';
import type { Dialect, Link } from '../codec.js';
import type { NatsCommand, NatsFrame } from './commands.js';
import { NatsDecoder } from './decoder.js';
import { NatsEncoder } from './encoder.js';
import { NATS_ERRORS } from './error-texts.js';
import { loggedFields } from './logged-fields.js';
import type { NatsParserOptions } from './options.js';
import { NatsSession, type NatsSessionOptions } from './session.js';

/** The limits may change at any time; they hold for what is read from then on. */
export type NatsDialectOptions = NatsSessionOptions &
  Omit<NatsParserOptions, 'headersNeedConnect' | 'connectFirst'> & {
    /** Whether a client's first word must be a CONNECT. */
    readonly connectFirst: () => boolean;
  };

/** What all decoders of a kind go by: the options as they are when they are asked for. */
class ReadLimits implements NatsParserOptions {
  readonly headersNeedConnect = true;
  readonly connectFirst: boolean;
  private readonly options: NatsDialectOptions;

  constructor(options: NatsDialectOptions, connectFirst: boolean) {
    this.options = options;
    this.connectFirst = connectFirst;
  }

  get maxControlLineBytes(): number {
    return this.options.maxControlLineBytes;
  }

  get maxPayloadBytes(): number {
    return this.options.maxPayloadBytes;
  }

  get maxHeaderBytes(): number {
    return this.options.maxHeaderBytes;
  }

  get takesTraceParents(): boolean {
    return this.options.takesTraceParents === true;
  }
}

/** The NATS client protocol. */
export function natsDialect(options: NatsDialectOptions): Dialect<NatsCommand, NatsFrame> {
  const open = new ReadLimits(options, false);
  const strict = new ReadLimits(options, true);
  return {
    name: NATS_DIALECT,
    connectionType: 'STANDARD',
    readsInPlace: true,
    decoder: (memory) => new NatsDecoder(options.connectFirst() ? strict : open, memory),
    // Without headers until its CONNECT asks for them.
    encoder: (highWaterBytes, memory) => new NatsEncoder({ highWaterBytes, headers: false }, memory),
    session: (link: Link<NatsFrame>) => new NatsSession(link, options),
    errors: NATS_ERRORS,
    logged: loggedFields,
  };
}
