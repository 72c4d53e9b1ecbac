import type { Duplex, Transform } from 'node:stream';
import type { PeerCertificate } from 'node:tls';
import type { ErrorCode } from '../errors.js';

/** An Encoder Transform as the broker drives it; any Transform with these, taking `Outgoing` items or arrays of them. */
export interface Encoder extends Transform {
  /**
   * Which rendering this encoder makes: encoders with equal keys render a run byte for byte alike, given equal sids,
   * so they share it. Unique over all dialects.
   */
  readonly renderKey: number;
}

/** What a session may do to its own connection; everything happens in the order of the calls. */
export interface Link<F> {
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Whether this connection's own subscriptions get what it publishes. Default true. */
  echo: boolean;
  /** Whether every publish is confirmed. */
  receipts: boolean;
  /** Whether a publish with a reply subject that nobody got is answered with a 503. Default false. */
  noResponders: boolean;
  /** Whether publishing to what is no literal subject is answered with INVALID_PUBLISH_SUBJECT. Default false. */
  pedantic: boolean;
  /** Whether publishes are routed; without it a publish is passed to `session.refusePublish`. */
  admitted: boolean;
  /** Whether it runs over TLS. */
  readonly secured: boolean;
  /** The peer's certificate, if it was asked for one and it has been verified. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Messages it has published. */
  readonly published: number;
  /** A name the peer gave itself, for the log. */
  peerName: string | undefined;
  /** Queues a frame to the peer. */
  send(frame: F): void;
  /** Whether there is a subscription with this sid. */
  subscribed(sid: string): boolean;
  /** Whether it has as many subscriptions as it may have. */
  readonly full: boolean;
  /** Adds a subscription, unless there is one with the same sid, which stays as it is. Ask `full` first. */
  subscribe(subject: string, sid: string, queue?: string): void;
  /** Ends a subscription, if there is one, now or once it has had `max` messages in total. */
  unsubscribe(sid: string, max?: number): void;
  /** Closes the connection once everything queued has been flushed. */
  close(reason: ErrorCode | 'QUIT' | 'PEER_ERROR'): void;
}

/** The protocol state of one connection. Called by the core, synchronously and in order. */
export interface Session<C> {
  /** Called once, before any command: what the peer is told first, which may be before TLS has come up. */
  open(): void;
  /** Called once, after `open`: commands may come now, and their time runs. */
  ready(): void;
  /** One command that is not a publish. */
  handle(command: C): void;
  /** `count` publishes came while `link.admitted` was false. */
  refusePublish(count: number): void;
  /** Tells the peer of an error from the one table, if its dialect has a text for it. Does not close. */
  sendError(code: ErrorCode): void;
  /** The peer is asked for a sign of life; false where the dialect cannot ask. */
  ping(): boolean;
  /** PINGs sent since the peer's last PONG. */
  readonly pingsOut: number;
  /** Called once, when the connection has closed. */
  close(): void;
}

/** Everything the broker needs to know of a wire dialect. A new dialect is one folder that exports one of these. */
export interface Dialect<C, F> {
  readonly name: string;
  decoder(): Transform;
  encoder(highWaterBytes: number): Encoder;
  session(link: Link<F>, encoder: Encoder): Session<C>;
}

/** A byte stream with a peer at its end: a socket, or any Duplex. */
export type Wire = Duplex & {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
};
