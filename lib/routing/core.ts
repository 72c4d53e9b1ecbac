import { Writable } from 'node:stream';
import { Congestion } from '../clients/congestion.js';
import { type CoreClock, SYSTEM_CLOCK } from '../clients/core-clock.js';
import type { Outbox } from '../clients/outbox.js';
import { PendingTotal } from '../clients/pending-total.js';
import { Scheduler } from '../clients/scheduler.js';
import { LIGHT_MS, LIGHT_ROWS, LIGHT_UNITS, OVERRUN_UNITS, Work } from '../clients/work.js';
import type { ServerLink } from '../dialects/codec.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { Beginnings } from '../domain/beginnings.js';
import { Drops } from '../domain/drops.js';
import { TurnQueue } from '../domain/turn-queue.js';
import {
  type CommandBatch,
  cell,
  FLAGS,
  HASH,
  OTHER,
  payloadBytes,
  SAME,
  SINGLE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
  TRACED,
} from '../frame/command.js';
import { FrameMemory } from '../frame/memory.js';
import { Account } from './account.js';
import { BatchRemainder } from './batch-remainder.js';
import type { Client } from './client.js';
import { Flusher } from './flusher.js';
import type { Inbound } from './inbound.js';
import { InterestListeners } from './interest-listeners.js';
import type { MatchResult } from './match.js';
import { PublishPath } from './publish-path.js';
import type { PublishSampler } from './publish-sampler.js';
import { Router } from './router.js';
import { RowMapper } from './row-mapper.js';
import { ClientAsServer } from './server-link.js';
import type { SublistReader } from './sublist.js';
import type { TrieSearch } from './trie-search.js';

/** About what connections write in one turn that go on once their peers have taken some, in bytes. */
const RESUMED_BYTES = 4 * 1024 * 1024;
/** Steps in which connections end, in one turn, and the time that they may take, in milliseconds. */
const ENDINGS_A_TURN = 96;
const ENDINGS_MS = 10;
/** Batches the core's own buffer takes before `write` says to wait. It is synchronous, so it is all but empty. */
const CORE_HIGH_WATER = 1_024;

/**
 * The one Writable into which every connection's commands are merged. It is synchronous and alone changes
 * subscriptions and routes messages, so the order in which it takes batches is the order of the whole broker.
 * It never waits for a reader: it only notes which publisher must wait for which reader.
 */
export class Core extends Writable {
  /** Messages taken from connections so far, and their payload bytes. */
  inMessages = 0;
  inBytes = 0;
  /** Messages that went nowhere, though they were for a connection, or one published them. */
  readonly drops = new Drops();
  /** Time publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs = 0;
  /** How often a publisher began to be held. */
  holds = 0;
  readonly accounts = new Map<string, Account>();
  /** What is told of changes to the subscriptions of any account. */
  readonly interest: InterestListeners;
  readonly router: Router;
  /** The work of the slice that is under way. */
  readonly work = new Work();
  /** Runs what does not fit into one turn. */
  readonly scheduler: Scheduler;
  /** Whether the slice ended before the batch that `take` was given. */
  isCut = false;
  cutSearch: TrieSearch | undefined = undefined;
  private unfinishedSearch: TrieSearch | undefined = undefined;
  readonly publishing: PublishPath;
  private readonly mapper = new RowMapper(this.work);
  /** Is shown what connections publish; undefined: nothing is. */
  sampler: PublishSampler | undefined = undefined;
  private readonly global: Account;
  /** What is pending over all connections, and how much may be. */
  readonly pendingTotal = new PendingTotal();
  readonly congestion: Congestion;
  private readonly flusher: Flusher;
  /** Where connections wait to go on writing. */
  readonly resumes = new TurnQueue(RESUMED_BYTES);
  /** Where connections wait to end, and for what their timers do. */
  readonly endings = new TurnQueue(ENDINGS_A_TURN, { maxMs: ENDINGS_MS });
  /** Where connections wait to be taken in: for what they send first, and for their handshakes. */
  readonly beginnings = new Beginnings();
  /** Unix time of the batch being taken, in milliseconds. */
  now = 0;
  /** What time it goes by. */
  readonly clock: CoreClock;

  /** What the decoders and encoders of its connections share. */
  readonly memory: FrameMemory;

  /**
   * @param clock what time it goes by; a test's own
   * @param memory what is recycled at the end of each turn
   */
  constructor(clock: CoreClock = SYSTEM_CLOCK, memory: FrameMemory = new FrameMemory()) {
    super({ objectMode: true, highWaterMark: CORE_HIGH_WATER, decodeStrings: false });
    this.clock = clock;
    this.memory = memory;
    this.scheduler = new Scheduler(() => this.flushAll(), clock.unixNow, this.work);
    this.flusher = new Flusher(this.scheduler, clock.unixNow, memory.slab);
    this.congestion = new Congestion(clock);
    this.setMaxListeners(0);
    this.router = new Router(this.congestion, (outbox) => this.flusher.touched(outbox), this.work);
    this.publishing = new PublishPath(this.router, (client) => this.answered(client), clock.unixNow);
    this.interest = new InterestListeners(this, (error) => this.emit('listenerFault', error));
    this.global = this.account(GLOBAL_ACCOUNT);
  }

