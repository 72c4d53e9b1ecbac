import { Writable } from 'node:stream';
import {
  batchOf,
  type CommandBatch,
  FLAGS,
  HASH,
  OTHER,
  REPLY_END,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../protocol/command.js';
import { isLiteralSubject } from '../protocol/subject.js';
import type { Client } from './client.js';
import type { Group, MatchResult } from './match.js';
import type { Outbox } from './outbox.js';
import { Sublist } from './sublist.js';
import type { Subscription } from './subscription.js';

/** One read of one client, on its way through the core. */
export interface Inbound {
  readonly client: Client;
  readonly batch: CommandBatch;
}

/** Batches the core's own buffer takes before `write` says to wait. It is synchronous, so it is all but empty. */
const CORE_HIGH_WATER = 1_024;
/** How often congested connections are looked at, in milliseconds. */
const SWEEP_MS = 100;
const NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\n\r\n');
const NO_PAYLOAD = Buffer.alloc(0);

/**
 * The one Writable into which every connection's commands are merged. It is synchronous and alone changes
 * subscriptions and routes messages, so the order in which it takes batches is the order of the whole broker.
 * It never waits for a reader: it only notes who must wait for whom.
 */
export class Core extends Writable {
  readonly sublist = new Sublist();
  private dirty: Outbox[] = [];
  private flushing: NodeJS.Immediate | undefined;
  private readonly congested = new Set<Client>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor() {
    super({ objectMode: true, highWaterMark: CORE_HIGH_WATER, decodeStrings: false });
    this.setMaxListeners(0);
  }

  override _write(inbound: Inbound, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { client, batch } = inbound;
    try {
      this.take(client, batch);
    } catch (error) {
      // A fault of ours in one connection's commands must not end the core for all.
      this.emit('fault', error, client);
      client.close('INTERNAL');
    }
    done();
  }

  /** Its outbox has something to send: it is flushed at the end of this turn, or at once when it is full. */
  touched(outbox: Outbox): void {
    if (outbox.full) outbox.flush();
    else if (!outbox.scheduled) {
      outbox.scheduled = true;
      this.dirty.push(outbox);
      this.flushing ??= setImmediate(this.flushAll);
    }
  }

  /** A client was sent an answer. It is not held for its own sake, but who takes no answers is a slow consumer, too. */
  answered(client: Client): void {
    this.touched(client.outbox);
    this.weigh(client, client);
  }

  /** Flushes every outbox now; what the end of a turn does. */
  readonly flushAll = (): void => {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.flushing = undefined;
    const dirty = this.dirty;
    this.dirty = [];
    for (const outbox of dirty) outbox.flush();
  };

  /** A connection has closed. */
  forget(client: Client): void {
    client.dispose();
    this.congested.delete(client);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    clearInterval(this.sweeper);
    done(error);
  }

  private take(client: Client, batch: CommandBatch): void {
    const { columns, bytes, length } = batch;
    let current: MatchResult | undefined;
    let from = 0;
    for (let row = 0; row < length; row++) {
      const at = row * STRIDE;
      if ((columns[at + FLAGS]! & OTHER) === 0) {
        const result = this.sublist.match(
          bytes,
          columns[at + SUBJECT]!,
          columns[at + SUBJECT_END]!,
          columns[at + HASH]!,
        );
        if (result === current) continue;
        if (current !== undefined) this.run(client, batch, from, row, current);
        current = result;
        from = row;
      } else {
        if (current !== undefined) this.run(client, batch, from, row, current);
        current = undefined;
        if (client.closing) return;
        client.session.handle(batch.others[columns[at + SUBJECT]!]);
      }
    }
    if (current !== undefined) this.run(client, batch, from, length, current);
  }

  /** Routes rows `[from, to)`, all of which have the receivers `result`. */
  private run(client: Client, batch: CommandBatch, from: number, to: number, result: MatchResult): void {
    if (client.closing) return;
    if (!client.admitted) {
      client.session.refusePublish(to - from);
      return;
    }
    client.published += to - from;
    if (!client.pedantic) return this.runChecked(client, batch, from, to, result);
    for (let row = from; row < to; row++) {
      if (isLiteralSubject(batch.subject(row))) continue;
      if (row > from) this.runChecked(client, batch, from, row, result);
      client.session.sendError('INVALID_PUBLISH_SUBJECT'); // and routed all the same, as nats-server does
      from = row;
    }
    this.runChecked(client, batch, from, to, result);
  }

  /** Confirms and delivers rows `[from, to)`. */
  private runChecked(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    if (!client.receipts) {
      this.runConfirmed(client, batch, from, to, result);
      return;
    }
    // Each confirmation comes before what the publisher hears of its own message: one by one, if it hears anything.
    const step = client.noResponders || hears(result, client) ? 1 : to - from;
    for (let row = from; row < to; row += step) {
      this.confirm(client, batch, row, row + step);
      this.runConfirmed(client, batch, row, row + step, result);
    }
  }

  /** Delivers rows `[from, to)` and answers those that nobody got. */
  private runConfirmed(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    const taken = result.empty ? from : this.deliverRun(client, batch, from, to, result);
    if (!client.noResponders) return;
    for (let row = taken; row < to; row++) if (hasReply(batch, row)) this.noResponders(client, batch, row);
  }

  /** Hands a run to every receiver; returns the first row that nobody took: all before it were taken. */
  private deliverRun(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number {
    if (!result.repeats || to - from === 1) return this.deliverAll(client, batch, from, to, result);
    // A client with several subscriptions must see the first message on all of them before the second on any.
    let taken = from;
    for (let row = from; row < to; row++)
      taken = Math.max(taken, this.deliverAll(client, batch, row, row + 1, result));
    return taken;
  }

  private deliverAll(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number {
    const { plain, groups, raw } = result;
    const shared = plain.length > 1;
    let taken = from;
    for (let i = 0; i < plain.length; i++) {
      const subscription = plain[i]!;
      if (subscription.client === client && !client.echo) continue;
      const count = this.deliver(client, subscription, batch, from, to, shared, raw);
      if (from + count > taken) taken = from + count;
    }
    for (let i = 0; i < groups.length; i++) {
      const end = this.spread(client, groups[i]!, batch, from, to, raw);
      if (end > taken) taken = end;
    }
    return taken;
  }

  /** Delivers as many of the rows as the subscription still takes; returns how many. */
  private deliver(
    publisher: Client,
    subscription: Subscription,
    batch: CommandBatch,
    from: number,
    to: number,
    shared: boolean,
    raw: boolean,
  ): number {
    if (subscription.index < 0) return 0; // it ended earlier in this very run
    const receiver = subscription.client;
    const outbox = receiver.outbox;
    let count = to - from;
    if (subscription.max > 0) {
      count = subscription.room(count);
      if (subscription.delivered + count >= subscription.max) receiver.forget(subscription);
      if (count <= 0) return 0;
    }
    subscription.delivered += count;
    outbox.deliver(batch, from, from + count, subscription.sid, shared, raw);
    this.touched(outbox);
    this.weigh(publisher, receiver);
    return count;
  }

  /**
   * One member of the group gets each message: a run is dealt in even shares, one a member. What members leave because
   * they have had their max goes round again. Returns the first row nobody took.
   */
  private spread(
    publisher: Client,
    group: Group,
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number {
    const size = group.members.length;
    let left = size;
    if (to - from >= size) group.shuffle(); // so that the next `size` turns are everybody's, once
    let row = from;
    // In twice as many turns as there are members each of them has had one: if nobody took any, nobody will.
    for (let idle = 0; row < to && idle < 2 * size; left--) {
      const member = group.next();
      const share = Math.ceil((to - row) / Math.max(left, 1));
      const eligible = publisher.echo || member.client !== publisher;
      const taken = eligible ? this.deliver(publisher, member, batch, row, row + share, false, raw) : 0;
      row += taken;
      idle = taken > 0 ? 0 : idle + 1;
    }
    return row;
  }

  /** Notes that the receiver is congested, and that the publisher must wait for it; or cuts it off. */
  private weigh(publisher: Client, receiver: Client): void {
    const { outbox } = receiver;
    const pending = outbox.pendingBytes;
    if (pending <= outbox.limits.highWaterBytes) return;
    if (pending > outbox.limits.maxPendingBytes) {
      receiver.close('SLOW_CONSUMER');
      return;
    }
    if (!outbox.congested) {
      outbox.congest(performance.now());
      this.congested.add(receiver);
      this.sweeper ??= setInterval(this.sweep, SWEEP_MS);
    }
    if (publisher !== receiver) publisher.holdFor(outbox);
  }

  /** Looks at every congested connection: drained, making progress, or stopped for too long. */
  private readonly sweep = (): void => {
    const now = performance.now();
    for (const client of this.congested) {
      const { outbox } = client;
      outbox.drained();
      if (!outbox.congested) this.congested.delete(client);
      else if (outbox.stalledMs(now) >= outbox.limits.writeDeadlineMs) {
        this.congested.delete(client);
        client.close('SLOW_CONSUMER');
      }
    }
    if (this.congested.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };

  private confirm(client: Client, batch: CommandBatch, from: number, to: number): void {
    if (client.outbox.closed) return;
    client.outbox.confirm(batch, from, to);
    this.answered(client);
  }

  /** Tells a requester at once that nobody listens, on its own subscription to the reply subject. */
  private noResponders(client: Client, batch: CommandBatch, row: number): void {
    const reply = batch.reply(row)!;
    const own = this.sublist.matchSubject(reply).plain.find((subscription) => subscription.client === client);
    if (own === undefined || client.outbox.closed) return;
    const status = batchOf({ subject: reply, headers: NO_RESPONDERS, payload: NO_PAYLOAD });
    client.outbox.deliver(status, 0, 1, own.sid, false, false);
    this.answered(client);
  }
}

function hasReply(batch: CommandBatch, row: number): boolean {
  return batch.columns[row * STRIDE + REPLY_END] !== 0;
}

/** Whether `client` is among the receivers. */
function hears(result: MatchResult, client: Client): boolean {
  const isOwn = (subscription: Subscription): boolean => subscription.client === client;
  return result.plain.some(isOwn) || result.groups.some(({ members }) => members.some(isOwn));
}
