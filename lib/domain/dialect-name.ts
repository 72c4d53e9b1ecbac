/**
 * Name of a wire dialect: one of the two that are built in, or one that an embedding program has registered. It is open, so
 * compare it with the name of a dialect that you know, and expect others.
 */
export type DialectName = 'nats' | 'line' | (string & Record<never, never>);

/** The NATS client protocol. */
export const NATS_DIALECT = 'nats';

/** The telnet-friendly line dialect. */
export const LINE_DIALECT = 'line';
