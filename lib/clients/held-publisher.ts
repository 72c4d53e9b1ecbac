import { Hold } from './hold.js';
import type { Origin } from './origin.js';
import type { Outbox } from './outbox.js';
import type { PublisherOnHold } from './outbox-owner.js';
import type { Publisher } from './subscription.js';
import { Waits } from './waits.js';

/** A publisher counts as one that feeds others as well for so long after it last did, in milliseconds. */
const FEEDS_OTHERS_MS = 30_000;
const NONE: ReadonlySet<Outbox> = new Set();

/** The account of a publisher, as far as holds go. */
export interface PublisherSpace {
  /** Time its publishers were held, once for each receiver that held one, in milliseconds. */
  heldMs: number;
  /** Whether `subject` has a receiver other than `one`; undefined where finding out takes a long search. */
  hasReceiverBeside(subject: string, one: object | undefined): boolean | undefined;
}

/** The broker's clock and its counts of holds. */
export interface HoldCounts {
  /** Unix time of the batch being taken, in milliseconds. */
  readonly now: number;
  holds: number;
  heldMs: number;
}

/** A publisher that waits for connections that have fallen behind: it stops, or is slowed down. See {@link Hold}. */
export abstract class HeldPublisher implements Publisher, PublisherOnHold<Outbox> {
  abstract readonly origin: Origin;
  abstract readonly outbox: Outbox;
  abstract readonly account: PublisherSpace;
  abstract readonly echo: boolean;
  /** Whether its connection is closing. */
  abstract readonly closing: boolean;
  /** Whether the command just taken is not finished, so that the next must wait. */
  abstract readonly suspended: boolean;
  protected abstract readonly core: HoldCounts;
  receiverId = 0;
  /**
   * Whether the core is carrying out its commands. Its next batch waits for that: what ends a hold meanwhile, such as the
   * end of a receiver, must not let it in before the rest of this one.
   */
  isServed = false;
  /** How often it began to be held. */
  holds = 0;
  /** How long it was held, and for which readers. */
  readonly waits = new Waits();
  /** Unix time at which it last fed another connection than the time before, in milliseconds. */
  private switchedAt = Number.NEGATIVE_INFINITY;
  /** Present once it has been held. */
  private hold: Hold | undefined;
  private heldSince = 0;

  abstract fault(error: unknown): void;

  /** Lets it go on with what waits. */
  protected abstract release(): void;

  switchReceiver(receiverId: number): void {
    if (this.receiverId !== 0) this.switchedAt = this.core.now;
    this.receiverId = receiverId;
  }

  /** Whether it publishes to the connection of `outbox` and to no other, as far as it has of late. */
  feedsOnly(outbox: Outbox): boolean {
    if (this.receiverId !== outbox.owner?.id || this.waitingFor.size > 1) return false;
    return this.core.now - this.switchedAt > FEEDS_OTHERS_MS;
  }

  holdFor(outbox: Outbox): boolean {
    if (this.closing) return false;
    const { maxHoldMs } = outbox.limits;
    const now = outbox.now();
    this.hold ??= new Hold(maxHoldMs, now);
    const { hold } = this;
    if (hold.outboxes.has(outbox)) return true;
    if (!this.admitsHold(outbox) && !this.feedsOnly(outbox)) return false;
    if (hold.outboxes.size === 0) {
      this.heldSince = now;
      this.holds++;
      this.core.holds++;
      hold.begin(now, maxHoldMs);
    }
    hold.outboxes.add(outbox);
    outbox.hold(this, now);
    return true;
  }

  /** Whether it is held, or slowed down. */
  get paced(): boolean {
    return this.waitingFor.size > 0;
  }

  /** Bytes that it may publish now while it is paced. */
  get allowanceBytes(): number {
    return this.hold?.allowanceBytes ?? 0;
  }

  /** It published so many bytes while it is paced, the last ones to `subject`. */
  spend(bytes: number, subject: string | undefined): void {
    const { hold } = this;
    if (hold === undefined) return;
    hold.spend(bytes);
    if (subject !== undefined) hold.subject = subject;
  }

  pace(now: number): boolean {
    const { hold } = this;
    const [first] = this.waitingFor;
    if (hold === undefined || first === undefined) return false;
    if (this.isStopped(first)) return true;
    for (const outbox of hold.expired(now)) this.detachFrom(outbox);
    if (hold.outboxes.size === 0) return false;
    hold.step(now, first.limits.minRateBytes);
    this.resumePaced();
    return true;
  }

  /** `outbox` holds it no more for what it publishes to others as well. */
  detachFrom(outbox: Outbox): void {
    this.releasedBy(outbox);
  }

  /** Whether it is not to publish anything as long as it waits for `outbox`, the first that it waits for. */
  protected isStopped(outbox: Outbox): boolean {
    return this.feedsOnly(outbox) && !this.hasOtherSubscribers(outbox);
  }

  /** It may publish again, as much as is allowed. */
  protected resumePaced(): void {
    if (!this.held) this.release();
  }

  /** Whether `outbox` may slow it down, though it feeds others as well. */
  protected admitsHold(outbox: Outbox): boolean {
    return this.hold?.admits(outbox) === true;
  }

  /** Ids of the receivers it waits for. */
  get waitsFor(): readonly number[] {
    return [...this.waitingFor].flatMap(({ owner }) => (owner === undefined ? [] : [owner.id]));
  }

  /** Time it was held so far, in milliseconds. */
  get heldMs(): number {
    const running = this.waitingFor.size > 0 ? this.outbox.now() - this.heldSince : 0;
    return this.waits.totalMs + running;
  }

  /** Whether its next batch must wait. */
  get held(): boolean {
    return (
      this.suspended ||
      this.isServed ||
      (this.hold !== undefined && this.hold.outboxes.size > 0 && this.hold.allowanceBytes <= 0)
    );
  }

  /** `outbox` no longer holds this publisher. */
  releasedBy(outbox: Outbox): void {
    const now = outbox.now();
    this.releaseHeld(outbox, now);
    // A client that writes before it reads could not read while it was held for one that is gone now.
    if (outbox.closed) this.outbox.resetStall(now);
    if (!this.held) this.release();
  }

  /** Nothing holds it any more. */
  protected releaseAll(): void {
    const now = this.outbox.now();
    for (const outbox of [...this.waitingFor]) this.releaseHeld(outbox, now);
  }

  /** What it waits for. */
  protected get waitingFor(): ReadonlySet<Outbox> {
    return this.hold?.outboxes ?? NONE;
  }

  /** Whether the subject that it published to last has come to have another receiver. */
  private hasOtherSubscribers({ owner }: Outbox): boolean {
    const subject = this.hold?.subject;
    if (subject === undefined) return false;
    const isHeard = this.account.hasReceiverBeside(subject, owner);
    if (isHeard === undefined) return true; // a subject that takes a long search is no reason to stop a publisher
    if (!isHeard) return false;
    this.switchedAt = this.core.now;
    return true;
  }

  private releaseHeld(outbox: Outbox, now: number): void {
    if (this.hold?.outboxes.delete(outbox) !== true) return;
    const ms = outbox.release(this, now);
    this.account.heldMs += ms;
    this.core.heldMs += ms;
    if (outbox.owner !== undefined) this.waits.add(outbox.owner.id, ms);
    if (this.waitingFor.size === 0) this.waits.totalMs += now - this.heldSince;
  }
}
