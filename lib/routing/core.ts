import { Writable } from 'node:stream';
import {
  batchOf,
  type CommandBatch,
  FLAGS,
  HASH,
  OTHER,
  payloadBytes,
  REPLY_END,
  SAME,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../protocol/command.js';
import { slab } from '../protocol/slab.js';
import { isLiteralSubject } from '../protocol/subject.js';
import { Account } from './account.js';
import { GLOBAL_ACCOUNT } from './account-names.js';
import type { Client } from './client.js';
import { Congestion } from './congestion.js';
import { type CoreClock, SYSTEM_CLOCK } from './core-clock.js';
import { Drops } from './drops.js';
import type { MatchResult } from './match.js';
import type { Outbox } from './outbox.js';
import { PendingTotal } from './pending-total.js';
import { isReservedReply } from './reserved.js';
import { Router } from './router.js';
import type { Sublist } from './sublist.js';
import type { Subscription } from './subscription.js';

/** One read of one client, on its way through the core. */
export interface Inbound {
  readonly client: Client;
  readonly batch: CommandBatch;
  /** The first row that is to be taken. */
  readonly from: number;
  /** The row after the last one; undefined: all rows. */
  readonly to?: number;
}

/** Told of every subscription that clients begin and end. Must not throw, nor change any. */
export interface SubscriptionWatcher {
  subscribed(subscription: Subscription): void;
  unsubscribed(subscription: Subscription): void;
}

/** Batches the core's own buffer takes before `write` says to wait. It is synchronous, so it is all but empty. */
const CORE_HIGH_WATER = 1_024;
/** So many outboxes may be flushed before the end of a turn. */
const EARLY_OUTBOXES = 16;
const NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\n\r\n');
const NO_PAYLOAD = Buffer.alloc(0);

/**
 * The one Writable into which every connection's commands are merged. It is synchronous and alone changes
 * subscriptions and routes messages, so the order in which it takes batches is the order of the whole broker.
 * It never waits for a reader: it only notes who must wait for whom.
 */
export class Core extends Writable {
  /** Messages taken from connections so far, and their payload bytes. */
  inMessages = 0;
  inBytes = 0;
  /** Messages that went nowhere, though they were for a connection, or one published them. */
  readonly drops = new Drops();
  /** Time publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs = 0;
  readonly accounts = new Map<string, Account>();
  /** Set only while somebody wants to know. */
  watcher: SubscriptionWatcher | undefined = undefined;
  readonly router: Router;
  private readonly global: Account;
  /** What is pending over all connections, and how much may be. */
  readonly pendingTotal = new PendingTotal();
  readonly congestion: Congestion;
  private dirty: Outbox[] = [];
  /** Batches taken since they were flushed last. */
  private batches = 0;
  /** Unix time of the batch being taken, in milliseconds. */
  now = 0;
  private readonly clock: CoreClock;
  private flushing: NodeJS.Immediate | undefined;

  /** @param clock what time it goes by; a test's own */
  constructor(clock: CoreClock = SYSTEM_CLOCK) {
    super({ objectMode: true, highWaterMark: CORE_HIGH_WATER, decodeStrings: false });
    this.clock = clock;
    this.congestion = new Congestion(clock.now);
    this.setMaxListeners(0);
    this.router = new Router(this.congestion, (outbox) => this.touched(outbox));
    this.global = this.account(GLOBAL_ACCOUNT);
  }

  /** The account of that name, made where there is none yet. */
  account(name: string): Account {
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = new Account(name);
      this.accounts.set(name, account);
      this.emit('account', account);
    }
    return account;
  }

  /** The subscriptions of the default account. */
  get sublist(): Sublist {
    return this.global.sublist;
  }

  override _write(inbound: Inbound, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { client, batch, from, to = batch.length } = inbound;
    try {
      this.take(client, batch, from, to);
    } catch (error) {
      this.fault(client, error);
    }
    this.router.endBatch();
    this.batches++;
    if (this.spreads) this.flushDirty();
    done();
  }

  /** A fault of ours in one connection's commands: it must not end the core for all. */
  fault(client: Client, error: unknown): void {
    this.emit('fault', error, client);
    client.close('INTERNAL');
  }

  /** Its outbox has something to send: it is flushed at the end of this turn, or at once when it is full. */
  touched(outbox: Outbox): void {
    if (!outbox.scheduled) {
      outbox.scheduled = true;
      this.dirty.push(outbox);
      this.flushing ??= setImmediate(this.flushAll);
    }
    if (outbox.isFull) outbox.flush();
  }

  /** Has everything that is queued rendered: no batch taken so far is needed after this. It is sent as ever. */
  renderAll(): void {
    const { dirty } = this;
    for (let i = 0; i < dirty.length; i++) {
      const outbox = dirty[i]!;
      outbox.render();
      if (outbox.isFull) outbox.flush();
    }
  }

  /** A client was sent an answer. It is not held for its own sake, but who takes no answers is a slow consumer, too. */
  answered(client: Client): void {
    this.touched(client.outbox);
    this.congestion.isCongested(client);
  }

  /** Flushes every outbox now; what the end of a turn does. */
  readonly flushAll = (): void => {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.flushing = undefined;
    this.flushDirty();
    slab.recycle();
  };

  /** Whether about every batch since the last flush was for another outbox: waiting for more would join no writes. */
  private get spreads(): boolean {
    const { batches, dirty } = this;
    if (batches < EARLY_OUTBOXES || dirty.length < EARLY_OUTBOXES) return false;
    return Math.abs(dirty.length - batches) * 4 <= batches;
  }

  /** Flushes whoever was given something; in the middle of a turn, too: then they can go on while the rest of it is read. */
  private flushDirty(): void {
    const dirty = this.dirty;
    this.dirty = [];
    this.batches = 0;
    for (const outbox of dirty) {
      outbox.scheduled = false;
      outbox.flush();
    }
  }

  /** A connection has closed. */
  forget(client: Client): void {
    client.dispose();
    this.congestion.forget(client);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.congestion.stop();
    done(error);
  }

  private take(client: Client, batch: CommandBatch, from: number, end: number): void {
    const { account, published } = client;
    this.now = this.clock.unixNow();
    const to = this.takeRows(client, batch, from, end);
    if (to === batch.length && !client.suspended) batch.users--; // else the rest is taken later
    account.sublist.matches += to - from;
    if (client.published === published) return;
    const bytes = payloadBytes(batch, from, to);
    const messages = client.published - published;
    client.lastActivityAt = this.now;
    client.inBytes += bytes;
    account.inMessages += messages;
    account.inBytes += bytes;
    this.inMessages += messages;
    this.inBytes += bytes;
  }

  /** Carries out the commands of rows `[from, length)`; returns the row after the last one it took. */
  private takeRows(client: Client, batch: CommandBatch, from: number, length: number): number {
    const { columns, bytes, view } = batch;
    let { sublist } = client.account;
    let current: MatchResult | undefined;
    for (let row = from; row < length; row++) {
      const at = row * STRIDE;
      const flags = columns[at + FLAGS]!;
      if ((flags & OTHER) === 0) {
        if ((flags & SAME) !== 0 && current !== undefined) continue;
        const result = sublist.match(
          bytes,
          columns[at + SUBJECT]!,
          columns[at + SUBJECT_END]!,
          columns[at + HASH]!,
          view,
        );
        if (result === current) continue;
        if (current !== undefined) this.run(client, batch, from, row, current);
        current = result;
        from = row;
      } else {
        if (current !== undefined) this.run(client, batch, from, row, current);
        current = undefined;
        if (client.closing) return row;
        client.session.handle(batch.others[columns[at + SUBJECT]!]);
        if (client.suspended) return this.defer(client, batch, row + 1, length);
        sublist = client.account.sublist; // a CONNECT may have changed it
      }
    }
    if (current !== undefined) this.run(client, batch, from, length, current);
    return length;
  }

  /**
   * Has the rest of a batch taken once its client goes on. Apart from the loop above, which would otherwise allocate
   * a scope for every row: it costs 15 % at 16 B.
   */
  private defer(client: Client, batch: CommandBatch, from: number, to: number): number {
    client.defer(() => this.write({ client, batch, from, to }));
    return from;
  }

  /** Routes rows `[from, to)`, all of which have the receivers `result`. */
  private run(client: Client, batch: CommandBatch, from: number, to: number, result: MatchResult): void {
    if (client.closing) return;
    if (!client.admitted) {
      client.session.refusePublish(to - from);
      return;
    }
    client.published += to - from;
    const isSuspect = batch.mayAskReserved || result.reserved;
    if (isSuspect || client.pedantic || client.isRestricted) this.scrutinize(client, batch, from, to, result);
    else this.confirmRun(client, batch, from, to, result);
  }

  /** Routes those of rows `[from, to)` that the client may publish, and says what is wrong with the others. */
  private scrutinize(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    for (let row = from; row < to; row++) {
      const refusal = this.refusalOf(client, batch, row, result);
      const oddity = client.pedantic && isOdd(batch.subject(row));
      if (refusal === undefined && !oddity) continue;
      if (row > from) this.confirmRun(client, batch, from, row, result);
      if (client.closing) return;
      if (oddity) client.session.sendError('INVALID_PUBLISH_SUBJECT'); // and routed all the same, as nats-server does
      refusal?.();
      if (client.closing) return;
      from = refusal === undefined ? row : row + 1;
    }
    if (from < to) this.confirmRun(client, batch, from, to, result);
  }

  /** Undefined where the client may publish row `row`; else what tells it that it may not. */
  private refusalOf(
    client: Client,
    batch: CommandBatch,
    row: number,
    result: MatchResult,
  ): (() => void) | undefined {
    const { permissions, session, maxPayloadBytes } = client;
    const { bytes, columns } = batch;
    const at = row * STRIDE;
    const start = columns[at + SUBJECT]!;
    const end = columns[at + SUBJECT_END]!;
    if (maxPayloadBytes !== undefined && batch.payloadBytes(row) > maxPayloadBytes)
      return () => client.close('MAX_PAYLOAD');
    const allowed =
      permissions === undefined ||
      permissions.mayPublish(bytes, start, end, columns[at + HASH]!) ||
      client.replies?.take(batch.subject(row)) === true;
    const isDenied = !allowed || result.reserved;
    if (!isDenied && !isReservedReply(batch, row)) return undefined;
    return () => {
      client.dropped('permission', 1, batch.payloadBytes(row));
      if (isDenied) session.sendError('PERMISSIONS_PUBLISH', batch.subject(row));
      else session.sendError('PERMISSIONS_REPLY', batch.reply(row)!);
    };
  }

  /** Confirms and delivers rows `[from, to)`. */
  private confirmRun(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    if (!client.receipts) {
      this.deliverRun(client, batch, from, to, result);
      return;
    }
    // Each confirmation comes before what the publisher hears of its own message: one by one, if it hears anything.
    const step = client.noResponders || hears(result, client) ? 1 : to - from;
    for (let row = from; row < to; row += step) {
      this.confirm(client, batch, row, row + step);
      this.deliverRun(client, batch, row, row + step, result);
    }
  }

  /** Delivers rows `[from, to)` and answers those that nobody got. */
  private deliverRun(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    if (!client.noResponders) {
      if (!result.empty) this.router.deliverRun(client, batch, from, to, result);
      return;
    }
    // Where who gets a message depends on the message, one at a time says who got it.
    const step = result.selective || result.repeats ? 1 : to - from;
    for (let row = from; row < to; row += step) {
      const end = row + step;
      const taken = result.empty ? row : this.router.deliverRun(client, batch, row, end, result);
      for (let left = taken; left < end; left++)
        if (hasReply(batch, left)) this.noResponders(client, batch, left);
    }
  }

  private confirm(client: Client, batch: CommandBatch, from: number, to: number): void {
    if (client.outbox.closed) return;
    client.outbox.confirm(batch, from, to);
    this.answered(client);
  }

  /** Tells a requester at once that nobody listens, on its own subscription to the reply subject. */
  private noResponders(client: Client, batch: CommandBatch, row: number): void {
    const reply = batch.reply(row)!;
    const receivers = client.account.sublist.matchSubject(reply).plain;
    const own = receivers.find((subscription) => subscription.client === client);
    if (own === undefined || client.outbox.closed) return;
    const status = batchOf({ subject: reply, headers: NO_RESPONDERS, payload: NO_PAYLOAD });
    client.outbox.deliver(status, 0, 1, own.sid, false, false);
    this.answered(client);
  }
}

/** Whether a pedantic client is told of the subject. An empty one comes from no PUB: nobody looks at that of an HMSG. */
function isOdd(subject: string): boolean {
  return subject !== '' && !isLiteralSubject(subject);
}

function hasReply(batch: CommandBatch, row: number): boolean {
  return batch.columns[row * STRIDE + REPLY_END] !== 0;
}

/** Whether `client` is among the receivers, or may be by way of another account. */
function hears(result: MatchResult, client: Client): boolean {
  const isOwn = (subscription: Subscription): boolean =>
    subscription.client === client || subscription.sink !== undefined;
  return result.plain.some(isOwn) || result.groups.some(({ members }) => members.some(isOwn));
}
