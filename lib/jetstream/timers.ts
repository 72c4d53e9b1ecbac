import { performance } from 'node:perf_hooks';
import type { Clock } from '../domain/clock.js';

/** Time that what is due may take at once, in milliseconds; the rest follows once messages have been routed. */
const SLICE_MS = 4;

/** One thing that is to happen at a time, which may be changed. Made by `Timers.add`. */
export class Timer {
  /** When it is due, in milliseconds of the clock; undefined: it is not set. */
  due: number | undefined = undefined;
  /** Where it is in the heap; -1: it is not there. For `Timers` alone. */
  index = -1;
  /** What it does. */
  readonly run: () => void;
  private readonly timers: Timers;

  constructor(timers: Timers, run: () => void) {
    this.timers = timers;
    this.run = run;
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
  private readonly heap: Timer[] = [];
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
    return this.heap.length;
  }

  /** Ends all of them; none can be set any more. */
  close(): void {
    this.isClosed = true;
    for (const timer of this.heap.splice(0)) {
      timer.due = undefined;
      timer.index = -1;
    }
    this.wakeLater();
  }

  /** For `Timer`. */
  set(timer: Timer, due: number): void {
    if (this.isClosed) return;
    timer.due = due;
    if (timer.index < 0) {
      timer.index = this.heap.length;
      this.heap.push(timer);
    }
    this.rise(this.sink(timer.index));
    this.wakeLater();
  }

  /** For `Timer`. */
  unset(timer: Timer): void {
    if (timer.index < 0) return;
    this.remove(timer);
    this.wakeLater();
  }

  private remove(timer: Timer): void {
    const { index } = timer;
    timer.due = undefined;
    if (index < 0) return;
    timer.index = -1;
    const last = this.heap.pop();
    if (last !== undefined && last !== timer) {
      this.place(last, index);
      this.rise(this.sink(index));
    }
  }

  private wakeLater(): void {
    const due = this.heap[0]?.due ?? Number.POSITIVE_INFINITY;
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
    for (let left = this.heap.length; left > 0; left--) {
      const first = this.heap[0];
      if (first?.due === undefined || first.due > now) break;
      this.remove(first);
      first.run();
      if (this.read() >= until) break;
    }
    this.wakeLater();
  };

  private place(timer: Timer, index: number): void {
    this.heap[index] = timer;
    timer.index = index;
  }

  private dueAt(index: number): number {
    return this.heap[index]?.due ?? Number.POSITIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const [a, b] = [this.heap[one], this.heap[other]];
    if (a === undefined || b === undefined) return;
    this.place(b, one);
    this.place(a, other);
  }

  private rise(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (this.dueAt(parent) <= this.dueAt(index)) return;
      this.swap(parent, index);
      index = parent;
    }
  }

  /** Returns where it ends up. */
  private sink(from: number): number {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.dueAt(left + 1) < this.dueAt(left) ? left + 1 : left;
      if (child >= this.heap.length || this.dueAt(child) >= this.dueAt(index)) return index;
      this.swap(child, index);
      index = child;
    }
  }
}
