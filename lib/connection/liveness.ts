import { performance } from 'node:perf_hooks';
import { type Clock, CONNECTION_CLOCK, LATE_MS } from '../domain/clock.js';
import type { Ingress } from '../limits/ingress.js';
import type { Client } from '../routing/client.js';

export interface LivenessOptions {
  /** Time between PINGs to a silent peer, in milliseconds. */
  readonly pingIntervalMs: number;
  /** Unanswered PINGs at which the connection is stale. */
  readonly maxPingsOut: number;
}

/** Time from CONNECT to the first PING, in milliseconds, so that both ends learn the round trip time. */
const FIRST_PING_MS = 2_000;
/** Random share added to that, so that clients that came together are not asked together. */
const JITTER = 0.2;
/** One of so many shares: timers of one length share a list, and another list costs more than another timer. */
const JITTER_STEPS = 16;
/** Even a busy connection is asked this often, in milliseconds, for the round trip time. */
const RTT_AGE_MS = 3_600_000;

/** Asks a silent peer for a sign of life, and gives it up when none comes; as nats-server times it. */
export class Liveness {
  private readonly client: Client;
  private readonly options: LivenessOptions;
  private readonly ingress: Ingress | undefined;
  private readonly clock: Clock;
  private cancel: (() => void) | undefined;
  /** When it was last active, as of the last look. */
  private seenActivityAt = 0;
  private askedAt = Number.NEGATIVE_INFINITY;
  private dueAt = 0;
  private isExcused = false;
  /** What the wire had taken before the last PING, in bytes. */
  private takenBytes = 0;

  constructor(client: Client, options: LivenessOptions, ingress?: Ingress, clock: Clock = CONNECTION_CLOCK) {
    this.client = client;
    this.options = options;
    this.ingress = ingress;
    this.clock = clock;
  }

  /** Whether something is pending, and the wire has taken nothing since the last PING, not even that one. */
  get isClogged(): boolean {
    const { outbox } = this.client;
    return outbox.pendingBytes > 0 && outbox.takenBytes <= this.takenBytes;
  }

  start(): void {
    this.wait(this.options.pingIntervalMs);
  }

  /** The peer has introduced itself. */
  introduced(): void {
    if (this.cancel === undefined) return;
    this.cancel();
    const share = (JITTER / JITTER_STEPS) * Math.floor(JITTER_STEPS * Math.random());
    this.wait(Math.min(FIRST_PING_MS, this.options.pingIntervalMs) * (1 + share));
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private wait(ms: number): void {
    this.dueAt = this.clock.now() + ms;
    this.cancel = this.client.later(ms, this.tick, this.clock);
  }

  private readonly tick = (): void => {
    const { client } = this;
    if (client.closing) return;
    // A publisher that is held, or slowed down, cannot be heard; that is not its fault.
    const canBeHeard = !client.held && !this.isMuted;
    if (canBeHeard && client.admitted && !this.noteActivity()) {
      if (client.session.pingsOut < this.options.maxPingsOut) {
        this.takenBytes = client.outbox.takenBytes;
        if (!client.session.ping()) return;
        this.askedAt = this.clock.now();
      } else if (!this.excuse()) return client.close('STALE_CONNECTION');
    }
    this.wait(this.options.pingIntervalMs);
  };

  /** Whether it is given one more interval, as this process was late: its answers may be there and unread. */
  private excuse(): boolean {
    const isLate = this.clock.now() - this.dueAt >= LATE_MS;
    this.isExcused = isLate && !this.isExcused;
    return this.isExcused;
  }

  /** Whether what it says may still be on its way, as it was slowed down a short time ago. */
  private get isMuted(): boolean {
    const { ingress } = this;
    return ingress !== undefined && performance.now() - ingress.mutedAt < this.options.pingIntervalMs;
  }

  private noteActivity(): boolean {
    const { lastActivityAt, rttMs } = this.client;
    // Looked at once an interval, so this is activity within the last one, whatever clock that goes by.
    const isActive = lastActivityAt !== this.seenActivityAt;
    this.seenActivityAt = lastActivityAt;
    return isActive && rttMs !== undefined && this.clock.now() - this.askedAt < RTT_AGE_MS;
  }
}
