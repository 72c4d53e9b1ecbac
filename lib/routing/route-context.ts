import type { LinkTargets } from './link-targets.js';
import type { Arrival } from './may-send.js';
import type { MessageTrace } from './message-trace.js';
import type { QueueGroupCollector } from './queue-group-collector.js';
import type { RequestInfo } from './request-info.js';

/**
 * What is known of the message that is being routed in one account. The router has one context for each account that a
 * message can pass through in a row; they are allocated once, so entering an account allocates nothing.
 */
export class RouteContext {
  /** The context of the next account; undefined: the message passes on no further, which ends cycles of imports. */
  readonly inner: RouteContext | undefined;
  arrival: Arrival = 'publish';
  /** What is known of the request from another account; undefined: the message is none. */
  request: RequestInfo | undefined = undefined;
  /** Collects the queue groups of all accounts; undefined: groups are served at once. */
  collector: QueueGroupCollector | undefined = undefined;
  /** Collects the links that the message goes to; undefined: they get it at once. */
  links: LinkTargets | undefined = undefined;
  /** Where a delivery goes that comes under the subject of the message it delivers; undefined: to its own subject. */
  target: string | undefined = undefined;
  /** The trace of the message, which is routed alone; undefined: it is not traced. */
  trace: MessageTrace | undefined = undefined;

  /** @param hops accounts that a message passes on to at most */
  constructor(hops: number) {
    this.inner = hops > 0 ? new RouteContext(hops - 1) : undefined;
  }

  /** Sets everything, as the message enters an account. */
  enter(
    arrival: Arrival,
    request: RequestInfo | undefined,
    collector: QueueGroupCollector | undefined,
    trace: MessageTrace | undefined,
    links?: LinkTargets | undefined,
  ): void {
    this.arrival = arrival;
    this.request = request;
    this.collector = collector;
    this.trace = trace;
    this.links = links;
    this.target = undefined;
  }

  /** Drops references to the message that has been routed. */
  leave(): void {
    this.enter('publish', undefined, undefined, undefined);
  }
}
