import type { Publisher, Subscription } from '../clients/subscription.js';
import type { Work } from '../clients/work.js';
import type { CommandBatch } from '../frame/command.js';
import type { Arrival } from './may-send.js';

/** The router as queue groups use it. */
export interface GroupRouter {
  readonly work: Work;
  /** The context of the message that is being routed. */
  readonly context: { readonly arrival: Arrival };
  /** Delivers as many of the rows as the subscription still takes; returns how many. */
  deliver(
    publisher: Publisher,
    subscription: Subscription,
    batch: CommandBatch,
    from: number,
    to: number,
    shared: boolean,
    raw: boolean,
  ): number;
}
