import { Subscription } from '../clients/subscription.js';
import type { Listener } from './literal-table.js';
import type { SubscriptionNode } from './subscription-node.js';

/** Whether a subscription counts as interest of its account: that of a client does, and that of a sink that is advertised. */
export function isInterest({ client, sink }: Subscription): boolean {
  return client !== undefined || sink?.isAdvertised === true;
}

/**
 * Whether `node` has a subscription that counts as interest in the queue group of `subscription`, or in none as it is, other
 * than itself. Looks past sinks only, of which there are few; undefined is the node of a subscription that is alone.
 */
export function hasOther(node: SubscriptionNode | undefined, subscription: Subscription): boolean {
  if (node === undefined) return false;
  const { queue } = subscription;
  const list = queue === undefined ? node.plain : node.queues?.get(queue);
  if (list === undefined) return false;
  for (let i = 0; i < list.length; i++) {
    const other = list[i]!;
    if (other !== subscription && isInterest(other)) return true;
  }
  return false;
}

/** Calls `add` with the subject and each queue group of the interest at `there`, with undefined for those in none. */
export function eachInterest(
  there: Listener | SubscriptionNode,
  add: (subject: string, queue: string | undefined) => void,
): void {
  if (there instanceof Subscription) {
    if (isInterest(there)) add(there.subject, there.queue);
    return;
  }
  const plain = there.plain?.find(isInterest);
  if (plain !== undefined) add(plain.subject, undefined);
  if (there.queues === undefined) return;
  for (const [queue, [first]] of there.queues) if (first !== undefined) add(first.subject, queue);
}
