import { performance } from 'node:perf_hooks';
import type { Clock } from '../domain/clock.js';
import { Deadlines, type Due } from './deadlines.js';

/** Time that what is due may take at once, in milliseconds; the rest follows once messages have been routed. */
const SLICE_MS = 4;

/** One thing that is to happen at a time, which may be changed. Made by `Timers.add`. */
export class Timer implements Due {
  /** When it is due, in milliseconds of the clock; means nothing where it is not set. */
  due = Number.POSITIVE_INFINITY;
  place = -1;
  /** What it does. */
  readonly run: () => void;
  private readonly timers: Timers;

  constructor(timers: Timers, run: () => void) {
    this.timers = timers;
    this.run = run;
  }

  get isSet(): boolean {
    return this.place >= 0;
  }

  /** Has it happen so many milliseconds from now, and not when it was to before. Infinity: never. */
  after(ms: number): void {
    if (ms === Number.POSITIVE_INFINITY) this.cancel();
    else this.timers.set(this, this.timers.now() + Math.max(0, ms));
  }

  /** Has it happen at a time of the clock, and not when it was to before. */
  at(ms: number): void {
    this.timers.set(this, ms);
  }

  /** Does it no more, until it is set anew. */
  cancel(): void {
    this.timers.unset(this);
  }
}

/** All timers of JetStream: a heap, and one timer of the clock for the earliest of them. */
export class Timers {
  private readonly clock: Clock;
  private readonly read: () => number;
  private readonly deadlines = new Deadlines<Timer>();
  private cancelWake: (() => void) | undefined = undefined;
  /** What the timer of the clock is set for. */
  private wakesAt = Number.POSITIVE_INFINITY;
  private isClosed = false;

  /** @param read what the real time is, in milliseconds, for how long a turn takes */
  constructor(clock: Clock, read: () => number = () => performance.now()) {
    this.clock = clock;
    this.read = read;
  }

  /** Milliseconds of a clock that never goes back. */
  now(): number {
    return this.clock.now();
  }

  /** A timer that is not set yet, and calls `run` each time it is due. */
  add(run: () => void): Timer {
    return new Timer(this, run);
  }

  /** How many are set. */
  get size(): number {
    return this.deadlines.size;
  }

  /** Ends all of them; none can be set any more. */
  close(): void {
    this.isClosed = true;
    this.deadlines.clear();
    this.wakeLater();
  }

  /** For `Timer`. */
  set(timer: Timer, due: number): void {
    if (this.isClosed) return;
    this.deadlines.set(timer, due);
    this.wakeLater();
  }

  /** For `Timer`. */
  unset(timer: Timer): void {
    if (!timer.isSet) return;
    this.deadlines.remove(timer);
    this.wakeLater();
  }

  private wakeLater(): void {
    const { next: due } = this.deadlines;
    if (due >= this.wakesAt && this.cancelWake !== undefined && due !== Number.POSITIVE_INFINITY) return;
    this.cancelWake?.();
    this.cancelWake = undefined;
    this.wakesAt = due;
    if (due !== Number.POSITIVE_INFINITY)
      this.cancelWake = this.clock.after(Math.max(0, due - this.now()), this.wake);
  }

  private readonly wake = (): void => {
    this.cancelWake = undefined;
    this.wakesAt = Number.POSITIVE_INFINITY;
    const now = this.now();
    const until = this.read() + SLICE_MS;
    // One that is set for now by what it does waits for the next time: it would keep the thread.
    for (let left = this.size; left > 0; left--) {
      const { first } = this.deadlines;
      if (first === undefined || first.due > now) break;
      this.deadlines.remove(first);
      first.run();
      if (this.read() >= until) break;
    }
    this.wakeLater();
  };
}