  /** The account of that name, made where there is none yet. */
  account(name: string): Account {
    let account = this.accounts.get(name);
    if (account === undefined) {
      account = new Account(name, this.work, this.interest);
      this.accounts.set(name, account);
      this.emit('account', account);
    }
    return account;
  }

  /**
   * Forgets an account that no connection is logged in to and that the configuration does not have, with its counters: a
   * login named it, and the next one that does makes it anew.
   */
  releaseAccount(account: Account): void {
    if (account.connections > 0 || account.isConfigured || account === this.global) return;
    if (account.keepers.size > 0) return;
    if (account.sublist.size > 0 || this.accounts.get(account.name) !== account) return;
    this.accounts.delete(account.name);
    account.interest.detachAll();
  }

  /** The subscriptions of the default account. */
  get sublist(): SublistReader {
    return this.global.sublist;
  }

  override _write(
    inbound: Inbound | BatchRemainder,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const { client, batch, from, to = batch.length } = inbound;
    const { scheduler, work } = this;
    const { left } = scheduler;
    const isBusy = client.busyUntil > scheduler.turn;
    if (inbound instanceof BatchRemainder) this.takeRest(inbound);
    else if (left <= 0 && client.isSliced && this.mustWait(left, isBusy, to - from))
      this.suspendBatch(client, batch, from, to, isBusy);
    else {
      const units = Math.max(LIGHT_UNITS, left + OVERRUN_UNITS);
      work.begin(client.isSliced ? units : Number.MAX_SAFE_INTEGER);
      try {
        const end = this.take(client, batch, from, to);
        if (this.isCut) this.suspendBatch(client, batch, end, to, isBusy);
      } catch (error) {
        this.fault(client, error);
      }
      const isLight = work.units < LIGHT_UNITS;
      scheduler.spend(work.units, isLight ? 0 : this.clock.unixNow() - this.now);
      if (!isLight) {
        client.workedAt = this.now;
        scheduler.adapt(this.now);
      } else if (this.now - client.workedAt > LIGHT_MS) scheduler.servedLight(this.now);
    }
    if (scheduler.isSpent) scheduler.wake();
    this.router.endBatch();
    this.flusher.endBatch();
    done();
  }

  /** Whether a batch of so many rows waits for a turn with a budget. */
  private mustWait(left: number, isBusy: boolean, rows: number): boolean {
    return isBusy || (left <= -OVERRUN_UNITS && rows > LIGHT_ROWS);
  }

  private takeRest(rest: BatchRemainder): void {
    try {
      rest.take();
    } catch (error) {
      this.fault(rest.client, error);
    }
  }

  /** Has rows `[from, to)` taken in later turns. Their client's next batch waits for that. */
  private suspendBatch(client: Client, batch: CommandBatch, from: number, to: number, isBusy: boolean): void {
    client.suspended = true;
    this.scheduler.add(new BatchRemainder(this, client, batch, from, to, this.cutSearch), isBusy);
    this.cutSearch = undefined;
  }

  /** A fault of ours in one connection's commands: it must not end the core for all. */
  fault(client: Client, error: unknown): void {
    this.emit('fault', error, client);
    client.close('INTERNAL');
  }

  /** An outbox has something to send: it is flushed at the end of this turn, or at once when it is full. */
  touched(outbox: Outbox): void {
    this.flusher.touched(outbox);
  }

  /** Renders what is queued, so that no batch taken so far is needed any more, unless that takes long. It is sent as ever. */
  renderAll(): void {
    this.flusher.renderAll();
  }

  /** Flushes every outbox now, as the end of a turn does. */
  flushAll(): void {
    this.flusher.flushAll();
  }

  /** Checks a client that was sent an answer: it is not held for that, but one that takes no answers is a slow consumer, too. */
  answered(client: Client): void {
    this.touched(client.outbox);
    this.congestion.isCongested(client);
  }

  /** What a client may do as a link to another server. */
  serverLink(client: Client): ServerLink {
    return new ClientAsServer(client, this);
  }

  /** A connection has closed. */
  forget(client: Client): void {
    client.dispose();
    this.congestion.forget(client);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.flusher.stop();
    this.scheduler.stop();
    this.resumes.stop();
    this.beginnings.stop();
    this.endings.finish();
    this.congestion.stop();
    for (const account of this.accounts.values()) account.end();
    done(error);
  }

