import { MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../domain/limits.js';

/** Longest control line of a link, in bytes, as nats-server 2.11.17 and later have it. */
const MAX_LINK_LINE_BYTES = 64 * 1024;

/** What is taken from the other end of a leaf link. */
export interface LeafParserOptions {
  /** Longest arguments of a control line, in bytes; longer is a MAX_CONTROL_LINE fault. Default 64 KiB. */
  readonly maxControlLineBytes: number;
  /** Largest message, in bytes, headers included; larger is a MAX_PAYLOAD fault as soon as it is declared. Default 1 MiB. */
  readonly maxPayloadBytes: number;
  /** Largest header block, in bytes; larger is a MAX_HEADER fault as soon as it is declared. Default 1 MiB. */
  readonly maxHeaderBytes: number;
}

/** The options with what they leave out. */
export function leafParserOptions(options: Partial<LeafParserOptions> = {}): LeafParserOptions {
  return {
    maxControlLineBytes: options.maxControlLineBytes ?? MAX_LINK_LINE_BYTES,
    maxPayloadBytes: options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES,
    maxHeaderBytes: options.maxHeaderBytes ?? MAX_HEADER_BYTES,
  };
}
