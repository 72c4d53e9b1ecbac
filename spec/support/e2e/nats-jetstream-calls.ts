/** The JetStream calls that specs make of each client. */
export const CALLS = ['manage streams', 'read the account', 'publish', 'create a bucket', 'consume'] as const;

/** What both libraries can be asked for; see {@link CALLS}. */
export type JetStreamCall = (typeof CALLS)[number];
