import { type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { closeReasonText } from '../../domain/close-reason.js';
import { MAX_LIVE_ROWS } from '../../domain/limits.js';
import type { Steps } from '../../domain/steps.js';
import { ROWS_A_STEP } from '../listing.js';
import type { AccountSnapshot, ConnectionSnapshot, Observable, ServerSnapshot } from '../snapshot.js';
import { clipped, connectionRow } from './rows.js';
import type { SubjectSampler } from './source.js';

/** How often the delay of the event loop is looked at, in milliseconds: part of each delay that is measured. */
const RESOLUTION_MS = 10;
/** Connections whose rates are known; of more, only of those that were listed before. */
const MAX_RATED = 4_096;
/** Closed connections that are looked through for slow consumers. */
const MAX_CLOSED = 10_000;
const SLOW_ROWS = 10;
/** Rank of a connection that is held or congested: before all others. */
const DELAYED = 2 ** 50;

/** Counters of which rates are made. */
interface Counters {
  readonly in: number;
  readonly out: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

type Counted = Pick<ServerSnapshot, 'inMessages' | 'outMessages' | 'inBytes' | 'outBytes'>;

interface Ranked {
  readonly row: ConnectionSnapshot;
  readonly rank: number;
  readonly rate: Counters;
}

/**
 * Makes pictures of a broker, one after the other: what it counts, and how fast that grows since the picture before. Each
 * lists a bounded number of connections, subjects and accounts.
 */
export class StateSampler {
  private readonly observed: Observable;
  private readonly subjects: SubjectSampler | undefined;
  private readonly clock: () => number;
  private readonly delay: IntervalHistogram;
  private readonly cpuPercent: () => number;
  private lastAt: number | undefined;
  private server: Counters | undefined;
  private connections = new Map<number, Counters>();
  private accounts = new Map<string, Counters>();
  private slowConsumers = -1;
  private slow: readonly object[] = [];

  /**
   * @param subjects counts messages by subject; undefined: nothing does
   * @param clock milliseconds of any steady clock
   */
  constructor(
    observed: Observable,
    subjects: SubjectSampler | undefined,
    cpuPercent: () => number,
    clock: () => number = () => performance.now(),
  ) {
    this.observed = observed;
    this.subjects = subjects;
    this.cpuPercent = cpuPercent;
    this.clock = clock;
    this.delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.delay.enable();
  }

  /** Stops everything that is measured for it. */
  stop(): void {
    this.delay.disable();
    this.subjects?.stop();
  }

  /** Makes the next picture, as JSON; rates are undefined in the first one. */
  *next(): Steps<object> {
    const now = this.clock();
    const seconds = this.lastAt === undefined ? undefined : (now - this.lastAt) / 1_000;
    this.lastAt = now;
    const server = this.observed.server();
    const counters = countersOf(server);
    const rates = ratesOf(counters, this.server, seconds);
    this.server = counters;
    const subjects = this.countSubjects(seconds);
    const total = server.totalPending?.();
    const connections = yield* this.rankConnections(seconds);
    const accounts = yield* this.rateAccounts(seconds);
    if (server.slowConsumers !== this.slowConsumers) this.slow = yield* this.findSlow(server);
    this.slowConsumers = server.slowConsumers;
    return {
      at: Date.now(),
      uptime: Date.now() - server.startedAt,
      lameDuck: server.lameDuck,
      ...rates,
      totalIn: server.inMessages,
      totalOut: server.outMessages,
      open: server.connections,
      subscriptions: server.subscriptions,
      pending: total?.bytes,
      maxPending: total?.limitBytes,
      slowConsumers: server.slowConsumers,
      stale: server.staleConnections,
      holds: server.holds,
      loop: this.loopDelay(),
      rss: process.memoryUsage.rss(),
      cpu: this.cpuPercent(),
      connections,
      subjects,
      accounts,
      slow: this.slow,
    };
  }

  private countSubjects(seconds: number | undefined): object | undefined {
    const counts = this.subjects?.take(MAX_LIVE_ROWS * 2);
    if (counts === undefined || seconds === undefined) return undefined;
    return {
      rows: counts.subjects.map(({ account, subject, messages }) => [
        clipped(account),
        subject,
        rounded(messages / seconds),
      ]),
      others: rounded(counts.otherMessages / seconds),
      isExact: counts.isExact,
    };
  }

  /** Those that are held or congested, then those with most to send or most traffic. */
  private *rankConnections(seconds: number | undefined): Steps<object> {
    const best: Ranked[] = [];
    const seen = new Map<number, Counters>();
    let [count, delayed, least] = [0, 0, Number.NEGATIVE_INFINITY];
    for (const row of this.observed.connections()) {
      if (count++ % ROWS_A_STEP === 0) yield;
      const isDelayed = row.isDelayed === true;
      if (isDelayed) delayed++;
      const counters = countersOf(row);
      const rate = ratesOf(counters, this.connections.get(row.cid), seconds) ?? NO_RATES;
      if (count <= MAX_RATED) seen.set(row.cid, counters);
      const rank = (isDelayed ? DELAYED : 0) + row.pendingBytes + rate.in + rate.out;
      if (rank <= least) continue;
      best.push({ row, rank, rate });
      if (best.length < 2 * MAX_LIVE_ROWS) continue;
      least = keepBest(best);
    }
    keepBest(best);
    for (const { row } of best) seen.set(row.cid, countersOf(row));
    this.connections = seen;
    const rows: object[] = [];
    for (const { row, rate } of best) {
      rows.push(connectionRow(row, rate.in, rate.out));
      yield;
    }
    return { rows, others: Math.max(0, count - rows.length), delayed };
  }

  private *rateAccounts(seconds: number | undefined): Steps<object> {
    const seen = new Map<string, Counters>();
    const best: { readonly account: AccountSnapshot; readonly rate: Counters; readonly rank: number }[] = [];
    let count = 0;
    for (const account of this.observed.accounts()) {
      if (count++ % ROWS_A_STEP === 0) yield;
      const counters = countersOf(account);
      const rate = ratesOf(counters, this.accounts.get(account.name), seconds) ?? NO_RATES;
      if (count <= MAX_RATED) seen.set(account.name, counters);
      best.push({ account, rate, rank: rate.in + rate.out + account.connections / 2 ** 30 });
      if (best.length >= 2 * MAX_LIVE_ROWS) keepBest(best);
    }
    keepBest(best);
    this.accounts = seen;
    const rows = best.map(({ account, rate }) => ({
      name: clipped(account.name),
      connections: account.connections,
      subscriptions: account.subscriptions,
      in: rate.in,
      out: rate.out,
      slow: account.slowConsumers,
      held: Math.round(account.heldMs ?? 0),
    }));
    return { rows, others: count - rows.length };
  }

  /** The connections that were cut off last for taking too little. */
  private *findSlow({ maxPendingBytes }: ServerSnapshot): Steps<readonly object[]> {
    const found: ConnectionSnapshot[] = [];
    let count = 0;
    for (const row of this.observed.closed()) {
      if (count++ % ROWS_A_STEP === 0) yield;
      if (count > MAX_CLOSED) break;
      if (row.reason === 'SLOW_CONSUMER') found.push(row);
    }
    found.sort((one, other) => (other.stoppedAt ?? 0) - (one.stoppedAt ?? 0));
    return found.slice(0, SLOW_ROWS).map((row) => ({
      ...connectionRow(row, 0, 0),
      at: row.stoppedAt,
      why: closeReasonText('SLOW_CONSUMER', row.pendingBytes, maxPendingBytes),
    }));
  }

  /** Delay of the event loop since the last picture, in milliseconds. */
  private loopDelay(): object | undefined {
    const { delay } = this;
    if (delay.count === 0) return undefined;
    const ms = (ns: number): number => Math.max(0, Math.round(ns / 1e4 - RESOLUTION_MS * 100) / 100);
    const figures = { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) };
    delay.reset();
    return figures;
  }
}

const NO_RATES: Counters = { in: 0, out: 0, inBytes: 0, outBytes: 0 };

function countersOf({ inMessages, outMessages, inBytes, outBytes }: Counted): Counters {
  return { in: inMessages, out: outMessages, inBytes, outBytes };
}

/** What is added each second; undefined: that is not known. */
function ratesOf(
  now: Counters,
  before: Counters | undefined,
  seconds: number | undefined,
): Counters | undefined {
  if (before === undefined || seconds === undefined) return undefined;
  const rate = (one: number, other: number): number => rounded(Math.max(0, one - other) / seconds);
  return {
    in: rate(now.in, before.in),
    out: rate(now.out, before.out),
    inBytes: rate(now.inBytes, before.inBytes),
    outBytes: rate(now.outBytes, before.outBytes),
  };
}

/** Sorts, largest rank first, and drops all beyond `MAX_LIVE_ROWS`; returns the least rank that is left where there are so many. */
function keepBest(ranked: { readonly rank: number }[]): number {
  ranked.sort((one, other) => other.rank - one.rank);
  if (ranked.length > MAX_LIVE_ROWS) ranked.length = MAX_LIVE_ROWS;
  return ranked[MAX_LIVE_ROWS - 1]?.rank ?? Number.NEGATIVE_INFINITY;
}

/** Three significant digits are enough for a rate below 10; above it is a whole number. */
function rounded(rate: number): number {
  return rate < 10 ? Math.round(rate * 100) / 100 : Math.round(rate);
}
