import type { Connection } from '../net/connection.js';
import type { ConnectionSnapshot } from '../ops/snapshot.js';
import type { CloseReason } from '../routing/client.js';
import { type Count, NOTHING, plus } from '../routing/drops.js';
import { describe } from './observe.js';

/** Closed connections that are remembered for the monitor. */
const REMEMBERED = 1_000;

/** The connections of a broker: who is there, who was. */
export class Connections {
  readonly open = new Set<Connection>();
  /** Ever accepted. */
  total = 0;
  /** Ever closed for taking too little. */
  slowConsumers = 0;
  /** Messages that those took that have closed. */
  deliveredToDeparted: Count = NOTHING;
  private departed: ConnectionSnapshot[] = [];
  private whenEmpty: (() => void)[] = [];

  add(connection: Connection): void {
    this.total++;
    this.open.add(connection);
  }

  /** It has closed. */
  remove(connection: Connection): void {
    if (!this.open.delete(connection)) return;
    if (connection.reason === 'SLOW_CONSUMER') {
      this.slowConsumers++;
      connection.client.account.slowConsumers++;
    }
    const { delivered } = connection.client.outbox;
    this.deliveredToDeparted = plus(this.deliveredToDeparted, delivered);
    this.departed.push({
      ...describe(connection),
      subscriptions: () => [],
      peerCertificates: () => [],
      stoppedAt: Date.now(),
      reason: connection.reason,
    });
    // Cut now and then, so that leaving costs the same whatever is remembered.
    if (this.departed.length >= 2 * REMEMBERED) this.departed = this.departed.slice(-REMEMBERED);
    if (this.open.size === 0) for (const resolve of this.whenEmpty.splice(0)) resolve();
  }

  /** The last ones that closed, oldest first. */
  get closed(): readonly ConnectionSnapshot[] {
    return this.departed.slice(-REMEMBERED);
  }

  /** Resolves once none is open. */
  get empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.open.size === 0) resolve();
      else this.whenEmpty.push(resolve);
    });
  }

  closeAll(reason: CloseReason): void {
    for (const connection of [...this.open]) connection.close(reason);
  }
}
