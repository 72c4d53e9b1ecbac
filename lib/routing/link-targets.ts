import { isReceivable } from '../clients/receivable.js';
import type { Publisher, Receiver, Subscription } from '../clients/subscription.js';
import { MAX_LINK_QUEUES_LENGTH } from '../domain/limits.js';
import type { CommandBatch } from '../frame/command.js';

/** The router as it hands a message to a link. */
export interface LinkRouter {
  /** Delivers row `row` under another sid than that of the subscription; returns how many took it. */
  deliverAs(
    sid: string,
    publisher: Publisher,
    subscription: Subscription,
    receiver: Receiver,
    batch: CommandBatch,
    row: number,
    raw: boolean,
  ): number;
}

interface Target {
  /** One that the message goes to: its first. */
  readonly subscription: Subscription;
  readonly batch: CommandBatch;
  readonly row: number;
  readonly raw: boolean;
  /** The queue groups that the other server is to serve. */
  readonly queues: string[];
  /** Characters of their names, and of a blank before each. */
  queueLength: number;
}

/**
 * The links to other servers that one message goes to. Each gets it once, with the names of the queue groups of which the other
 * server is to choose a member. So the message is delivered once all of them are known.
 */
export class LinkTargets {
  private readonly targets = new Map<Receiver, Target>();
  private readonly own: CommandBatch | undefined;

  /** @param own the message as links get it, where that is not what clients get: a batch of one row */
  constructor(own?: CommandBatch) {
    this.own = own;
  }

  /** Adds the link of `subscription`; returns whether it takes the message. */
  add(subscription: Subscription, batch: CommandBatch, row: number, raw: boolean): boolean {
    const { client: link, filter, queue } = subscription;
    if (
      link === undefined ||
      link.closing ||
      subscription.index < 0 ||
      link.changes?.allow(subscription) === false
    )
      return false;
    if (filter !== undefined && !isReceivable(filter, batch, row)) {
      link.dropped('permission', 1, batch.payloadBytes(row));
      return false;
    }
    const known = this.targets.get(link);
    const length = (known?.queueLength ?? 0) + (queue === undefined ? 0 : queue.length + 1);
    // More than that does not fit into a line that the other server takes.
    if (queue !== undefined && length > MAX_LINK_QUEUES_LENGTH) return false;
    if (known === undefined) {
      const { own } = this;
      const queues = queue === undefined ? [] : [queue];
      const target = { subscription, raw, queues, queueLength: length };
      this.targets.set(
        link,
        own === undefined ? { ...target, batch, row } : { ...target, batch: own, row: 0 },
      );
    } else if (queue !== undefined) {
      known.queues.push(queue);
      known.queueLength = length;
    }
    return true;
  }

  /** Hands the message to all of them. */
  deliver(router: LinkRouter, publisher: Publisher): void {
    for (const [link, { subscription, batch, row, raw, queues }] of this.targets) {
      const sid = queues.length === 0 ? subscription.sid : queues.join(' ');
      router.deliverAs(sid, publisher, subscription, link, batch, row, raw);
    }
  }
}
