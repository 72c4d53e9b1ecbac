import type { Clock } from '../../lib/domain/clock.js';

/** Time that passes when told to. */
export class FakeClock implements Clock {
  /** Called after each timer, before the next one. */
  settle: () => void = () => {};
  private time = 0;
  private timers: { at: number; then: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.time + ms, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  get pending(): number {
    return this.timers.length;
  }

  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.time = next.at;
      this.timers = this.timers.filter((each) => each !== next);
      next.then();
      this.settle();
    }
    this.time = end;
  }

  /** Lets time pass in which no timer fires; those that are due do so at its end. */
  oversleep(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time).sort((a, b) => a.at - b.at);
    this.timers = this.timers.filter((each) => !due.includes(each));
    for (const { then } of due) then();
  }
}
