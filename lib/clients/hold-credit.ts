/** Share of the time in which it is not spent that comes back as credit. */
const REFILL = 0.1;

/**
 * For how long publishers may be slowed down on account of one side, in milliseconds. It is spent while they are, earned
 * by what a reader takes, and comes back slowly while nothing is spent.
 */
export class HoldCredit {
  /** What is left; not below 0. */
  leftMs: number;
  private restedAt: number;

  constructor(initialMs: number, now: number) {
    this.leftMs = initialMs;
    this.restedAt = now;
  }

  /** Spends `ms`. */
  spend(ms: number, now: number): void {
    this.leftMs = Math.max(0, this.leftMs - ms);
    this.restedAt = now;
  }

  /** Adds `ms`, up to `mostMs` in all. What is above that already stays. */
  earn(ms: number, mostMs: number): void {
    this.leftMs = Math.max(this.leftMs, Math.min(mostMs, this.leftMs + ms));
  }

  /** Adds a tenth of the time since anything was spent, up to `initialMs` in all. */
  rest(initialMs: number, now: number): void {
    this.earn((now - this.restedAt) * REFILL, initialMs);
    this.restedAt = now;
  }
}