  /**
   * Carries out rows `[from, end)` until `work.limit` is reached; returns the row after the last one it took.
   * `isCut` says whether the limit ended it; then `cutSearch` is the search that its next row needs, if that has begun.
   * @param first what row `from` matches, where that is known
   */
  take(client: Client, batch: CommandBatch, from: number, end: number, first?: MatchResult): number {
    if (client.renewal !== undefined) client.renewal();
    const { account, published } = client;
    if (account.mappings !== undefined && this.mapper.map(account.mappings, batch, from)) first = undefined;
    this.now = this.clock.unixNow();
    this.isCut = false;
    this.cutSearch = undefined;
    client.isServed = true;
    let to: number;
    try {
      to = this.takeRows(client, batch, from, end, first);
    } finally {
      client.isServed = false;
    }
    if (this.sampler !== undefined && client.admitted) this.sampler.sample(account, batch, from, to);
    if (to === batch.length && !client.suspended) batch.users--; // else the rest is taken later
    const { work } = this;
    account.sublist.matches += to - from;
    work.units += 1 + ((to - from) >>> 2);
    if (client.published === published) return to;
    const bytes = payloadBytes(batch, from, to);
    const messages = client.published - published;
    work.units += bytes >>> 8;
    client.lastActivityAt = this.now;
    client.inBytes += bytes;
    account.inMessages += messages;
    account.inBytes += bytes;
    this.inMessages += messages;
    this.inBytes += bytes;
    return to;
  }

  /** Carries out the commands of rows `[from, length)`; returns the row after the last one it took. */
  private takeRows(
    client: Client,
    batch: CommandBatch,
    from: number,
    length: number,
    first: MatchResult | undefined,
  ): number {
    const { work } = this;
    const { columns, bytes, view } = batch;
    let { sublist } = client.account;
    let current = first;
    if (first !== undefined && (cell(columns, from * STRIDE + FLAGS) & TRACED) !== 0) {
      this.routeTraced(client, batch, from++, first);
      current = undefined;
    }
    for (let row = current === undefined ? from : from + 1; row < length; row++) {
      const at = row * STRIDE;
      const flags = cell(columns, at + FLAGS);
      if ((flags & SINGLE) === 0) {
        if ((flags & SAME) !== 0 && current !== undefined) continue;
        let result = sublist.matchInSlice(
          bytes,
          cell(columns, at + SUBJECT),
          cell(columns, at + SUBJECT_END),
          cell(columns, at + HASH),
          view,
        );
        if (result === undefined) result = this.search(sublist);
        else if (result === current && work.units < work.limit) continue;
        if (current !== undefined) {
          const done = this.publishing.run(client, batch, from, row, current, this.now);
          if (done < row) return this.cut(done);
        }
        if (result === undefined || (work.units >= work.limit && row > from))
          return this.cut(row, this.unfinishedSearch);
        current = result;
        from = row;
      } else {
        if (current !== undefined) {
          const done = this.publishing.run(client, batch, from, row, current, this.now);
          if (done < row) return this.cut(done);
        }
        current = undefined;
        if (client.closing) return row;
        if ((flags & OTHER) === 0) {
          const result = this.match(sublist, batch, row);
          if (result === undefined) return this.cut(row, this.unfinishedSearch);
          this.routeTraced(client, batch, row, result);
        } else client.session.handle(batch.others[cell(columns, at + SUBJECT)]);
        work.command(this.clock.unixNow, this.now);
        if (client.suspended) return this.defer(client, batch, row + 1, length);
        from = row + 1;
        if (work.units >= work.limit && from < length) return this.cut(from);
        sublist = client.account.sublist; // a CONNECT may have changed it
        if (this.mapper.map(client.account.mappings, batch, from))
          return this.takeRows(client, batch, from, length, undefined);
      }
    }
    if (current === undefined) return length;
    const done = this.publishing.run(client, batch, from, length, current, this.now);
    return done < length ? this.cut(done) : length;
  }

  /** What row `row` matches, or undefined where finding out takes longer than this slice. */
  private match(
    sublist: SublistReader,
    { bytes, columns, view }: CommandBatch,
    row: number,
  ): MatchResult | undefined {
    const at = row * STRIDE;
    const [start, end, hash] = [
      cell(columns, at + SUBJECT),
      cell(columns, at + SUBJECT_END),
      cell(columns, at + HASH),
    ];
    return sublist.matchInSlice(bytes, start, end, hash, view) ?? this.search(sublist);
  }

  private routeTraced(client: Client, batch: CommandBatch, row: number, result: MatchResult): void {
    const original = this.mapper.originalOf(batch, row);
    if (client.admitted) this.publishing.routeTraced(client, batch, row, result, original);
    else client.session.refusePublish(1);
  }

  /** Goes on with the search that `sublist` has begun, as far as the slice allows: undefined where it takes longer. */
  private search(sublist: SublistReader): MatchResult | undefined {
    const search = sublist.takeSearch();
    if (!search.run()) {
      this.unfinishedSearch = search;
      return undefined;
    }
    return sublist.resultOf(search);
  }

  private cut(row: number, search?: TrieSearch): number {
    this.isCut = true;
    this.cutSearch = search;
    this.unfinishedSearch = undefined;
    return row;
  }

  /**
   * Has the rest of a batch taken once its client goes on. Apart from the loop above, which would otherwise allocate
   * a scope for every row: it costs 15 % at 16 B.
   */
  private defer(client: Client, batch: CommandBatch, from: number, to: number): number {
    client.defer(() => this.write({ client, batch, from, to }));
    return from;
  }
}
