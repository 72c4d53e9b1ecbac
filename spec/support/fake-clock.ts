import type { Clock } from '../../lib/domain/clock.js';

/** Time that passes when told to. */
export class FakeClock implements Clock {
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
    }
    this.time = end;
  }
}
