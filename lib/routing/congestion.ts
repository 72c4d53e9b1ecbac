import type { Client } from './client.js';
import type { Publisher } from './subscription.js';

/** How often congested connections are looked at, in milliseconds. */
const SWEEP_MS = 100;

/** Who takes too little of what is sent to them: what their policy says is done, and who stops altogether is cut off. */
export class Congestion {
  private readonly congested = new Set<Client>();
  private sweeper: NodeJS.Timeout | undefined;

  /** Notes that the receiver is congested, and that the publisher must wait for it; or cuts it off. */
  weigh(publisher: Publisher, receiver: Client): void {
    const { outbox } = receiver;
    const kept = outbox.keptBytes;
    if (kept <= outbox.limits.highWaterBytes) return;
    if (kept > outbox.limits.maxPendingBytes) {
      receiver.close('SLOW_CONSUMER');
      return;
    }
    if (!outbox.congested) {
      outbox.congest(performance.now());
      this.congested.add(receiver);
      this.sweeper ??= setInterval(this.sweep, SWEEP_MS);
    }
    if (outbox.policy === 'pause' && publisher !== receiver) publisher.holdFor(outbox);
  }

  /** Its connection has closed. */
  forget(client: Client): void {
    this.congested.delete(client);
  }

  stop(): void {
    clearInterval(this.sweeper);
  }

  /** Looks at every congested connection: drained, making progress, or stopped for too long. */
  private readonly sweep = (): void => {
    const now = performance.now();
    for (const client of this.congested) {
      try {
        this.look(client, now);
      } catch (error) {
        this.congested.delete(client);
        client.fault(error);
      }
    }
    if (this.congested.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };

  private look(client: Client, now: number): void {
    const { outbox } = client;
    outbox.drained();
    if (!outbox.congested) this.congested.delete(client);
    else if (outbox.stalledMs(now) >= outbox.limits.writeDeadlineMs) {
      this.congested.delete(client);
      client.close('SLOW_CONSUMER');
    }
  }
}
