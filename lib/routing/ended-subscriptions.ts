import type { Task } from '../clients/scheduler.js';
import type { Subscription } from '../clients/subscription.js';
import { CHANGE_UNITS, type Work } from '../clients/work.js';

/** A client as the removal of its subscriptions sees it. */
interface EndingClient {
  readonly closing: boolean;
  readonly changes: { readonly isMoving: boolean } | undefined;
  fault(error: unknown): void;
}

/** The table that they are removed from. */
interface EndingTable {
  ended: number;
  get(sid: string): Subscription | undefined;
  forget(subscription: Subscription): void;
}

/** Subscriptions that end with one message up to which they are removed at once. */
export const MANY_ENDED = 256;

/**
 * Removes subscriptions of one client that have had their maximum. One message may end a million of them, so that takes
 * some turns. Meanwhile they take no message, and their sids are free.
 */
export class EndedSubscriptions implements Task {
  private readonly table: EndingTable;
  private readonly client: EndingClient;
  private readonly subscriptions: readonly Subscription[];
  private readonly work: Work;
  private at = 0;

  constructor(table: EndingTable, client: EndingClient, subscriptions: readonly Subscription[], work: Work) {
    this.work = work;
    this.table = table;
    this.client = client;
    this.subscriptions = subscriptions;
    table.ended += subscriptions.length;
  }

  run(): boolean {
    const { table, client, subscriptions, work } = this;
    while (work.units < work.limit && this.at < subscriptions.length) {
      const subscription = subscriptions[this.at++];
      if (subscription === undefined) break;
      work.units += CHANGE_UNITS;
      table.ended--;
      // What the client has given up meanwhile, or moves to another account, is removed by that.
      if (client.closing || client.changes?.isMoving === true || subscription.index < 0) continue;
      if (table.get(subscription.sid) === subscription) table.forget(subscription);
    }
    return this.at === subscriptions.length;
  }

  failed(error: unknown): void {
    this.table.ended -= this.subscriptions.length - this.at;
    this.client.fault(error);
  }
}
