import type { Wire } from '../protocol/codec.js';
import type { Client } from '../routing/client.js';

export interface LivenessOptions {
  /** Time between PINGs to a silent peer, in milliseconds. */
  readonly pingIntervalMs: number;
  /** Unanswered PINGs at which the connection is stale. */
  readonly maxPingsOut: number;
}

/** The first PING comes this soon, in milliseconds, so that both ends learn the round trip time. */
const FIRST_PING_MS = 2_000;
/** Random share added to the first wait, so that clients that came together are not asked together. */
const JITTER = 0.2;

/** Asks a silent peer for a sign of life, and gives it up when none comes. */
export class Liveness {
  private readonly wire: Wire & { readonly bytesRead?: number };
  private readonly client: Client;
  private readonly options: LivenessOptions;
  private timer: NodeJS.Timeout | undefined;
  private bytesSeen = 0;

  constructor(wire: Wire, client: Client, options: LivenessOptions) {
    this.wire = wire;
    this.client = client;
    this.options = options;
  }

  start(): void {
    const firstMs = Math.min(FIRST_PING_MS, this.options.pingIntervalMs);
    this.timer = setTimeout(this.tick, firstMs * (1 + JITTER * Math.random()), true);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private readonly tick = (first: boolean): void => {
    const { client } = this;
    const bytesRead = this.wire.bytesRead ?? 0;
    const active = !first && bytesRead !== this.bytesSeen;
    this.bytesSeen = bytesRead;
    if (client.closing) return;
    // A publisher that is held cannot be heard; that is not its fault.
    if (!active && !client.held && client.admitted) {
      if (client.session.pingsOut >= this.options.maxPingsOut) return client.close('STALE_CONNECTION');
      if (!client.session.ping()) return;
    }
    this.timer = setTimeout(this.tick, this.options.pingIntervalMs, false);
  };
}
