import type { Client } from './client.js';
import type { Publisher } from './subscription.js';

/** How often congested connections are looked at, in milliseconds. */
const SWEEP_MS = 100;

/** Who takes too little of what is sent to them: publishers are held for them, and who stops altogether is cut off. */
export class Congestion {
  private readonly congested = new Set<Client>();
  private sweeper: NodeJS.Timeout | undefined;

  /** Notes that the receiver is congested, and that the publisher must wait for it; or cuts it off. */
  weigh(publisher: Publisher, receiver: Client): void {
    const { outbox } = receiver;
    const pending = outbox.pendingBytes;
    if (pending <= outbox.limits.highWaterBytes) return;
    if (pending > outbox.limits.maxPendingBytes) {
      receiver.close('SLOW_CONSUMER');
      return;
    }
    if (!outbox.congested) {
      outbox.congest(performance.now());
      this.congested.add(receiver);
      this.sweeper ??= setInterval(this.sweep, SWEEP_MS);
    }
    if (publisher !== receiver) publisher.holdFor(outbox);
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
      const { outbox } = client;
      outbox.drained();
      if (!outbox.congested) this.congested.delete(client);
      else if (outbox.stalledMs(now) >= outbox.limits.writeDeadlineMs) {
        this.congested.delete(client);
        client.close('SLOW_CONSUMER');
      }
    }
    if (this.congested.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };
}
