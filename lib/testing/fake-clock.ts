import type { Clock } from '../domain/clock.js';

/** Time that passes when told to. For the PINGs of one or several test brokers. */
export interface FakeClock extends Clock {
  /**
   * Lets so many milliseconds pass. Whatever is due in them happens one after the other, at its time; clients that are
   * sent a PING have real time to answer it before the clock goes on: those that answer do, and who is frozen, or
   * answers nothing for a tenth of a second, is taken for one that does not.
   */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly then: () => void;
}

/** The clock that `fakeClock` makes. */
export class ManualClock implements FakeClock {
  /** So that brokers that go by it, and one that is restarted, have one time of day. */
  readonly unixAtZero = Date.now();
  /** Waited for after whatever was due at one time has happened. */
  readonly pauses = new Set<() => Promise<void>>();
  private time = 0;
  private readonly timers = new Set<Timer>();
  private advanced: Promise<void> = Promise.resolve();

  now(): number {
    return this.time;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + ms, then };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  advance(ms: number): Promise<void> {
    this.advanced = this.advanced.then(() => this.pass(ms));
    return this.advanced;
  }

  private async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await this.pause();
    for (;;) {
      const next = Math.min(...[...this.timers].map(({ at }) => at));
      if (next > end) break;
      this.time = next;
      for (const timer of [...this.timers].filter(({ at }) => at <= next))
        if (this.timers.delete(timer)) timer.then();
      await this.pause();
    }
    this.time = end;
  }

  private async pause(): Promise<void> {
    await Promise.all([...this.pauses].map((wait) => wait()));
  }
}

/** A clock that stands still until it is advanced: `startTestBroker({ clock })`. */
export function fakeClock(): FakeClock {
  return new ManualClock();
}
