import type { Instant } from '../instant.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { StoredMessage } from '../store/store.js';

const NS_PER_MS = 1e6;
const BITS_PER_BYTE = 8;
const MS_PER_SECOND = 1_000;
/** Gaps between messages that are not kept, in milliseconds. */
const LEAST_GAP_MS = 1;

/** When a consumer may deliver: not before as much time has passed as between publishes, and not faster than its limit. */
export class Pace {
  /** Bytes a millisecond; 0: any number. */
  private readonly rate: number;
  private readonly burst: number;
  /** Messages up to this sequence are delivered as they were published; 0: none. */
  private readonly replayTo: number;
  private lastAt: Instant | undefined = undefined;
  private lastDeliveredAt = 0;
  /** Bytes that may be delivered at once; below 0: that much too many were. */
  private tokens: number;
  private countedAt = 0;

  /**
   * @param lastSequence of the stream, as the consumer begins
   * @param burst bytes that may be delivered at once
   */
  constructor({ replay_policy, rate_limit_bps = 0 }: ConsumerConfig, lastSequence: number, burst: number) {
    this.rate = rate_limit_bps / BITS_PER_BYTE / MS_PER_SECOND;
    this.burst = burst;
    this.tokens = burst;
    this.replayTo = replay_policy === 'original' ? lastSequence : 0;
  }

  /** When a message of so many bytes may be delivered, in Unix milliseconds. */
  dueAt({ sequence, at }: StoredMessage, bytes: number, now: number): number {
    const { lastAt, rate } = this;
    let due = now;
    if (lastAt !== undefined && sequence <= this.replayTo) {
      const gap = at.ms - lastAt.ms + (at.ns - lastAt.ns) / NS_PER_MS;
      if (gap > LEAST_GAP_MS) due = Math.max(due, this.lastDeliveredAt + gap);
    }
    if (rate > 0) {
      this.refill(now);
      due = Math.max(due, now + (Math.min(bytes, this.burst) - this.tokens) / rate);
    }
    return due;
  }

  /** A message of so many bytes is delivered. */
  delivered({ at }: StoredMessage, bytes: number, now: number): void {
    this.lastAt = at;
    this.lastDeliveredAt = now;
    if (this.rate === 0) return;
    this.refill(now);
    this.tokens -= bytes;
  }

  private refill(now: number): void {
    if (this.countedAt > 0)
      this.tokens = Math.min(this.burst, this.tokens + (now - this.countedAt) * this.rate);
    this.countedAt = now;
  }
}
