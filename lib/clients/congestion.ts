import { type CoreClock, SYSTEM_CLOCK } from './core-clock.js';
import type { Publisher, Receiver } from './subscription.js';

/** How often congested connections and the publishers they hold are looked at, in milliseconds. */
const SWEEP_MS = 50;

/** Most time that counts as stalled between two looks, in milliseconds: when this process is late, it is no fault of a reader. */
const MAX_COUNTED_MS = 250;

/**
 * Tracks connections that have fallen behind and applies their flow policy: what they hold, for how long, and when they
 * are cut off.
 */
export class Congestion {
  private readonly congested = new Set<Receiver>();
  private readonly held = new Set<Publisher>();
  private readonly clock: Pick<CoreClock, 'now' | 'every'>;
  private stopSweeping: (() => void) | undefined;
  /** When it last looked, on that clock. */
  private sweptAt = 0;

  /** @param clock what time it goes by; a test's own */
  constructor(clock: Pick<CoreClock, 'now' | 'every'> = SYSTEM_CLOCK) {
    this.clock = clock;
  }

  /** Notes that the receiver is congested, and that the publisher must wait for it; or cuts it off. */
  checkCongestion(publisher: Publisher, receiver: Receiver): void {
    const { outbox } = receiver;
    if (!this.isCongested(receiver)) return;
    if (outbox.policy === 'pause' && publisher.holdFor(outbox)) this.held.add(publisher);
  }

  /** Whether the receiver has fallen behind, for answers: they hold nothing. Cuts it off where it must be. */
  isCongested(receiver: Receiver): boolean {
    const { outbox } = receiver;
    const kept = outbox.keptBytes;
    if (kept <= outbox.limits.highWaterBytes) return false;
    if (kept > outbox.limits.maxPendingBytes) {
      receiver.close('SLOW_CONSUMER');
      return false;
    }
    if (!outbox.congested) {
      const now = this.clock.now();
      outbox.congest(now);
      this.congested.add(receiver);
      if (this.stopSweeping === undefined) this.startSweeping(now);
    }
    return true;
  }

  private startSweeping(now: number): void {
    this.sweptAt = now;
    this.stopSweeping = this.clock.every(SWEEP_MS, this.sweep);
  }

  /** Its connection has closed. */
  forget(client: Receiver & Publisher): void {
    this.congested.delete(client);
    this.held.delete(client);
  }

  stop(): void {
    this.stopSweeping?.();
  }

  /** Looks at every congested connection, and at every publisher that waits for one. */
  readonly sweep = (): void => {
    const now = this.clock.now();
    const excusedMs = Math.max(0, now - this.sweptAt - MAX_COUNTED_MS);
    this.sweptAt = now;
    for (const client of this.congested) {
      try {
        this.look(client, now, excusedMs);
      } catch (error) {
        this.congested.delete(client);
        client.fault(error);
      }
    }
    for (const publisher of this.held) {
      try {
        if (!publisher.pace(now)) this.held.delete(publisher);
      } catch (error) {
        this.held.delete(publisher);
        publisher.fault(error);
      }
    }
    if (this.congested.size > 0) return;
    this.held.clear();
    this.stopSweeping?.();
    this.stopSweeping = undefined;
  };

  /** Drained, making progress, or stopped for too long. */
  private look(client: Receiver, now: number, excusedMs: number): void {
    const { outbox } = client;
    outbox.drained();
    if (!outbox.congested) this.congested.delete(client);
    else if (outbox.stalledMs(now, excusedMs) >= outbox.limits.writeDeadlineMs) {
      this.congested.delete(client);
      client.close('SLOW_CONSUMER');
    } else if (outbox.policy === 'pause') charge(client, now);
  }
}

/** Charges a congested connection for the publishers it slows down, and lets them go once it has no credit left. */
function charge({ outbox }: Receiver, now: number): void {
  const shared = [...outbox.holding.keys()].filter((publisher) => !publisher.feedsOnly(outbox));
  outbox.settleCredit(now, shared.length > 0);
  if (outbox.isDetached) for (const publisher of shared) publisher.detachFrom(outbox);
}
