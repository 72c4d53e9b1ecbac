import type { Subscription } from '../clients/subscription.js';

/** A kept result, as the places whose subscriptions it lists know it. */
export interface KeptResult {
  readonly size: number;
  readonly places: readonly SubscriptionNode[];
  /** What it is interned by; undefined: it is not. */
  readonly key: string | undefined;
  /** The first of the cache's slots with this result. */
  slot: number;
}

/** The subscriptions to one pattern: those of their own, and those in queue groups. */
export class SubscriptionNode {
  /** Unique in its sublist. */
  readonly id: number;
  plain: Subscription[] | undefined = undefined;
  queues: Map<string, Subscription[]> | undefined = undefined;
  /** The kept results that list these subscriptions: a change ends them. The sublist's alone. */
  results: Set<KeptResult> | undefined = undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** Whether there is any. */
  get occupied(): boolean {
    return this.plain !== undefined || this.queues !== undefined;
  }

  /** The subject of its subscriptions; undefined: it has none. */
  get anySubject(): string | undefined {
    if (this.plain !== undefined) return this.plain[0]?.subject;
    return this.queues?.values().next().value?.[0]?.subject;
  }

  insert(subscription: Subscription): void {
    const { queue } = subscription;
    const list = queue === undefined ? this.plain : this.queues?.get(queue);
    if (list !== undefined) {
      subscription.index = list.push(subscription) - 1;
      return;
    }
    subscription.index = 0;
    const first = [subscription]; // with room for one: an empty array gets room for seventeen at the first push
    if (queue === undefined) this.plain = first;
    else {
      this.queues ??= new Map();
      this.queues.set(queue, first);
    }
  }

  /** Removes one that was inserted, in constant time: the last one takes its place. */
  remove(subscription: Subscription): void {
    const { queue } = subscription;
    const list = queue === undefined ? this.plain : this.queues?.get(queue);
    const last = list?.pop();
    if (list === undefined || last === undefined) return;
    if (last !== subscription) {
      list[subscription.index] = last;
      last.index = subscription.index;
    }
    subscription.index = -1;
    if (list.length > 0) return;
    if (queue === undefined) this.plain = undefined;
    else if (this.queues?.delete(queue) === true && this.queues.size === 0) this.queues = undefined;
  }
}
