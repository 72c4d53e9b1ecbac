import { CLOCK, type Clock } from './clock.js';

/** A repeated log line is written this often at most, in milliseconds. */
const INTERVAL_MS = 5_000;

/** Reports that are due later, of all brokers in the process. */
const pending = new Set<LateReport>();

/** Reports once what a rate limit left out, after a time. Its timer does not keep the process alive. */
export class LateReport {
  private readonly report: () => void;
  private readonly clock: Clock;
  private stop: (() => void) | undefined;

  constructor(report: () => void, clock: Clock) {
    this.report = report;
    this.clock = clock;
  }

  /** Reports in `ms` milliseconds, unless that is already to come. */
  arm(ms: number): void {
    if (this.stop !== undefined) return;
    this.stop = this.clock.after(ms, () => this.now());
    pending.add(this);
  }

  /** Forgets what {@link arm} asked for: it has been reported otherwise. */
  cancel(): void {
    this.stop?.();
    this.stop = undefined;
    pending.delete(this);
  }

  /** Reports without waiting. */
  now(): void {
    this.cancel();
    this.report();
  }
}

/** Writes everything that rate limits have left out so far, as before a shutdown. */
export function reportPending(): void {
  for (const report of [...pending]) report.now();
}

/**
 * Limits how often something is reported: passes the first call on at once, later ones at most once in five seconds. What
 * was left out is passed on when those five seconds are over.
 *
 * @param report gets the latest subject, and the number of calls since the last report
 */
export function rateLimited<T>(
  report: (subject: T, count: number) => void,
  clock: Clock = CLOCK,
): (subject: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  let latest: T | undefined;
  const pass = (subject: T): void => {
    const calls = count;
    last = clock.now();
    count = 0;
    latest = undefined;
    late.cancel();
    report(subject, calls);
  };
  const late = new LateReport(() => pass(latest as T), clock);
  return (subject) => {
    count++;
    const waitMs = last + INTERVAL_MS - clock.now();
    if (waitMs <= 0) return pass(subject);
    latest = subject;
    late.arm(waitMs);
  };
}
