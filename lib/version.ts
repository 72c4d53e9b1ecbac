import { createRequire } from 'node:module';

/** sluice's own version, from its package. */
export const VERSION: string = createRequire(import.meta.url)('sluice/package.json').version;

/** The nats-server whose protocol level sluice has; clients switch features on it. */
export const NATS_LEVEL = '2.11.0';

/** Level of JetStream's API: clients, and requests, go by it as well. */
export const JETSTREAM_API_LEVEL = 1;
