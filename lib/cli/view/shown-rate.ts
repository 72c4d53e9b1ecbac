import type { Clock } from '../../domain/clock.js';

const WINDOW_MS = 1_000;

/** Lets so many pass a second, and counts the rest. */
export class ShownRate {
  private readonly most: number;
  private readonly clock: Clock;
  private readonly report: (count: number) => void;
  private windowEnd = Number.NEGATIVE_INFINITY;
  private shown = 0;
  private hidden = 0;
  private cancel = (): void => {};

  /**
   * @param most how many pass in a second; 0: all
   * @param report hears, at the end of a second and before anything of the next, how many did not pass in it
   */
  constructor(most: number, clock: Clock, report: (count: number) => void) {
    this.most = most;
    this.clock = clock;
    this.report = report;
  }

  /** Whether the next one passes. */
  admit(): boolean {
    if (this.most === 0) return true;
    const now = this.clock.now();
    if (now >= this.windowEnd) {
      this.flush();
      this.windowEnd = now + WINDOW_MS;
      this.shown = 0;
    }
    if (this.shown < this.most) {
      this.shown++;
      return true;
    }
    if (this.hidden++ === 0) this.cancel = this.clock.after(this.windowEnd - now, () => this.flush());
    return false;
  }

  /** Reports what has not been reported: for the end. */
  flush(): void {
    this.cancel();
    const count = this.hidden;
    this.hidden = 0;
    if (count > 0) this.report(count);
  }
}

/** The rate in `20/s` or `20`; undefined where it is none. 0: no limit. */
export function parseRate(text: string): number | undefined {
  const [, digits] = /^(\d{1,9})(?:\/s)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
