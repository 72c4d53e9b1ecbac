import { type Sink, Subscription } from '../clients/subscription.js';
import type { DeliveryFilter } from '../domain/permissions.js';
import { isInterest } from './interest-keys.js';
import type { InterestListeners } from './interest-listeners.js';
import type { ListenedAccount } from './interest-replay.js';
import { Sublist, type SublistReader } from './sublist.js';

/**
 * The subscriptions of one account: the one place that inserts and removes them, for whatever reason, and announces that.
 * An announcement comes after the change.
 */
export class Interest {
  private readonly account: ListenedAccount;
  private sublist: Sublist;
  private readonly listeners: InterestListeners | undefined;
  /** Subscriptions of sinks by the sinks' owners. */
  private readonly sinks = new Map<object, Subscription[]>();
  /** Whether the broker has closed: nothing is inserted or removed any more. */
  private isOver = false;

  /** @param listeners what changes are announced to; undefined: nothing */
  constructor(account: ListenedAccount, sublist: Sublist, listeners: InterestListeners | undefined) {
    this.account = account;
    this.sublist = sublist;
    this.listeners = listeners;
  }

  /** Adds a subscription of a client. */
  insert(subscription: Subscription): void {
    if (this.isOver) return;
    const node = this.sublist.insert(subscription);
    if (this.listeners?.isListening === true) this.listeners.subscribed(this.account, subscription, node);
  }

  /** Removes a subscription of a client, which this account has. */
  remove(subscription: Subscription): void {
    if (this.isOver) return;
    const node = this.sublist.remove(subscription);
    if (this.listeners?.isListening === true) this.listeners.unsubscribed(this.account, subscription, node);
  }

  /** A subscription of a link stands for `change` members of its queue group more than before. */
  reweighed(subscription: Subscription, change: number): void {
    if (!this.isOver && this.listeners?.isListening === true)
      this.listeners.reweighed(this.account, subscription, change);
  }

  /** Gives a subscription of a client another filter. That is announced to nothing: the subscription stays what it is. */
  refilter(subscription: Subscription, filter: DeliveryFilter | undefined): void {
    if (this.isOver) return;
    this.sublist.remove(subscription);
    subscription.filter = filter;
    this.sublist.insert(subscription);
  }

  /** Hands what is published on `subject` to `sink` as well, until `owner` is detached. */
  attach(owner: object, sink: Sink, subject: string): void {
    if (this.isOver) return;
    const subscription = Subscription.into(sink, subject);
    const attached = this.sinks.get(owner);
    if (attached === undefined) this.sinks.set(owner, [subscription]);
    else attached.push(subscription);
    const node = this.sublist.insertInternal(subscription);
    if (this.listeners?.isListening === true && isInterest(subscription))
      this.listeners.added(this.account, subscription, node);
  }

  /** Forgets all subscriptions: the broker has closed. Nothing is announced. Returns what there is instead: none. */
  end(): SublistReader {
    this.isOver = true;
    this.sinks.clear();
    this.sublist = new Sublist();
    return this.sublist;
  }

  /** Removes all sinks: the account is forgotten. */
  detachAll(): void {
    for (const owner of this.sinks.keys()) this.detach(owner);
  }

  /** Removes the sinks that were attached for `owner`, and no others. */
  detach(owner: object): void {
    this.detachSome(owner, Number.POSITIVE_INFINITY);
  }

  /** Removes some of them, `most` at most. Returns whether none is left. */
  detachSome(owner: object, most: number): boolean {
    const attached = this.sinks.get(owner) ?? [];
    for (let count = 0; count < most; count++) {
      const subscription = attached.pop();
      if (subscription === undefined) break;
      const node = this.sublist.removeInternal(subscription);
      if (this.listeners?.isListening === true && isInterest(subscription))
        this.listeners.removed(this.account, subscription, node);
    }
    if (attached.length > 0) return false;
    this.sinks.delete(owner);
    return true;
  }
}
