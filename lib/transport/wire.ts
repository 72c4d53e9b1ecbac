import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { CloseReason } from '../domain/close-reason.js';
import type { PausableReads } from '../domain/read-turns.js';
import type { Security } from './tls.js';

/** A byte stream with a peer at its other end: a socket, or any Duplex, which may name its peer as a socket does. */
export type PeerStream = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
};

/** What carries the bytes of a connection; `local`: a client within the process, without bytes. */
export type TransportName = 'tcp' | 'tls' | 'websocket' | 'memory' | 'local';

/** What carries the bytes of a wire, by how it was accepted: a listener with TLS counts as `tls` also before the handshake. */
export function transportOf({
  security,
  remoteAddress,
  upgrade,
}: Pick<Wire, 'security' | 'remoteAddress' | 'upgrade'>): TransportName {
  if (upgrade !== undefined) return 'websocket';
  if (security !== undefined) return 'tls';
  return remoteAddress === undefined ? 'memory' : 'tcp';
}

/** What a TLS handshake has agreed on. */
export interface TlsSession {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly version: string;
  /** The cipher suite by its name in the standard. */
  readonly cipher: string;
  /** The cipher suite by its name in OpenSSL. */
  readonly opensslCipher: string;
}

/** Credentials that a peer presents before it says anything in its dialect. */
export interface WireCredentials {
  readonly jwt: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** What the HTTP request said that a WebSocket began with. */
export interface Upgrade {
  /** Without its query. */
  readonly path: string;
  /** What its cookies hold, where cookies are looked at. */
  readonly credentials: WireCredentials | undefined;
}

/** Called with the length of what was read, and the memory it was read into; false stops reading. */
export type OnRead = (length: number, memory: Buffer) => boolean;

/**
 * A byte stream with a peer at its other end, and its capabilities. The broker asks for these instead of the class of
 * the stream, so that any transport can provide it: TCP, TLS, memory, a WebSocket.
 */
export interface Wire extends PausableReads {
  /** Bytes from the peer and to it. */
  readonly stream: Duplex;
  /** IP address of the peer, an IPv4 address always in its own form; undefined within the process. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** How it is to be secured before it is used; undefined: it is used as it is. Set by the transport. */
  security: Security | undefined;
  /** Address of the listener that accepted it; undefined: the program brought it. Set by the broker before it is served. */
  listener: string | undefined;
  /** Whether bytes written to it are no longer needed once their write callback is called: their memory may be reused. */
  readonly borrows: boolean;
  /** Whether {@link readInto} works. */
  readonly readsInPlace: boolean;
  /** Whether {@link unacknowledgedBytes} may answer. */
  readonly tracksAcknowledgements: boolean;
  /** Whether it is encrypted. */
  readonly isSecure: boolean;
  /** Undefined without TLS. */
  readonly tls: TlsSession | undefined;
  /** The verified certificate of the peer; undefined without one. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** What it began with, if it is a WebSocket. */
  readonly upgrade: Upgrade | undefined;
  /** Asks how many written bytes the peer's kernel has not acknowledged. `told` is called once, later, or never. */
  unacknowledgedBytes(told: (bytes: number) => void): void;
  /** Makes reads land in `memory`, each of its size at most, and calls `onRead` for each in the place of `push`. */
  readInto(memory: Buffer, onRead: OnRead): void;
  /**
   * Stops reading where it is, so that what has come stays in the kernel: neither the stream nor TLS learns of it.
   * Returns false where it does not read now, or is no socket.
   */
  pauseReading(): boolean;
  /** Continues reading after that, or after `onRead` has returned false. */
  resumeReading(): void;
  /** The peer has logged in, so that it may make more wait here than before. */
  trust(): void;
  /** Notes why the connection closes, for a transport that tells the peer. Called before the stream is ended. */
  closing(reason: CloseReason): void;
  /** Closes it at once with a TCP reset where there is one, which leaves no state behind. Nothing may have been read. */
  reset(): void;
  /** Drops questions that have not been answered. Called once the stream has closed. */
  release(): void;
}
