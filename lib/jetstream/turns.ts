import { performance } from 'node:perf_hooks';
import { clearImmediate, setImmediate } from 'node:timers';
import type { Steps } from '../domain/steps.js';

/** Time that all long work together may take in one turn of the event loop, in milliseconds. */
const SLICE_MS = 4;
/** Pieces of work that go on side by side; others begin once one of them has ended. */
const MAX_BEGUN = 8;

/** One piece of work that is under way; returns whether it has ended. */
type Task = (until: number) => boolean;

/** Runs long work in slices, so that messages are routed meanwhile. */
export class Turns {
  private readonly tasks: Task[] = [];
  private readonly sliceMs: number;
  private readonly read: () => number;
  private immediate: NodeJS.Immediate | undefined = undefined;
  /** Up to when work may go on in this turn. */
  private until = 0;

  /**
   * @param sliceMs time for all work in one turn, in milliseconds; Infinity: all is done at once
   * @param read what the time is, in milliseconds
   */
  constructor(sliceMs = SLICE_MS, read: () => number = () => performance.now()) {
    this.sliceMs = sliceMs;
    this.read = read;
  }

  /** Runs work: its result where there is time for it in this turn, else a promise of it. */
  run<T>(work: Steps<T>): T | Promise<T> {
    this.wake();
    const { until, read } = this;
    if (this.tasks.length === 0 && read() < until) {
      const step = slice(work, until, read);
      if (step !== undefined) return step.value;
    }
    return this.later(work);
  }

  /** Runs work at the end of this turn, or later. */
  later<T>(work: Steps<T>): Promise<T> {
    this.wake();
    return new Promise((resolve, reject) => {
      this.tasks.push((end) => {
        try {
          const next = slice(work, end, this.read);
          if (next === undefined) return false;
          resolve(next.value);
        } catch (error) {
          reject(error);
        }
        return true;
      });
    });
  }

  /** The same for work whose first step is to be done now, whatever the time. */
  runNow<T>(work: Steps<T>): T | Promise<T> {
    const step = work.next();
    return step.done === true ? step.value : this.run(work);
  }

  /** Drops what is under way: its promises stay unsettled. */
  close(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.tasks.length = 0;
  }

  /** Has a turn end soon, from which on there is time anew. */
  private wake(): void {
    if (this.immediate !== undefined) return;
    this.until = this.read() + this.sliceMs;
    this.immediate = setImmediate(this.turn);
  }

  /** What has begun and not ended takes turns. */
  private readonly turn = (): void => {
    this.immediate = undefined;
    if (this.tasks.length === 0) return;
    this.wake();
    const { until } = this;
    do {
      const task = this.tasks.shift();
      if (task === undefined) return;
      if (!task(until)) this.tasks.splice(MAX_BEGUN - 1, 0, task);
    } while (this.read() < until);
  };
}

/** Runs work for a slice; undefined: it has not ended. */
function slice<T>(work: Steps<T>, until: number, read: () => number): { readonly value: T } | undefined {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step;
    if (read() >= until) return undefined;
  }
}
