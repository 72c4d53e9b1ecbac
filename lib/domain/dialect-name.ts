/**
 * Name of a wire dialect: one of those that are built in, or one that an embedding program has registered. It is open, so
 * compare it with the name of a dialect that you know, and expect others.
 */
export type DialectName = 'nats' | 'line' | 'leaf' | (string & Record<never, never>);

/** The NATS client protocol. */
export const NATS_DIALECT = 'nats';

/** The telnet-friendly line dialect. */
export const LINE_DIALECT = 'line';

/** The protocol of leaf links, between servers. */
export const LEAF_DIALECT = 'leaf';
