import { LATE_MS } from '../../domain/clock.js';

/** What of a connection says whether it is idle. */
interface Watched {
  /** Unix time of its last command, in milliseconds. */
  readonly lastActivityAt: number;
  /** Messages handed to it. */
  readonly outMessages: number;
  /** Whether its next command must wait: then it cannot be heard. */
  readonly held: boolean;
  close(reason: 'IDLE_TIMEOUT'): void;
  /** Calls `then` after `ms` milliseconds, once; returns what cancels that. */
  later(ms: number, then: () => void): () => void;
}

/**
 * Closes a connection that has neither said nor been told anything for some time: it cannot be asked for a sign of
 * life. Looked at once in that time, so it may last up to twice as long; and once more, where this process was late to look.
 */
export class IdleTimer {
  private readonly watched: Watched;
  private readonly timeoutMs: number;
  private cancel = (): void => {};
  private lookedAt = 0;
  private outMessages = 0;
  private isExcused = false;
  private readonly now: () => number;

  /**
   * @param timeoutMs 0: never
   * @param now Unix time, in milliseconds
   */
  constructor(watched: Watched, timeoutMs: number, now: () => number = Date.now) {
    this.watched = watched;
    this.timeoutMs = timeoutMs;
    this.now = now;
  }

  start(): void {
    if (this.timeoutMs === 0) return;
    this.remember();
    this.cancel = this.watched.later(this.timeoutMs, this.look);
  }

  stop(): void {
    this.cancel();
  }

  private readonly look = (): void => {
    const { lastActivityAt, outMessages, held } = this.watched;
    const isIdle = !held && lastActivityAt < this.lookedAt && outMessages === this.outMessages;
    const isLate = this.now() - this.lookedAt >= this.timeoutMs + LATE_MS;
    if (isIdle && (!isLate || this.isExcused)) return this.watched.close('IDLE_TIMEOUT');
    this.isExcused = isIdle;
    this.start();
  };

  private remember(): void {
    this.lookedAt = this.now();
    this.outMessages = this.watched.outMessages;
  }
}
