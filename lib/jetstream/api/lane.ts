import type { Steps } from '../../domain/steps.js';
import type { Turns } from '../turns.js';

/** What a piece of work still waits for when its steps are over; undefined: it is done. */
export type Rest = Promise<void> | undefined;

/** Bounds of what waits. */
export interface LaneLimits {
  readonly requests: number;
  readonly bytes: number;
}

/** Requests that are carried out one after the other, in the turns that they share with all long work. */
export class Lane {
  private readonly turns: Turns;
  private readonly limits: LaneLimits;
  private waiting: { readonly work: () => Steps<Rest>; readonly bytes: number }[] = [];
  private waitingBytes = 0;
  private isBusy = false;

  constructor(turns: Turns, limits: LaneLimits) {
    this.turns = turns;
    this.limits = limits;
  }

  /**
   * Has `work` done, now where this turn has time for it.
   * @param bytes of the request, which are kept until then
   * @returns whether it is done: not where too much waits
   */
  add(work: () => Steps<Rest>, bytes: number): boolean {
    const { waiting, limits } = this;
    if (waiting.length >= limits.requests || (waiting.length > 0 && this.waitingBytes + bytes > limits.bytes))
      return false;
    waiting.push({ work, bytes });
    this.waitingBytes += bytes;
    if (!this.isBusy) this.goOn();
    return true;
  }

  private goOn(): void {
    this.isBusy = true;
    const stop = this.turns.run(this.serve());
    if (stop instanceof Promise) void stop.then((rest) => this.stopped(rest));
    else this.stopped(stop);
  }

  /** It has come to a request that waits for something, or to the last one. */
  private stopped(stop: { readonly rest: Promise<void> } | undefined): void {
    if (stop !== undefined) void stop.rest.then(() => this.goOn());
    else if (this.waiting.length > 0) this.goOn();
    else this.isBusy = false;
  }

  private *serve(): Steps<{ readonly rest: Promise<void> } | undefined> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      this.waitingBytes -= next.bytes;
      const rest = yield* next.work();
      if (rest !== undefined) return { rest };
      yield;
    }
    return undefined;
  }
}
