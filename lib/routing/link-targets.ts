import { isReceivable } from '../clients/receivable.js';
import type { Publisher, Receiver, Subscription } from '../clients/subscription.js';
import { MAX_LINK_QUEUES_LENGTH } from '../domain/limits.js';
import type { CommandBatch } from '../frame/command.js';

/** The router as it hands a message to a link. */
export interface LinkRouter {
  /** Delivers rows `[from, to)` under another sid than that of the subscription; returns how many it took. */
  deliverAs(
    sid: string,
    publisher: Publisher,
    subscription: Subscription,
    receiver: Receiver,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number;
}

interface Target {
  /** One that the message goes to: its first. */
  readonly subscription: Subscription;
  readonly batch: CommandBatch;
  readonly from: number;
  readonly to: number;
  readonly raw: boolean;
  /** The queue groups that the other server is to serve. */
  readonly queues: string[];
  /** Characters of their names, and of a blank before each. */
  queueLength: number;
}

/**
 * The links to other servers that a message goes to, or a run of messages with the same receivers. Each gets it once, with the names of the queue groups of which the other
 * server is to choose a member. So the message is delivered once all of them are known.
 */
export class LinkTargets {
  private readonly targets = new Map<Receiver, Target>();
  private readonly own: CommandBatch | undefined;

  /** @param own the message as links get it, where that is not what clients get: a batch of one row */
  constructor(own?: CommandBatch) {
    this.own = own;
  }

  /** Adds the link of `subscription`, which has no filter where there is more than one row; returns how many of them it takes. */
  add(subscription: Subscription, batch: CommandBatch, from: number, to: number, raw: boolean): number {
    const { client: link, filter, queue } = subscription;
    if (
      link === undefined ||
      link.closing ||
      subscription.index < 0 ||
      link.changes?.allow(subscription) === false
    )
      return 0;
    if (filter !== undefined && !isReceivable(filter, batch, from)) {
      link.dropped('permission', 1, batch.payloadBytes(from));
      return 0;
    }
    const known = this.targets.get(link);
    const length = (known?.queueLength ?? 0) + (queue === undefined ? 0 : queue.length + 1);
    // More than that does not fit into a line that the other server takes.
    if (queue !== undefined && length > MAX_LINK_QUEUES_LENGTH) return 0;
    if (known === undefined) {
      const { own } = this;
      const queues = queue === undefined ? [] : [queue];
      const target = { subscription, raw, queues, queueLength: length };
      this.targets.set(
        link,
        own === undefined ? { ...target, batch, from, to } : { ...target, batch: own, from: 0, to: 1 },
      );
    } else if (queue !== undefined) {
      known.queues.push(queue);
      known.queueLength = length;
    }
    return to - from;
  }

  /** Hands the message to all of them. */
  deliver(router: LinkRouter, publisher: Publisher): void {
    for (const [link, { subscription, batch, from, to, raw, queues }] of this.targets) {
      const sid = queues.length === 0 ? subscription.sid : queues.join(' ');
      router.deliverAs(sid, publisher, subscription, link, batch, from, to, raw);
    }
  }
}
