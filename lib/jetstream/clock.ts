import { CLOCK, type Clock } from '../domain/clock.js';
import type { Instant } from './instant.js';
import { Timers } from './timers.js';

const NS_PER_MS = 1_000_000;
/** How far the time of day may be from what is counted before it is taken anew, in milliseconds. */
const MAX_DRIFT_MS = 50;

/** The time of day to the nanosecond, and timers; both go by one clock, which tests replace. */
export class JetStreamClock {
  readonly timers: Timers;
  private readonly clock: Clock;
  /** What is added to the clock to have Unix milliseconds. */
  private offset: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.timers = new Timers(clock);
    this.offset = clock.unixAtZero ?? Date.now() - clock.now();
  }

  /** Now. May go back where the time of day is set back. */
  now(): Instant {
    let unix = this.clock.now() + this.offset;
    if (this.clock === CLOCK) {
      const difference = Date.now() - unix;
      if (Math.abs(difference) > MAX_DRIFT_MS) {
        this.offset += difference;
        unix += difference;
      }
    }
    const ms = Math.floor(unix);
    return { ms, ns: Math.floor((unix - ms) * NS_PER_MS) };
  }
}
