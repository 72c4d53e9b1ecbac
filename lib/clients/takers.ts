import { type CommandBatch, HASH, STRIDE, SUBJECT, SUBJECT_END } from '../frame/command.js';
import type { Receiver, Subscription } from './subscription.js';
import type { Work } from './work.js';

/** Those of `plain[from]` to `plain[to - 1]`, all of `receiver`, that take row `row`; counts it as delivered to them. */
export function acceptingSubscriptions(
  receiver: Receiver,
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
