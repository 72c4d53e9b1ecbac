/** What there is to be known of the interest of accounts: kept from announcements, and read from where subscriptions are. */

import { Subscription } from '../../lib/clients/subscription.js';
import type { InterestListener, SubscriptionListener } from '../../lib/routing/interest-listeners.js';
import type { ListenedAccount } from '../../lib/routing/interest-replay.js';
import { LITERAL_TABLES } from '../../lib/routing/literals.js';
import type { SubscriptionNode } from '../../lib/routing/subscription-node.js';
import type { TrieNode } from '../../lib/routing/trie.js';

/** A subject, and a queue group, of an account. */
export function keyOf(
  { name }: { readonly name: string },
  subject: string,
  queue: string | undefined,
): string {
  return `${name} ${subject} ${queue ?? '-'}`;
}

/** The subscriptions that there are, by account, kept from announcements alone. */
export class SubscriptionPicture implements SubscriptionListener {
  readonly there = new Map<Subscription, ListenedAccount>();
  /** Announcements that cannot be right. */
  readonly wrong: string[] = [];

  subscribed(subscription: Subscription, account: ListenedAccount): void {
    if (this.there.has(subscription))
      this.wrong.push(`${keyOf(account, subscription.subject, '?')} began twice`);
    this.there.set(subscription, account);
  }

  unsubscribed(subscription: Subscription, account: ListenedAccount): void {
    if (this.there.get(subscription) !== account)
      this.wrong.push(`${keyOf(account, subscription.subject, '?')} ended where it was not`);
    this.there.delete(subscription);
  }
}

/** The interest that there is, kept from announcements alone. */
export class InterestPicture implements InterestListener {
  readonly there = new Set<string>();
  readonly wrong: string[] = [];
  isComplete = false;

  interestAdded(account: ListenedAccount, subject: string, queue: string | undefined): void {
    const key = keyOf(account, subject, queue);
    if (this.there.has(key)) this.wrong.push(`${key} was added twice`);
    this.there.add(key);
  }

  interestRemoved(account: ListenedAccount, subject: string, queue: string | undefined): void {
    const key = keyOf(account, subject, queue);
    if (!this.there.delete(key)) this.wrong.push(`${key} was removed and was not there`);
  }

  interestComplete(): void {
    this.isComplete = true;
  }
}

/** Every subscription of an account, read from its sublist. */
export function subscriptionsOf({ sublist }: ListenedAccount): Subscription[] {
  const found: Subscription[] = [];
  const read = (there: Subscription | SubscriptionNode): void => {
    if (there instanceof Subscription) found.push(there);
    else found.push(...(there.plain ?? []), ...[...(there.queues?.values() ?? [])].flat());
  };
  const descend = (node: TrieNode): void => {
    read(node);
    for (const child of node.below()) descend(child);
  };
  for (let table = 0; table < LITERAL_TABLES; table++)
    for (const there of sublist.literals.inTable(table)) read(there);
  descend(sublist.patterns);
  return found;
}

/** The interest of accounts, from their sublists. */
export function interestOf(accounts: Iterable<ListenedAccount>): Set<string> {
  const keys = new Set<string>();
  for (const account of accounts)
    for (const { subject, queue, client, sink } of subscriptionsOf(account))
      if (client !== undefined || sink?.isAdvertised === true) keys.add(keyOf(account, subject, queue));
  return keys;
}
