/** How long to wait between attempts to connect. */
export interface BackoffLimits {
  /** The first wait, in milliseconds, which doubles with each attempt. */
  readonly firstMs: number;
  /** The wait stops growing here, in milliseconds. */
  readonly maxMs: number;
  /** Share of the wait by which it is longer or shorter at random, so that many peers do not return in step. */
  readonly jitter: number;
}

/** 250 ms, 500 ms, 1 s … 30 s, each ±20 %. */
export const DEFAULT_BACKOFF: BackoffLimits = { firstMs: 250, maxMs: 30_000, jitter: 0.2 };

/** Exponential back-off with jitter. */
export class Backoff {
  private readonly limits: BackoffLimits;
  private readonly random: () => number;
  private waitMs: number;

  /** @param random from 0 to below 1 */
  constructor(limits: BackoffLimits, random: () => number) {
    this.limits = limits;
    this.random = random;
    this.waitMs = limits.firstMs;
  }

  /** The next wait, in milliseconds. */
  next(): number {
    const { maxMs, jitter } = this.limits;
    const ms = Math.min(this.waitMs, maxMs);
    this.waitMs = Math.min(this.waitMs * 2, maxMs);
    return ms * (1 + jitter * (2 * this.random() - 1));
  }

  /** Starts again with the first wait. */
  reset(): void {
    this.waitMs = this.limits.firstMs;
  }
}
