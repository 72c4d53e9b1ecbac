import { type CommandBatch, HASH, PAYLOAD, STRIDE, SUBJECT, SUBJECT_END } from '../frame/command.js';
import { Delivery, type Outgoing } from '../frame/delivery.js';
import type { Client } from './client.js';
import { FRAME_OVERHEAD_BYTES } from './frame-overhead.js';
import type { Subscription } from './subscription.js';
import type { Work } from './work.js';

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
  private readonly subscriptions: readonly Subscription[];
  private readonly raw: boolean;
  private made = 0;

  constructor(
    batch: CommandBatch,
    row: number,
    subscriptions: readonly Subscription[],
    payloadBytes: number,
    raw: boolean,
  ) {
    this.batch = batch;
    this.row = row;
    this.subscriptions = subscriptions;
    this.payloadBytes = payloadBytes;
    const at = row * STRIDE;
    const head = batch.columns[at + PAYLOAD]! - batch.columns[at + SUBJECT]!;
    this.frameBytes = payloadBytes + head + FRAME_OVERHEAD_BYTES + subscriptions.at(-1)!.sid.length;
    this.raw = raw;
    batch.users++;
  }

  /** How many deliveries have not been made. */
  get left(): number {
    return this.subscriptions.length - this.made;
  }

  /** Appends the next deliveries, `count` at most; returns how many. */
  expand(count: number, into: Outgoing<unknown>[]): number {
    const { batch, row, subscriptions, raw, made } = this;
    const end = Math.min(subscriptions.length, made + count);
    for (let at = made; at < end; at++)
      into.push(new Delivery(batch, row, row + 1, subscriptions[at]!.sid, false, raw));
    batch.users += end - made;
    this.made = end;
    if (this.left === 0) batch.users--; // its own
    return end - made;
  }
}

/** Those of `plain[from]` to `plain[to - 1]`, all of `receiver`, that take row `row`; counts it as delivered to them. */
export function takersOf(
  receiver: Client,
  plain: readonly Subscription[],
  from: number,
  to: number,
  batch: CommandBatch,
  row: number,
  work: Work,
): readonly Subscription[] {
  const { bytes, columns } = batch;
  const at = row * STRIDE;
  const takers = new Array<Subscription>(to - from);
  let count = 0;
  const ended: Subscription[] = [];
  work.units += (to - from) >>> 1;
  for (let i = from; i < to; i++) {
    const subscription = plain[i]!;
    const { filter, max } = subscription;
    if (subscription.index < 0) continue;
    if (filter !== undefined) {
      work.units++;
      const start = columns[at + SUBJECT]!;
      if (!filter.mayReceive(bytes, start, columns[at + SUBJECT_END]!, columns[at + HASH]!)) {
        receiver.dropped('permission', 1, batch.payloadBytes(row));
        continue;
      }
    }
    if (max > 0) {
      if (subscription.isEnded) continue;
      if (subscription.delivered + 1 === max) ended.push(subscription);
    }
    subscription.delivered++;
    takers[count++] = subscription;
  }
  takers.length = count;
  receiver.forgetEnded(ended);
  return takers;
}
