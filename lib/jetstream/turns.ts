import { performance } from 'node:perf_hooks';
import { clearImmediate, setImmediate } from 'node:timers';
import type { Steps } from '../domain/steps.js';

/** Time that long work may take in one turn of the event loop, in milliseconds. */
const SLICE_MS = 4;

/** One piece of work that is under way; returns whether it has ended. */
type Task = () => boolean;

/** Runs long work in slices, so that messages are routed meanwhile. */
export class Turns {
  private readonly tasks: Task[] = [];
  private immediate: NodeJS.Immediate | undefined = undefined;

  /** Runs work: its result where that takes little time, else a promise of it. */
  run<T>(work: Steps<T>): T | Promise<T> {
    const step = slice(work);
    if (step !== undefined) return step.value;
    return new Promise((resolve, reject) => {
      this.tasks.push(() => {
        try {
          const next = slice(work);
          if (next === undefined) return false;
          resolve(next.value);
        } catch (error) {
          reject(error);
        }
        return true;
      });
      this.immediate ??= setImmediate(this.turn);
    });
  }

  /** Drops what is under way: its promises stay unsettled. */
  close(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.tasks.length = 0;
  }

  /** One slice a turn; those that have not ended take turns. */
  private readonly turn = (): void => {
    this.immediate = undefined;
    const task = this.tasks.shift();
    if (task !== undefined && !task()) this.tasks.push(task);
    if (this.tasks.length > 0) this.immediate = setImmediate(this.turn);
  };
}

/** Runs work for a slice; undefined: it has not ended. */
function slice<T>(work: Steps<T>): { readonly value: T } | undefined {
  const until = performance.now() + SLICE_MS;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step;
    if (performance.now() >= until) return undefined;
  }
}
