import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { MONITOR_TURN_MS } from '../domain/limits.js';
import type { Steps } from '../domain/steps.js';

/**
 * Shares the event loop between the monitor and the broker, which routes messages in the same thread. In each turn of
 * the loop one answer works for a bounded time; the others wait, first come, first served.
 */
export class Turns {
  /** Turns granted so far. */
  granted = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly clock: () => number;
  private endsAt = Number.NEGATIVE_INFINITY;

  /** @param clock milliseconds of any steady clock */
  constructor(clock: () => number = () => performance.now()) {
    this.clock = clock;
  }

  /** Whether the time of this turn is used up. */
  get isOver(): boolean {
    return this.clock() >= this.endsAt;
  }

  /** Resolves in a turn of its own, after those that have waited longer. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 1) setImmediate(this.grant);
    });
  }

  /** Runs work to its end, in as many turns as it takes. To be called within a turn. */
  async run<T>(work: Steps<T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) return step.value;
      if (this.isOver) await this.next();
    }
  }

  private readonly grant = (): void => {
    const resolve = this.waiting.shift();
    if (this.waiting.length > 0) setImmediate(this.grant);
    this.granted++;
    this.endsAt = this.clock() + MONITOR_TURN_MS;
    resolve?.();
  };
}
