import type { TlsContext } from './tls-context.js';

/**
 * How connections of one listener come to TLS.
 *
 *   after-info   INFO in the clear, then the handshake
 *   first        the handshake, then INFO in TLS
 *   auto         `first` for a peer that begins within `fallbackMs`, else `after-info`
 */
export interface Security {
  readonly mode: 'after-info' | 'first' | 'auto';
  readonly context: TlsContext;
  /** After an INFO in the clear the peer may go on in the clear: its first byte tells. */
  readonly allowNonTls: boolean;
  /** Whether a client must have a certificate. */
  readonly verify: boolean;
  /** Only in mode `auto`, in milliseconds. */
  readonly fallbackMs: number;
  /** Time from INFO, or the start, to the end of the handshake, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether one more handshake may begin now; undefined: always. */
  readonly mayBegin?: (() => boolean) | undefined;
  /** Called with the peer and the reason of each handshake that fails. */
  readonly onFailure: (failure: HandshakeFailure) => void;
}

export interface HandshakeFailure {
  readonly peer: string;
  readonly error: string;
}

/** The same for a dialect that has no INFO: TLS from the first byte, always. */
export function securityFromTheStart(security: Security): Security {
  return { ...security, mode: 'first', allowNonTls: false };
}

/** What INFO says of TLS; `secured`: to a connection that has it already. */
export function tlsInfo(security: Security | undefined, secured: boolean): Readonly<Record<string, true>> {
  if (security === undefined) return {};
  const { allowNonTls, verify } = security;
  return {
    ...(secured || !allowNonTls ? { tls_required: true } : {}),
    ...(verify ? { tls_verify: true } : {}),
    ...(allowNonTls ? { tls_available: true } : {}),
  };
}
