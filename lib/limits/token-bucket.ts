/**
 * Tokens that come back at a steady rate, up to a burst's worth. One may take more than there are: the debt is paid
 * before there are any again, so that over time the rate holds whatever the size of what is taken.
 */
export class TokenBucket {
  private readonly perMs: number;
  private readonly burst: number;
  private tokens: number;
  private filledAt: number;

  /** @param burst tokens it holds at most, and at first */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.perMs = perSecond / 1_000;
    this.burst = burst;
    this.tokens = burst;
    this.filledAt = nowMs;
  }

  take(tokens: number, nowMs: number): void {
    this.fill(nowMs);
    this.tokens -= tokens;
  }

  /** Milliseconds until there are `tokens`; 0: there are. */
  waitMs(tokens: number, nowMs: number): number {
    this.fill(nowMs);
    return Math.max(0, (tokens - this.tokens) / this.perMs);
  }

  private fill(nowMs: number): void {
    this.tokens = Math.min(this.burst, this.tokens + (nowMs - this.filledAt) * this.perMs);
    this.filledAt = nowMs;
  }
}
