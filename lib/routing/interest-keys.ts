import { Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import { weightOf } from './link-members.js';
import type { Listener } from './literal-table.js';
import type { SubscriptionNode } from './subscription-node.js';

/** Whether a subscription counts as interest of its account: that of a client does, and that of a sink that is advertised. */
export function isInterest({ client, sink }: Subscription): boolean {
  return client !== undefined || sink?.isAdvertised === true;
}

/** Whether a subscription counts as interest to one listener. */
export type Counts = (subscription: Subscription) => boolean;

/**
 * Whether `node` has a subscription that counts as interest in the queue group of `subscription`, or in none as it is, other
 * than itself. Looks past sinks and links only, which may be many where servers of one cluster have a link each; undefined is the
 * node of a subscription that is alone.
 *
 * @param work counts what it looks past
 */
export function hasOther(
  node: SubscriptionNode | undefined,
  subscription: Subscription,
  counts: Counts,
  work: Work,
): boolean {
  if (node === undefined) return false;
  const { queue } = subscription;
  const list = queue === undefined ? node.plain : node.queues?.get(queue);
  if (list === undefined) return false;
  let seen = 0;
  for (const other of list) {
    seen++;
    if (other === subscription || !counts(other)) continue;
    work.units += seen >>> 2;
    return true;
  }
  work.units += seen >>> 2;
  return false;
}

/**
 * Calls `add` with the subject and each queue group of the interest at `there`, with undefined for those in none, and the members
 * of the group: 1 where there is none.
 */
export function eachInterest(
  there: Listener | SubscriptionNode,
  counts: Counts,
  add: (subject: string, queue: string | undefined, members: number) => void,
): void {
  if (there instanceof Subscription) {
    if (counts(there)) add(there.subject, there.queue, weightOf(there));
    return;
  }
  const plain = there.plain?.find(counts);
  if (plain !== undefined) add(plain.subject, undefined, 1);
  if (there.queues === undefined) return;
  for (const [queue, list] of there.queues) {
    let members = 0;
    let subject = '';
    for (const member of list) {
      if (!counts(member)) continue;
      members += weightOf(member);
      subject = member.subject;
    }
    if (members > 0) add(subject, queue, members);
  }
}
