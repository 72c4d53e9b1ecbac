import type { Transform } from 'node:stream';
import type { DialectName } from '../domain/dialect-name.js';
import type { ErrorCode, ErrorTexts } from '../domain/errors.js';
import type { FrameMemory } from '../frame/memory.js';
import type { Decoder } from './base-decoder.js';

/** An Encoder Transform as the broker drives it; any Transform with these, taking `Outgoing` items or arrays of them. */
export interface Encoder extends Transform {
  /**
   * Which rendering this encoder makes: encoders with equal keys render a run byte for byte alike, given equal sids,
   * so they share it. Unique over all dialects.
   */
  readonly renderKey: number;
  /** Bytes it has pushed so far. */
  readonly renderedBytes: number;
  /** The chunks these were. */
  readonly renderedChunks: number;
  /** Whether memory to render into is getting short, so that large outputs should be written early. */
  readonly isShortOfMemory: boolean;
  /** Set before a write: whether what comes of it has to wait, and so must not keep memory alive that is not its own. */
  backedUp: boolean;
  /**
   * Set before the first write: whether its reader is done with bytes once it has taken them, and says so by calling
   * `taken`. Then memory may be lent that is written again afterwards. Default false: what it pushes is the reader's.
   */
  borrows: boolean;
  /** The first `bytes` bytes of all it has pushed have been taken. */
  taken(bytes: number): void;
  /** Drops what was rendered and has not been read; for an encoder whose wire has closed. */
  discard(): void;
}

/** What a peer says to be let in. */
export interface Credentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly jwt?: string | undefined;
  /** Public nkey. */
  readonly nkey?: string | undefined;
  /** Signature of the link's nonce, base64url or base64. */
  readonly signature?: string | undefined;
}

/** Receives the interest of an account, as one server tells it to another. */
export interface InterestReceiver {
  /** The first subscription to `subject` that is in no queue group has begun. */
  added(subject: string): void;
  /** The last one has ended. */
  removed(subject: string): void;
  /** A queue group of the subject has so many members; 0: the last one has left. */
  members(subject: string, queue: string, count: number): void;
  /** All there was at the beginning has been told. */
  complete(): void;
}

/** What a session may do whose peer is another server: it takes part in an account for all clients behind it. */
export interface ServerLink {
  /**
   * The peer is a server of this kind from now on: what it publishes and subscribes to goes by the rules for links, and it is never
   * held for a slow reader here.
   * @param cluster of a leaf's server: its messages go to no other leaf of that cluster
   */
  become(kind: 'leaf-hub' | 'leaf-spoke', cluster?: string | undefined): void;
  /** The peer has subscribers to `subject`: in `queue` as many as `weight`, or in no queue group. */
  addInterest(subject: string, queue: string | undefined, weight: number): void;
  /** The peer has none any more. */
  removeInterest(subject: string, queue: string | undefined): void;
  /** The peer has sent so many rules of what may pass, which are work to follow. */
  countRules(count: number): void;
  /**
   * Tells the interest there is in the account, over some turns, and every change to it: all that messages of this peer may
   * reach. Returns what ends that.
   */
  tell(receiver: InterestReceiver): () => void;
}

