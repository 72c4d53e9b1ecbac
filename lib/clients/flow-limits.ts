import type { FlowPolicy } from '../domain/flow-policy.js';

/** How much may be pending for a connection, and what happens beyond that. */
export interface FlowLimits {
  /** What becomes of messages for a congested connection, where its login does not say. */
  readonly policy: FlowPolicy;
  /** Pending bytes above which the connection is congested. */
  readonly highWaterBytes: number;
  /** Pending bytes at or below which it no longer is. */
  readonly lowWaterBytes: number;
  /** Pending bytes that no connection may exceed. */
  readonly maxPendingBytes: number;
  /** Time a congested connection may make no progress, in milliseconds. */
  readonly writeDeadlineMs: number;
  /** Time for which it may slow down publishers that feed others as well without earning it, in milliseconds. */
  readonly maxHoldMs: number;
  /** Bytes a second that earn it as much time as they take. Such publishers are never slowed down to less. */
  readonly minRateBytes: number;
}
