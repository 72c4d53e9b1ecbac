import { MAX_CONTROL_LINE_BYTES, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../domain/limits.js';

/** What is taken from a client. */
export interface NatsParserOptions {
  /** Longest arguments of a control line, in bytes; longer is a MAX_CONTROL_LINE fault. */
  readonly maxControlLineBytes: number;
  /** Largest message, in bytes, headers included; larger is a MAX_PAYLOAD fault as soon as it is declared. */
  readonly maxPayloadBytes: number;
  /** Largest header block, in bytes; larger is a MAX_HEADER fault as soon as it is declared. */
  readonly maxHeaderBytes: number;
  /** Whether HPUB is a fault until a CONNECT has said `headers: true`, as a server has it. */
  readonly headersNeedConnect: boolean;
  /** Whether anything but a CONNECT is an AUTHORIZATION_VIOLATION, from its first byte on, until there was one. */
  readonly connectFirst: boolean;
  /** Whether a `traceparent` header asks for a trace, as `Nats-Trace-Dest` always does. Default false. */
  readonly takesTraceParents?: boolean;
}

/** The options with what they leave out: 4,096 bytes, 1 MiB, 1 MiB, HPUB and all else taken without a CONNECT. */
export function natsParserOptions(options: Partial<NatsParserOptions>): NatsParserOptions {
  return {
    maxControlLineBytes: options.maxControlLineBytes ?? MAX_CONTROL_LINE_BYTES,
    maxPayloadBytes: options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES,
    maxHeaderBytes: options.maxHeaderBytes ?? MAX_HEADER_BYTES,
    headersNeedConnect: options.headersNeedConnect ?? false,
    connectFirst: options.connectFirst ?? false,
    takesTraceParents: options.takesTraceParents === true,
  };
}

/** What is taken from a server. */
export interface NatsServerParserOptions {
  /**
   * Longest control line, in bytes without its line end; longer is a MAX_CONTROL_LINE fault. INFO is the longest: the
   * addresses of a whole cluster are in it. Default 64 KiB.
   */
  readonly maxControlLineBytes?: number;
  /** Largest message, in bytes, headers included; larger is a MAX_PAYLOAD fault. Default 64 MiB. */
  readonly maxPayloadBytes?: number;
}