/** What a session may do to its own connection; everything happens in the order of the calls. */
export interface Link<F> {
  readonly id: number;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** What a peer that has an nkey must sign; undefined where nkeys are no use. */
  readonly nonce: string | undefined;
  /** Whether this connection's own subscriptions get what it publishes. Default true. */
  echo: boolean;
  /** Whether every publish is confirmed. */
  receipts: boolean;
  /** Whether a publish with a reply subject and without a receiver is answered with a 503. Default false. */
  noResponders: boolean;
  /** Whether publishing to what is no literal subject is answered with INVALID_PUBLISH_SUBJECT. Default false. */
  pedantic: boolean;
  /** Whether it has been let in; until then publishes are not routed but passed to `session.refusePublish`. */
  readonly admitted: boolean;
  /** Whether it runs over TLS. */
  readonly secured: boolean;
  /** The user it is logged in as, where that has a name. */
  readonly user: string | undefined;
  /** Account that it was let in to; before that the default one. */
  readonly account: { readonly name: string };
  /** Messages it has published. */
  readonly published: number;
  /** Messages handed to it. */
  readonly outMessages: number;
  /** What its peer sent that could not be parsed: a session adds one for each. */
  faults: number;
  /** Whether its next command must wait. */
  readonly held: boolean;
  /** What the peer says of itself, for the log and the monitor. */
  peerName: string | undefined;
  peerLanguage: string | undefined;
  peerVersion: string | undefined;
  /** Unix time of its last command that is a sign of life, in milliseconds. */
  lastActivityAt: number;
  /** Time between the last PING and its PONG, before the first one between INFO and CONNECT, in milliseconds. */
  rttMs: number | undefined;
  /**
   * The peer has introduced itself and been let in, which is announced to the system account. It is soon asked for a sign of
   * life, so that both ends learn the round trip time.
   */
  introduced(): void;
  /** Asks to be let in; true: it is, with all that this login may do. A promise where it takes longer. */
  login(credentials: Credentials): boolean | Promise<boolean>;
  /** Takes no further command until `promise` is settled and `then` has been called; not called once it is closing. */
  after<T>(promise: Promise<T>, then: (value: T) => void): void;
  /** Calls `then` after `ms` milliseconds, once; returns what cancels that. What it throws ends this connection only. */
  later(ms: number, then: () => void): () => void;
  /** Queues a frame to the peer. */
  send(frame: F): void;
  /**
   * Returns the text that the dialect has for an error, see `Dialect.errors`; undefined where it has none.
   * @param about what stands for the `{…}` of the text, in order
   */
  errorText(code: ErrorCode, ...about: string[]): string | undefined;
  /** Whether there is a subscription with this sid. */
  subscribed(sid: string): boolean;
  /** Whether it may subscribe so. A promise where that takes longer: use `after`. */
  maySubscribe(subject: string, queue?: string): boolean | Promise<boolean>;
  /** Whether it has as many subscriptions as it may have. */
  readonly full: boolean;
  /** Whether `queue` would be one queue group more than it may be in. */
  inTooManyGroups(queue: string): boolean;
  /** Most tokens the subject of a subscription may have; 0: any number. */
  readonly maxSubjectTokens: number;
  /**
   * Adds a subscription, unless there is one with the same sid, which stays as it is. Ask `full` first. What is no valid subject, or
   * holds blanks or line ends, is refused with the error INVALID_SUBJECT; so is such a queue group.
   */
  subscribe(subject: string, sid: string, queue?: string): void;
  /** Ends a subscription, if there is one, now or once it has had `max` messages in total. */
  unsubscribe(sid: string, max?: number): void;
  /** Ends all subscriptions now. */
  unsubscribeAll(): void;
  /** What it may do as a link to another server. */
  readonly server: ServerLink;
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
  /**
   * Tells the peer of an error from the one table, if its dialect has a text for it (`link.errorText`). Does not close.
   * @param about what stands for the `{…}` of the text
   */
  sendError(code: ErrorCode, ...about: string[]): void;
  /** What it said at the start has changed (addresses, lame duck): tells the peer, where its dialect can. */
  inform(): void;
  /** Tells the peer alone to go to another server, where its dialect can; false: it cannot be told. Absent: none can. */
  informLameDuck?(): boolean;
  /** The peer is asked for a sign of life; false where the dialect cannot ask. */
  ping(): boolean;
  /** PINGs sent since the peer's last PONG. */
  readonly pingsOut: number;
  /** Called once, when the connection has closed. */
  close(): void;
}

/** Everything the broker needs to know of a wire dialect. A new dialect is one folder that exports one of these. */
export interface Dialect<C = unknown, F = unknown> {
  readonly name: DialectName;
  /**
   * Its name among types of connection, in upper case: users with `allowed_connection_types` that do not include it cannot log
   * in with it.
   */
  readonly connectionType: string;
  /** The same over a WebSocket; absent: the same. */
  readonly webSocketType?: string;
  /** Whether its decoder keeps no view of a chunk that lies in `memory.reading`, but in batches it has lent. */
  readonly readsInPlace: boolean;
  /** @param memory what decoders and encoders of this broker share */
  decoder(memory: FrameMemory): Decoder;
  encoder(highWaterBytes: number, memory: FrameMemory): Encoder;
  session(link: Link<F>, encoder: Encoder): Session<C>;
  /** What its clients are told of errors, by code; default: nothing. `{…}` in a text stands for what an error is about. */
  readonly errors?: ErrorTexts;
  /**
   * What the log may show of a command that is not a publish, besides its `op`. Never a secret: passwords, tokens, JWTs and
   * signatures are left out. Undefined: only `op` is shown.
   */
  logged?(command: C): object;
}
