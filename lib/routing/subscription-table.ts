import { type Receiver, Subscription } from '../clients/subscription.js';
import { Subscriptions } from '../clients/subscriptions.js';
import { REHASH_UNITS } from '../clients/work.js';
import type { Account } from './account.js';
import { EndedSubscriptions, MANY_ENDED } from './ended-subscriptions.js';
import { type ChangesHost, type ChangingClient, SubscriptionChanges } from './subscription-changes.js';

/** The client whose subscriptions they are. */
export type TableOwner = Receiver &
  ChangingClient & { readonly weights: Map<Subscription, number> | undefined };

/** The subscriptions of one client, by sid, and all that changes them. */
export class SubscriptionTable {
  /** Those that the client has now; others, which it has given up all at once, may still be being removed. */
  all = new Subscriptions();
  /** How many of them have had their maximum and have not been removed yet. */
  ended = 0;
  /** How many there may be. */
  maxSize: number;
  private readonly owner: TableOwner;
  private readonly core: ChangesHost;

  constructor(owner: TableOwner, core: ChangesHost, maxSize: number) {
    this.owner = owner;
    this.core = core;
    this.maxSize = maxSize;
  }

  get size(): number {
    return this.all.size;
  }

  /** Whether there are as many as there may be. */
  get isFull(): boolean {
    return this.all.size - this.ended >= this.maxSize;
  }

  get(sid: string): Subscription | undefined {
    return this.all.get(sid);
  }

  values(): IterableIterator<Subscription> {
    return this.all.values();
  }

  /** Whether there is one with this sid that has not ended. */
  has(sid: string): boolean {
    return this.all.get(sid)?.isEnded === false;
  }

  /**
   * Adds one, unless there is one with the same sid, which stays as it is. Ask `isFull` first.
   * @param weight members of the queue group that it stands for, where the owner is another server
   */
  add(subject: string, sid: string, queue?: string, weight = 1): void {
    const { owner, all } = this;
    const known = all.get(sid);
    if (known?.isEnded === true) this.forget(known);
    else if (known !== undefined) return;
    const subscription = new Subscription(owner, subject, sid, queue);
    subscription.filter = owner.rights.permissions?.filterFor(subject, queue);
    if (weight !== 1) owner.weights?.set(subscription, weight);
    this.core.work.units += all.add(subscription) * REHASH_UNITS;
    owner.account.interest.insert(subscription);
  }

  /** Ends one, if it is there, now or once it has had `max` messages in total. */
  end(sid: string, max = 0): void {
    const subscription = this.all.get(sid);
    if (subscription === undefined) return;
    if (!subscription.isEnded) subscription.max = max;
    if (max === 0 || subscription.isEnded) this.forget(subscription);
  }

  /** Ends all: none of them is handed a message any more. Many are removed over some turns. */
  endAll(): void {
    const { all } = this;
    if (all.size === 0) return;
    this.all = new Subscriptions();
    this.change().remove(all);
  }

  /**
   * Ends those that the client may not have any more, and tells it so; those that stay are filtered anew. Where there are
   * many that takes some turns; meanwhile each is looked at before it is handed a message.
   */
  review(): void {
    if (this.all.size > 0) this.change().review();
  }

  /** Moves those of the account `before` to the one that the client is in now. */
  moveFrom(before: Account): void {
    this.change().moveFrom(before);
  }

  /** The client is closing: ends all for good. Many are removed over some turns. */
  retire(): void {
    this.change().removeAll();
  }

  /** Removes those that have had their maximum: many of them over some turns. */
  forgetEnded(subscriptions: readonly Subscription[]): void {
    const { core, owner } = this;
    if (subscriptions.length > MANY_ENDED)
      core.scheduler.add(new EndedSubscriptions(this, owner, subscriptions, core.work), true);
    else for (const subscription of subscriptions) this.forget(subscription);
  }

  /** Removes one that is over. */
  forget(subscription: Subscription): void {
    this.all.delete(subscription);
    this.owner.account.interest.remove(subscription);
  }

  /** The change to all of them that is under way, or a new one. */
  private change(): SubscriptionChanges {
    const { owner } = this;
    owner.changes ??= new SubscriptionChanges(owner, this.core);
    return owner.changes;
  }
}
