import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';

/** Time as the core sees it, in milliseconds. */
export interface CoreClock {
  /** The monotonic clock. */
  readonly now: () => number;
  /** Unix time. */
  readonly unixNow: () => number;
  /** Calls `then` every `ms`; returns what ends that. */
  readonly every: (ms: number, then: () => void) => () => void;
}

/** The clocks of the system. */
export const SYSTEM_CLOCK: CoreClock = {
  now: () => performance.now(),
  unixNow: Date.now,
  every: (ms, then) => {
    const timer = setInterval(then, ms);
    return () => clearInterval(timer);
  },
};
