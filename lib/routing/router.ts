import { acceptingSubscriptions } from '../clients/accepting-subscriptions.js';
import type { Congestion } from '../clients/congestion.js';
import { FanOut } from '../clients/fan-out.js';
import type { Outbox } from '../clients/outbox.js';
import { isReceivable } from '../clients/receivable.js';
import type { Publisher, Receiver, Subscription } from '../clients/subscription.js';
import { DELIVERY_UNITS, Work } from '../clients/work.js';
import type { DeliveryFilter } from '../domain/permissions.js';
import {
  type CommandBatch,
  cell,
  HASH,
  payloadBytes,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../frame/command.js';
import type { Account } from './account.js';
import { deliverJointly, hasJoinedGroups } from './joint-delivery.js';
import { type ClientRange, MANY_RECEIVERS, type MatchResult } from './match.js';
import { maySend } from './may-send.js';
import type { QueueGroup } from './queue-group.js';
import type { RequestInfo } from './request-info.js';
import { RouteContext } from './route-context.js';

/** Deepest that messages pass from account to account; configurations that go round in circles end here. */
const MAX_HOPS = 8;
/** Subscriptions of one client that get a message one by one; for more it is one item of the outbox. */
const MAX_AT_ONCE = 512;

/** Hands runs of messages to their receivers. */
export class Router {
  private readonly congestion: Congestion;
  private readonly touched: (outbox: Outbox) => void;
  /** What is known of the message that is being routed, in the account it has come to. */
  context = new RouteContext(MAX_HOPS);
  private summed: CommandBatch | undefined;
  private summedFrom = 0;
  private summedTo = 0;
  private sum = 0;
  /** Messages and their payload bytes handed to connections so far. */
  outMessages = 0;
  outBytes = 0;

  /** Counts the work of the slice that is under way. */
  readonly work: Work;

  /**
   * @param touched called with every outbox that was given something
   * @param work counts what deliveries cost
   */
  constructor(congestion: Congestion, touched: (outbox: Outbox) => void, work: Work = new Work()) {
    this.congestion = congestion;
    this.work = work;
    this.touched = touched;
  }

  /**
   * Delivers rows `[from, to)`, all publishes, to the subscribers in `account`; for what comes out of another
   * account or the server. Returns the number of rows that had a receiver.
   */
  route(publisher: Publisher, account: Account, batch: CommandBatch, from: number, to: number): number {
    const { inner, arrival, request, trace } = this.context;
    inner?.enter(arrival, request, undefined, trace);
    return this.routeIn(inner, publisher, account, batch, from, to);
  }

  /** Delivers what a stream import brings; queue groups are one with those of the account it comes from. */
  routeStream(publisher: Publisher, account: Account, batch: CommandBatch, from: number, to: number): number {
    const { inner, collector, trace, links } = this.context;
    inner?.enter('stream', undefined, collector, trace, links);
    return this.routeIn(inner, publisher, account, batch, from, to);
  }

  /**
   * Delivers one request from another account, or the reply to one.
   * @param request undefined: it is a reply
   */
  routeService(
    publisher: Publisher,
    account: Account,
    batch: CommandBatch,
    request: RequestInfo | undefined,
  ): number {
    const { inner, trace } = this.context;
    inner?.enter('service', request, undefined, trace);
    return this.routeIn(inner, publisher, account, batch, 0, 1);
  }

  /** Delivers rows in `account` with `inner` as the context; undefined: they have passed through too many accounts. */
  private routeIn(
    inner: RouteContext | undefined,
    publisher: Publisher,
    account: Account,
    batch: CommandBatch,
    from: number,
    to: number,
  ): number {
    if (inner === undefined) return 0;
    const outer = this.context;
    this.context = inner;
    try {
      return this.routeRuns(publisher, account, batch, from, to);
    } finally {
      this.context = outer;
      inner.leave();
    }
  }

  private routeRuns(
    publisher: Publisher,
    account: Account,
    batch: CommandBatch,
    from: number,
    to: number,
  ): number {
    const { bytes, columns, view } = batch;
    let taken = 0;
    let current: MatchResult | undefined;
    for (let row = from; row < to; row++) {
      const at = row * STRIDE;
      const result = account.sublist.match(
        bytes,
        cell(columns, at + SUBJECT),
        cell(columns, at + SUBJECT_END),
        cell(columns, at + HASH),
        view,
      );
      if (result === current) continue;
      if (current !== undefined) taken += this.deliverRun(publisher, batch, from, row, current) - from;
      current = result;
      from = row;
    }
    if (current !== undefined) taken += this.deliverRun(publisher, batch, from, to, current) - from;
    return taken;
  }

  /**
   * Hands rows `[from, to)` to every receiver in `result`; returns the first row without a receiver: all before it were
   * taken. Where the receivers depend on the message itself, that is certain of a single row only.
   */
  deliverRun(
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number {
    const { context } = this;
    const { trace } = context;
    const joins = result.selective && hasJoinedGroups(context, result, this.work);
    const isJoint = joins || (result.hasLinkedGroups && context.links === undefined);
    if (trace !== undefined && !isJoint) return trace.deliver(this, publisher, batch, from, result);
    if (!result.repeats && !isJoint) return this.deliverAll(publisher, batch, from, to, result);
    if (!joins && result.hasSteadyLinks && trace === undefined)
      return deliverJointly(this, publisher, batch, from, to, result, joins);
    // A client with several subscriptions must see the first message on all of them before the second on any.
    let taken = from;
    for (let row = from; row < to; row++) {
      const end = isJoint
        ? deliverJointly(this, publisher, batch, row, row + 1, result, joins)
        : this.deliverAll(publisher, batch, row, row + 1, result);
      if (end > taken) taken = end;
    }
    return taken;
  }

  /** Hands rows `[from, to)` to every receiver in `result`, one receiver after the other. */
  deliverAll(
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number {
    const { arrival, collector } = this.context;
    const { plain, singles, ranges, groups, raw } = result;
    const shared = plain.length > 1;
    let taken = from;
    for (let i = 0; i < singles; i++) {
      const subscription = plain[i];
      if (subscription === undefined || !maySend(arrival, publisher, subscription)) continue;
      const count = this.deliver(publisher, subscription, batch, from, to, shared, raw);
      if (from + count > taken) taken = from + count;
    }
    for (let i = 0; i < ranges.length; i++) {
      const range = ranges[i];
      if (range === undefined) break;
      const count = this.deliverToRange(publisher, range, plain, batch, from, to, raw);
      if (from + count > taken) taken = from + count;
    }
    const { chosenQueues } = publisher;
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group === undefined) break;
      if (chosenQueues !== undefined && !chosenQueues.has(group.name)) continue;
      if (collector !== undefined) {
        for (let row = from; row < to; row++) collector.add(group, batch, row, raw);
        continue;
      }
      const end = group.deal(this, publisher, batch, from, to, raw);
      if (end > taken) taken = end;
    }
    return taken;
  }

  /** Delivers rows `[from, to)` to all subscriptions of a range; returns how many of the rows one of them took. */
  deliverToRange(
    publisher: Publisher,
    range: ClientRange,
    plain: readonly Subscription[],
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    const { client } = range;
    if (client.closing || client.changes?.allowsNone === true) return 0;
    const first = plain[range.from];
    if (first === undefined || !maySend(this.context.arrival, publisher, first)) return 0;
    const isLarge = range.to - range.from > MAX_AT_ONCE || plain.length > MANY_RECEIVERS;
    if (isLarge && to - from === 1) return this.fanOut(publisher, range, plain, batch, from, raw) > 0 ? 1 : 0;
    let taken = 0;
    for (let at = range.from; at < range.to; at++) {
      const subscription = plain[at];
      if (subscription === undefined) break;
      taken = Math.max(taken, this.deliver(publisher, subscription, batch, from, to, true, raw));
    }
    return taken;
  }

  /** Whether row `row` waits for other queue groups to be found, before one of their members gets it. */
  collects(group: QueueGroup, batch: CommandBatch, row: number, raw: boolean): boolean {
    const { collector } = this.context;
    collector?.add(group, batch, row, raw);
    return collector !== undefined;
  }

  /** Delivers row `row` to all subscriptions of a range, as one item of the client's outbox; returns to how many. */
  private fanOut(
    publisher: Publisher,
    { client: receiver, from, to }: ClientRange,
    plain: readonly Subscription[],
    batch: CommandBatch,
    row: number,
    raw: boolean,
  ): number {
    const { outbox, account } = receiver;
    const payload = this.payloadBytes(batch, row, row + 1);
    this.work.units += DELIVERY_UNITS + ((to - from) >>> 3);
    if (outbox.dropping) {
      receiver.dropped('policy', to - from, (to - from) * payload);
      return to - from;
    }
    const accepting = acceptingSubscriptions(receiver, plain, from, to, batch, row, this.work);
    const count = accepting.to - accepting.from;
    if (count === 0) return 0;
    const bytes = count * payload;
    receiver.outMessages += count;
    receiver.outBytes += bytes;
    this.outMessages += count;
    this.outBytes += bytes;
    account.outMessages += count;
    account.outBytes += bytes;
    receiver.replies?.note(batch, row, row + 1);
    outbox.fanOut(new FanOut(batch, row, accepting, payload, raw));
    this.touched(outbox);
    if (publisher.receiverId !== receiver.id) publisher.switchReceiver(receiver.id);
    this.congestion.checkCongestion(publisher, receiver);
    return count;
  }

  /**
   * Delivers as many of the rows as the subscription still takes; returns how many. The caller has asked `maySend`.
   */
  deliver(
    publisher: Publisher,
    subscription: Subscription,
    batch: CommandBatch,
    from: number,
    to: number,
    shared: boolean,
    raw: boolean,
  ): number {
    if (subscription.index < 0) return 0; // it ended earlier in this very run
    const receiver = subscription.client;
    const { links } = this.context;
    if (links !== undefined && receiver?.origin.isLink === true) {
      return links.add(subscription, batch, from, to, raw);
    }
    if (subscription.filter !== undefined)
      return this.deliverAllowed(publisher, subscription, subscription.filter, batch, from, to, raw);
    if (receiver === undefined) {
      const { sink } = subscription;
      if (sink === undefined) return 0;
      this.work.units += (to - from) * sink.units;
      return sink.take(publisher, batch, from, to);
    }
    return this.deliverTo(publisher, subscription, receiver, subscription.sid, batch, from, to, shared, raw);
  }

  /** Delivers rows `[from, to)` to `receiver` under another sid than that of its subscription; returns how many it took. */
  deliverAs(
    sid: string,
    publisher: Publisher,
    subscription: Subscription,
    receiver: Receiver,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    return this.deliverTo(publisher, subscription, receiver, sid, batch, from, to, false, raw);
  }

  private deliverTo(
    publisher: Publisher,
    subscription: Subscription,
    receiver: Receiver,
    sid: string,
    batch: CommandBatch,
    from: number,
    to: number,
    shared: boolean,
    raw: boolean,
  ): number {
    if (receiver.changes !== undefined && !receiver.changes.allow(subscription)) return 0;
    let count = to - from;
    const { outbox } = receiver;
    if (outbox.dropping) {
      receiver.dropped('policy', count, this.payloadBytes(batch, from, to));
      return count;
    }
    if (subscription.max > 0) {
      count = subscription.room(count);
      if (subscription.delivered + count >= subscription.max) receiver.subscriptions.forget(subscription);
      if (count <= 0) return 0;
    }
    const bytes = this.payloadBytes(batch, from, from + count);
    this.work.units += DELIVERY_UNITS + (count >>> 3) + (bytes >>> 8);
    subscription.delivered += count;
    receiver.outMessages += count;
    receiver.outBytes += bytes;
    this.outMessages += count;
    this.outBytes += bytes;
    const { account } = receiver;
    account.outMessages += count;
    account.outBytes += bytes;
    receiver.replies?.note(batch, from, from + count);
    outbox.deliver(batch, from, from + count, sid, shared, raw);
    outbox.accounting.count(count, bytes);
    this.touched(outbox);
    if (publisher.receiverId !== receiver.id) publisher.switchReceiver(receiver.id);
    this.congestion.checkCongestion(publisher, receiver);
    return count;
  }

  /** Delivers those of the rows that the receiver may see; returns how many. */
  private deliverAllowed(
    publisher: Publisher,
    subscription: Subscription,
    filter: DeliveryFilter,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    const receiver = subscription.client;
    if (receiver === undefined) return 0;
    const { sid } = subscription;
    let taken = 0;
    for (let row = from; row < to && subscription.index >= 0; row++) {
      this.work.units++;
      if (isReceivable(filter, batch, row))
        taken += this.deliverTo(publisher, subscription, receiver, sid, batch, row, row + 1, false, raw);
      // A group's message goes to another member.
      else if (subscription.queue === undefined)
        receiver.dropped('permission', 1, this.payloadBytes(batch, row, row + 1));
    }
    return taken;
  }

  /** Forgets the batch that was routed last, which would be kept in memory until the next one. */
  endBatch(): void {
    this.summed = undefined;
  }

  /** Payload bytes, headers included, of rows `[from, to)`: the same for each receiver of a run. */
  private payloadBytes(batch: CommandBatch, from: number, to: number): number {
    if (batch !== this.summed || from !== this.summedFrom || to !== this.summedTo) {
      this.summed = batch;
      this.summedFrom = from;
      this.summedTo = to;
      this.sum = payloadBytes(batch, from, to);
    }
    return this.sum;
  }
}
