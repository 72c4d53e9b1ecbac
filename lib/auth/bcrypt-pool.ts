import { availableParallelism } from 'node:os';
import { CLOCK, type Clock } from '../domain/clock.js';
import { networkOf } from '../domain/ip-address.js';
import { BCRYPT_WAITING } from '../domain/limits.js';
import { type Checker, startBcryptThread } from './bcrypt-thread.js';
import type { Question } from './bcrypt-worker.js';
import { Turns } from './turns.js';
import { VerifiedPasswords } from './verified-passwords.js';

/** A thread without work ends after this time, in milliseconds. */
const IDLE_MS = 30_000;

/** The connection that presents a password. */
export interface CheckOrigin {
  readonly remoteAddress?: string | undefined;
  /** Whether the connection has gone; then its password is not checked. */
  readonly isGone?: (() => boolean) | undefined;
}

/** Whether a password is right; undefined: it was not checked, as too many checks were waiting or the connection had gone. */
export type Checked = boolean | undefined;

/** What a pool is made of; all of it has defaults. */
export interface BcryptPoolOptions {
  /** Checks at a time. Default: as many as there are cores, two at least. */
  readonly threads?: number;
  /** Checks that wait for a thread. Default {@link BCRYPT_WAITING}. */
  readonly maxWaiting?: number;
  readonly start?: (failed: () => void) => Checker;
  readonly clock?: Clock;
}

interface PendingCheck extends Question {
  readonly isGone: (() => boolean) | undefined;
  readonly done: (checked: Checked) => void;
}

interface Thread {
  readonly checker: Checker;
  /** The check that runs in it: all of them ask the same question. */
  asks: PendingCheck[];
  stopIdleTimer: (() => void) | undefined;
}

/**
 * Checks passwords against bcrypt hashes in threads. Addresses take turns, so that a check waits for one check of each
 * other address at most, however many these ask for. What a connection that has gone asked for is dropped. A password
 * that was right once is known from then on, and the same question asked twice is computed once.
 */
export class BcryptPool {
  private readonly maxThreads: number;
  private readonly start: (failed: () => void) => Checker;
  private readonly clock: Clock;
  private readonly threads = new Set<Thread>();
  private readonly waiting: Turns<PendingCheck>;
  private readonly verified = new VerifiedPasswords();

  constructor(options: BcryptPoolOptions = {}) {
    this.maxThreads = options.threads ?? Math.max(availableParallelism(), 2);
    this.waiting = new Turns(options.maxWaiting ?? BCRYPT_WAITING);
    this.start = options.start ?? startBcryptThread;
    this.clock = options.clock ?? CLOCK;
  }

  /** Whether `presented` is what `hash` was made of; a promise where that has to be computed. */
  check(presented: string, hash: string, origin: CheckOrigin = {}): true | Promise<Checked> {
    if (this.verified.has(presented, hash)) return true;
    const { remoteAddress = '', isGone } = origin;
    return new Promise((done) => {
      const ask: PendingCheck = { presented, hash, isGone, done };
      if (this.join(ask)) return;
      this.waiting.add(networkOf(remoteAddress), ask)?.done(undefined);
      this.next();
    });
  }

  /** How many checks run and how many wait. */
  get load(): { readonly running: number; readonly waiting: number } {
    const running = [...this.threads].filter(({ asks }) => asks.length > 0).length;
    return { running, waiting: this.waiting.size };
  }

  /** Adds a question to the check that runs for the same one, if there is such a check. */
  private join(ask: PendingCheck): boolean {
    for (const { asks } of this.threads) {
      const [first] = asks;
      if (first?.hash !== ask.hash || first.presented !== ask.presented) continue;
      asks.push(ask);
      return true;
    }
    return false;
  }

  private next(): void {
    for (;;) {
      const free = [...this.threads].find(({ asks }) => asks.length === 0);
      if (free === undefined && this.threads.size >= this.maxThreads) return;
      const ask = this.nextUnanswered();
      if (ask === undefined) return;
      this.run(free ?? this.startThread(), ask);
    }
  }

  /** The next one that waits and has to be computed. */
  private nextUnanswered(): PendingCheck | undefined {
    for (;;) {
      const ask = this.waiting.take();
      if (ask === undefined) return undefined;
      if (ask.isGone?.() === true) ask.done(undefined);
      else if (this.verified.has(ask.presented, ask.hash)) ask.done(true);
      else if (!this.join(ask)) return ask;
    }
  }

  private startThread(): Thread {
    const checker = this.start(() => this.threads.delete(thread));
    const thread: Thread = { checker, asks: [], stopIdleTimer: undefined };
    this.threads.add(thread);
    return thread;
  }

  private run(thread: Thread, ask: PendingCheck): void {
    thread.stopIdleTimer?.();
    thread.asks = [ask];
    const { presented, hash } = ask;
    thread.checker.check({ presented, hash }, (same) => {
      const { asks } = thread;
      thread.asks = [];
      if (same) this.verified.add(presented, hash);
      if (this.threads.has(thread)) {
        thread.stopIdleTimer = this.clock.after(IDLE_MS, () => {
          this.threads.delete(thread);
          thread.checker.stop();
        });
      }
      for (const { done } of asks) done(same);
      this.next();
    });
  }
}
