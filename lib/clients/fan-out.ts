import { type CommandBatch, cell, PAYLOAD, STRIDE, SUBJECT } from '../frame/command.js';
import { Delivery, type Outgoing } from '../frame/delivery.js';
import { FRAME_OVERHEAD_BYTES } from './frame-overhead.js';

/** `subscriptions[from]` to `subscriptions[to - 1]`. */
interface FanOutReceivers {
  readonly subscriptions: readonly { readonly sid: string }[];
  readonly from: number;
  readonly to: number;
}

/**
 * One message for very many subscriptions of one connection. It is queued as one item, in order with everything else,
 * and made into deliveries a part at a time: a million of them at once would keep all other connections waiting.
 */
export class FanOut {
  readonly batch: CommandBatch;
  readonly row: number;
  /** Bytes of other items that are queued before it; the queue's alone. */
  queuedBefore = 0;
  /** Payload bytes of the message. */
  readonly payloadBytes: number;
  /** About what each delivery takes on the wire, in bytes. */
  readonly frameBytes: number;
  private readonly subscriptions: readonly { readonly sid: string }[];
  private readonly raw: boolean;
  /** Which of them is next, and where they end. */
  private at: number;
  private readonly to: number;

  /** It is for `subscriptions[from]` to `subscriptions[to - 1]`. */
  constructor(
    batch: CommandBatch,
    row: number,
    { subscriptions, from, to }: FanOutReceivers,
    payloadBytes: number,
    raw: boolean,
  ) {
    this.batch = batch;
    this.row = row;
    this.subscriptions = subscriptions;
    this.at = from;
    this.to = to;
    this.payloadBytes = payloadBytes;
    const at = row * STRIDE;
    const head = cell(batch.columns, at + PAYLOAD) - cell(batch.columns, at + SUBJECT);
    this.frameBytes = payloadBytes + head + FRAME_OVERHEAD_BYTES + (subscriptions[to - 1]?.sid.length ?? 0);
    this.raw = raw;
    batch.users++;
  }

  /** How many deliveries have not been made. */
  get left(): number {
    return this.to - this.at;
  }

  /** Appends the next deliveries, `count` at most; returns how many. */
  expand(count: number, into: Outgoing<unknown>[]): number {
    const { batch, row, subscriptions, raw, at: from } = this;
    const end = Math.min(this.to, from + count);
    for (let at = from; at < end; at++) {
      const subscription = subscriptions[at];
      if (subscription === undefined) break;
      into.push(new Delivery(batch, row, row + 1, subscription.sid, false, raw));
    }
    batch.users += end - from;
    this.at = end;
    if (this.left === 0) batch.users--; // its own
    return end - from;
  }
}
