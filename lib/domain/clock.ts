import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';

/** Time and how to wait, for tests to replace. */
export interface Clock {
  /** Milliseconds, from whenever; never goes back. */
  now(): number;
  /** The time of day when it showed 0, in Unix milliseconds. Absent: as the system has it. */
  readonly unixAtZero?: number;
  /** Calls `then` once, `ms` from now; returns what calls it off. Must not keep the process alive. */
  after(ms: number, then: () => void): () => void;
}

/** The time of day, and timers that hold up the end of the process as those of any open connection do. */
export const CONNECTION_CLOCK: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** When a timer fires so many milliseconds late, this process has not run, and what its peers have sent may be unread. */
export const LATE_MS = 250;

/** Longest that a timer of Node's can run, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The real one: the monotonic clock, which no change of the time of day moves. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, Math.min(Math.max(1, Math.ceil(ms)), MAX_TIMER_MS)).unref();
    return () => clearTimeout(timer);
  },
};
