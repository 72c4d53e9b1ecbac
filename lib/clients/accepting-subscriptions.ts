import type { CommandBatch } from '../frame/command.js';
import { isReceivable } from './receivable.js';
import type { Receiver, Subscription } from './subscription.js';
import type { Work } from './work.js';

/** `subscriptions[from]` to `subscriptions[to - 1]`. */
export interface AcceptingSubscriptions {
  readonly subscriptions: readonly Subscription[];
  readonly from: number;
  readonly to: number;
}

/**
 * Those of `plain[from]` to `plain[to - 1]`, all of `receiver`, that take row `row`; counts it as delivered to them. They
 * are listed anew only where some of them do not: there may be a million.
 */
export function acceptingSubscriptions(
  receiver: Receiver,
  plain: readonly Subscription[],
  from: number,
  to: number,
  batch: CommandBatch,
  row: number,
  work: Work,
): AcceptingSubscriptions {
  const { changes } = receiver;
  let some: Subscription[] | undefined;
  const ended: Subscription[] = [];
  let asked: Subscription['filter'];
  let verdict = false;
  work.units += (to - from) >>> 1;
  for (let i = from; i < to; i++) {
    const subscription = plain[i];
    if (subscription === undefined) break;
    // A review that is under way may give it another filter.
    if (subscription.index < 0 || (changes !== undefined && !changes.allow(subscription))) {
      some ??= plain.slice(from, i);
      continue;
    }
    const { filter, max } = subscription;
    if (filter !== undefined) {
      if (filter !== asked) {
        work.units++;
        asked = filter;
        verdict = isReceivable(filter, batch, row);
      }
      if (!verdict) {
        receiver.dropped('permission', 1, batch.payloadBytes(row));
        some ??= plain.slice(from, i);
        continue;
      }
    }
    if (max > 0) {
      if (subscription.isEnded) {
        some ??= plain.slice(from, i);
        continue;
      }
      if (subscription.delivered + 1 === max) ended.push(subscription);
    }
    subscription.delivered++;
    some?.push(subscription);
  }
  receiver.subscriptions.forgetEnded(ended);
  return some === undefined
    ? { subscriptions: plain, from, to }
    : { subscriptions: some, from: 0, to: some.length };
}
