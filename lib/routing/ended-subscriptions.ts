import type { Task } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import type { Subscriptions } from '../clients/subscriptions.js';
import { CHANGE_UNITS, type Work } from '../clients/work.js';

/** A client as the removal of its subscriptions sees it. */
interface EndingClient {
  readonly closing: boolean;
  readonly changes: { readonly isMoving: boolean } | undefined;
  readonly subscriptions: Subscriptions;
  ended: number;
  forget(subscription: Subscription): void;
  fault(error: unknown): void;
}

/** Subscriptions that end with one message up to which they are removed at once. */
export const MANY_ENDED = 256;

/**
 * Removes subscriptions of one client that have had their maximum. One message may end a million of them, so that takes
 * some turns. Meanwhile they take no message, and their sids are free.
 */
export class EndedSubscriptions implements Task {
  private readonly client: EndingClient;
  private readonly subscriptions: readonly Subscription[];
  private readonly work: Work;
  private at = 0;

  constructor(client: EndingClient, subscriptions: readonly Subscription[], work: Work) {
    this.work = work;
    this.client = client;
    this.subscriptions = subscriptions;
    client.ended += subscriptions.length;
  }

  run(): boolean {
    const { client, subscriptions, work } = this;
    while (work.units < work.limit && this.at < subscriptions.length) {
      const subscription = subscriptions[this.at++]!;
      work.units += CHANGE_UNITS;
      client.ended--;
      // What the client has given up meanwhile, or moves to another account, is removed by that.
      if (client.closing || client.changes?.isMoving === true || subscription.index < 0) continue;
      if (client.subscriptions.get(subscription.sid) === subscription) client.forget(subscription);
    }
    return this.at === subscriptions.length;
  }

  failed(error: unknown): void {
    this.client.ended -= this.subscriptions.length - this.at;
    this.client.fault(error);
  }
}
