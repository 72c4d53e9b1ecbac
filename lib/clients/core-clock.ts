import { performance } from 'node:perf_hooks';

/** Time as the core sees it, in milliseconds. */
export interface CoreClock {
  /** The monotonic clock. */
  readonly now: () => number;
  /** Unix time. */
  readonly unixNow: () => number;
}

/** The clocks of the system. */
export const SYSTEM_CLOCK: CoreClock = { now: () => performance.now(), unixNow: Date.now };
