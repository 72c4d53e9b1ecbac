import type { Fault } from '../../frame/fault.js';
import type { Err, Info, Ok, Ping, Pong } from '../nats/words.js';

/** What the side that dials says of itself and of its login. https://github.com/nats-io/nats-server/blob/main/server/leafnode.go */
export interface LeafConnect {
  readonly op: 'CONNECT';
  readonly options: Readonly<Record<string, unknown>>;
}

/** The sender has subscribers to `subject`: in the queue group `queue`, as many as `weight`, or in none. */
export interface LeafSub {
  readonly op: 'LS+';
  readonly subject: string;
  readonly queue?: string;
  /** Members of the queue group behind the sender, at least 1. */
  readonly weight?: number;
}

/** The sender has no more subscribers to `subject`, in that queue group or in none. */
export interface LeafUnsub {
  readonly op: 'LS-';
  readonly subject: string;
  readonly queue?: string;
}

/**
 * A message that also goes to queue groups: to one member of each group in `queues`, and to all subscribers in no group. A
 * message without `queues` is a publish.
 */
export interface LeafMessage {
  readonly op: 'LMSG';
  readonly subject: string;
  readonly reply?: string;
  readonly queues: readonly string[];
  /** The header block as on the wire; with it the frame is an HMSG. */
  readonly headers?: Uint8Array;
  /** The payload without the header block. */
  readonly payload: Uint8Array | string;
}

/** A message for queue groups as it was read; its bytes are views of what was read. */
export interface ReadLeafMessage extends LeafMessage {
  readonly headers?: Buffer;
  readonly payload: Buffer;
}

/** What comes over a leaf link besides messages without queue groups, in either direction. */
export type LeafCommand =
  | Info
  | LeafConnect
  | Ping
  | Pong
  | Ok
  | Err
  | LeafSub
  | LeafUnsub
  | ReadLeafMessage
  | Fault;
