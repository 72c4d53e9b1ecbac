import { CLOCK, type Clock } from './clock.js';

/** A repeated log line is written this often at most, in milliseconds. */
const INTERVAL_MS = 5_000;

/** Reports once what a rate limit left out, after a time. Its timer does not keep the process alive. */
export class LateReport {
  private readonly report: () => void;
  private readonly clock: Clock;
  private readonly pending: Set<LateReport>;
  private stop: (() => void) | undefined;

  /** @param pending holds it while a report is due */
  constructor(report: () => void, clock: Clock, pending: Set<LateReport>) {
    this.report = report;
    this.clock = clock;
    this.pending = pending;
  }

  /** Reports in `ms` milliseconds, unless a report is already due. */
  arm(ms: number): void {
    if (this.stop !== undefined) return;
    this.stop = this.clock.after(ms, () => this.now());
    this.pending.add(this);
  }

  /** Undoes {@link arm}: what was left out has been reported otherwise. */
  cancel(): void {
    this.stop?.();
    this.stop = undefined;
    this.pending.delete(this);
  }

  /** Reports without waiting. */
  now(): void {
    this.cancel();
    this.report();
  }
}

/** Limits how often one broker reports what repeats. */
export class RateLimits {
  readonly clock: Clock;
  private readonly pending = new Set<LateReport>();

  constructor(clock: Clock = CLOCK) {
    this.clock = clock;
  }

  /**
   * Limits one report: passes the first call on at once, later ones at most once in five seconds. What was left out is
   * passed on when those five seconds are over.
   *
   * @param report gets the latest subject, and the number of calls since the last report
   */
  limit<T>(report: (subject: T, count: number) => void): (subject: T) => void {
    const { clock } = this;
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
    const late = this.late(() => pass(latest as T));
    return (subject) => {
      count++;
      const waitMs = last + INTERVAL_MS - clock.now();
      if (waitMs <= 0) return pass(subject);
      latest = subject;
      late.arm(waitMs);
    };
  }

  /** A report that is made later, for a limit of another kind. */
  late(report: () => void): LateReport {
    return new LateReport(report, this.clock, this.pending);
  }

  /** Reports everything that was left out so far, as before a shutdown. */
  flush(): void {
    for (const report of [...this.pending]) report.now();
  }
}
