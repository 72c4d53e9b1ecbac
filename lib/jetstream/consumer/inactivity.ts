import type { Timer, Timers } from '../timers.js';

const NS_PER_MS = 1e6;

/** A consumer that ends once nothing uses it. */
export interface AbandonedConsumer {
  readonly push: object | undefined;
  /** Whether something uses it now: a receiver, a request that waits, a message that is being dealt with. */
  readonly isUsed: boolean;
  abandon(): void;
}

/** Ends a consumer that nothing has used for a time. */
export class Inactivity {
  private readonly consumer: AbandonedConsumer;
  private readonly timer: Timer;
  private readonly now: () => number;
  private thresholdMs = 0;
  private usedAt = 0;

  /** @param now Unix milliseconds */
  constructor(timers: Timers, now: () => number, consumer: AbandonedConsumer) {
    this.consumer = consumer;
    this.now = now;
    this.timer = timers.add(() => this.look());
  }

  /** Begins to look. @param threshold in nanoseconds; 0: it does not end by itself */
  start(threshold: number): void {
    this.thresholdMs = threshold / NS_PER_MS;
    this.usedAt = this.now();
    if (this.thresholdMs > 0 && (this.consumer.push === undefined || !this.consumer.isUsed))
      this.timer.after(this.thresholdMs);
    else this.timer.cancel();
  }

  /** It was used. */
  touch(): void {
    this.usedAt = this.now();
  }

  /** Whether its receivers are there has changed. */
  bound(isBound: boolean): void {
    this.touch();
    if (isBound || this.thresholdMs === 0) this.timer.cancel();
    else this.timer.after(this.thresholdMs);
  }

  stop(): void {
    this.timer.cancel();
  }

  private look(): void {
    const rest = this.usedAt + this.thresholdMs - this.now();
    if (this.consumer.push === undefined && rest > 0) this.timer.after(rest);
    else if (this.consumer.isUsed) this.timer.after(this.thresholdMs);
    else this.consumer.abandon();
  }
}
