import type { CloseReason } from '../domain/close-reason.js';

/** The connection that an outbox belongs to. */
export interface OutboxOwner {
  readonly id: number;
  close(reason: CloseReason): void;
  /** A fault of ours in what concerns this connection alone: it ends. */
  fault(error: unknown): void;
}

/** A publisher that is held, or slowed down, by outboxes. */
export interface PublisherOnHold<Outbox> {
  /** Whether it publishes to the connection of `outbox` and to no other, as far as it has of late. */
  feedsOnly(outbox: Outbox): boolean;
  /** `outbox` holds it no more for what it publishes to others as well. */
  detachFrom(outbox: Outbox): void;
  /** `outbox` no longer holds it. */
  releasedBy(outbox: Outbox): void;
}
