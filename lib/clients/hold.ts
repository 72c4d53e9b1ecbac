import { HoldCredit } from './hold-credit.js';
import type { Outbox } from './outbox.js';

/** Longest that a publisher with several receivers waits between two messages, in milliseconds. */
const MAX_PAUSE_MS = 200;

/**
 * How far one publisher is held back by connections that have fallen behind.
 *
 * A publisher that feeds only one of them stops. One that feeds others as well is only slowed down: by the room
 * that the slowest makes, never below `minRateBytes` a second, and never to less than a message in `MAX_PAUSE_MS`. Its
 * own credit bounds for how long readers that have not earned it yet may slow it down, however many they are.
 */
export class Hold {
  /** What it waits for. */
  readonly outboxes = new Set<Outbox>();
  /** Bytes that it may still publish until it is looked at again; what one message takes beyond that is a debt. */
  allowanceBytes = 0;
  /** A subject that it published to last: its receivers are those that wait for it. */
  subject: string | undefined;
  private readonly credit: HoldCredit;
  private creditMs: number;
  private steppedAt = 0;
  /** When it last published, on the monotonic clock. */
  private publishedAt = 0;
  /** The allowance as it was given, and how much of it receivers made room for. */
  private given = 0;
  private room = 0;
  /** Bytes that it may publish whatever its receivers do; below 0: a debt. */
  private balance = 0;

  constructor(creditMs: number, now: number) {
    this.credit = new HoldCredit(creditMs, now);
    this.creditMs = creditMs;
  }

  /** Whether `outbox` has earned that it holds this publisher, or there is credit left for it to do so. */
  admits(outbox: Outbox): boolean {
    return !outbox.isDetached && (outbox.hasEarnedHold || this.credit.leftMs > 0);
  }

  /** It begins to wait: until it is looked at for the first time it publishes nothing. */
  begin(now: number, creditMs: number): void {
    this.credit.rest(creditMs, now);
    this.creditMs = creditMs;
    this.steppedAt = now;
    this.publishedAt = now;
    this.allowanceBytes = 0;
    this.given = 0;
    this.room = 0;
    this.balance = 0;
  }

  /** So many bytes were published. */
  spend(bytes: number): void {
    this.allowanceBytes -= bytes;
  }

  /**
   * Time has passed: spends as much credit as those it waits for have not earned. Returns those that it need not wait
   * for any more.
   */
  expired(now: number): readonly Outbox[] {
    const unpaid = [...this.outboxes].filter((outbox) => !outbox.hasEarnedHold);
    if (unpaid.length === 0) return [];
    const unearnedMs = Math.max(...unpaid.map((outbox) => outbox.unearnedMs));
    if (unearnedMs > 0) this.credit.spend(unearnedMs, now);
    else this.credit.earn(-unearnedMs, this.creditMs);
    return this.credit.leftMs > 0 ? [] : unpaid;
  }

  /** Sets what it may publish until it is looked at again. */
  step(now: number, minRateBytes: number): void {
    const perMs = minRateBytes / 1_000;
    const spent = this.given - this.allowanceBytes;
    if (spent > 0) this.publishedAt = this.steppedAt;
    const most = perMs * MAX_PAUSE_MS;
    const owed = Math.max(0, spent - this.room);
    this.balance = clamp(this.balance - owed + perMs * (now - this.steppedAt), -most, most);
    this.room = Math.max(0, this.commonRoom());
    this.steppedAt = now;
    this.given = this.balance + this.room;
    if (this.given <= 0 && now - this.publishedAt >= MAX_PAUSE_MS) this.given = 1;
    this.allowanceBytes = this.given;
  }

  /** What all that it waits for have room for. */
  private commonRoom(): number {
    let room = Number.POSITIVE_INFINITY;
    for (const outbox of this.outboxes) room = Math.min(room, outbox.roomBytes / outbox.holding.size);
    return room;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
