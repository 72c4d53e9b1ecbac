/** Defaults and ranges of every limit, units in the names. All of them are on by default. */

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Longest NATS control line, in bytes without its line end. nats-server's default. Range 512..1 MiB. */
export const MAX_CONTROL_LINE_BYTES = 4_096;

/** Largest message, in bytes, headers included. nats-server's default. Range 1..64 MiB. */
export const MAX_PAYLOAD_BYTES = MIB;

/** Longest line of the line dialect, in bytes without its line end. Range 16..1 MiB. */
export const MAX_LINE_BYTES = 64 * KIB;

/** Connections in total over all listeners. nats-server's default. Range 1..1,000,000. */
export const MAX_CONNECTIONS = 65_536;

/** Subscriptions of one connection. Range 1..10,000,000. */
export const MAX_SUBSCRIPTIONS = 1_000_000;

/**
 * Pending outgoing bytes above which a connection is congested and the publishers that feed it are held.
 * Range 2..1 GiB, and above the low water mark.
 */
export const HIGH_WATER_BYTES = MIB;

/** Pending outgoing bytes below which a congested connection lets its publishers go on. Range 1..1 GiB. */
export const LOW_WATER_BYTES = 256 * KIB;

/**
 * Hard cap of the pending outgoing bytes of one connection; above it the peer is a slow consumer at once.
 * Range 3..8 GiB, above the high water mark and no less than the largest message.
 */
export const MAX_PENDING_BYTES = 64 * MIB;

/**
 * How long a congested subscriber may make no progress before it is cut off as a slow consumer, in milliseconds.
 * Bounds how long one stalled reader can hold its publishers back. Range 1..600_000.
 * 0 is refused: without a deadline one stalled reader stops every publisher that feeds it.
 *
 * nats-server's default. A reader must take as much in it as shows as progress: on Linux some 108 KB, elsewhere 1.5 MB,
 * as kernels reopen a full TCP window late; see docs/flow.md.
 */
export const WRITE_DEADLINE_MS = 10_000;

/** Time between the server's PINGs, in milliseconds. nats-server's default. Range 10..86_400_000. */
export const PING_INTERVAL_MS = 120_000;

/** Unanswered PINGs after which a connection is stale. nats-server's default. Range 1..100. */
export const MAX_PINGS_OUT = 2;

/** Time a client has to present valid credentials, in milliseconds. nats-server's default. Range 10..600_000. */
export const AUTH_TIMEOUT_MS = 2_000;

/** Time a graceful shutdown may take before what is left is cut off, in milliseconds. Range 1..600_000. */
export const SHUTDOWN_DEADLINE_MS = 4_000;

/** Time over which a lame duck closes its connections, in milliseconds. nats-server's default. Range 1..86_400_000. */
export const LAME_DUCK_MS = 120_000;

/** Time before a lame duck closes its first connection, in milliseconds. nats-server's default. Range 0..86_400_000. */
export const LAME_DUCK_GRACE_MS = 10_000;
