import type { ConnectionType } from './grant.js';

/** The kinds of connection a user can be restricted to. Those of nats-server that there are none of here are known. */
const KNOWN: ReadonlySet<string> = new Set([
  'STANDARD',
  'WEBSOCKET',
  'LEAFNODE',
  'LEAFNODE_WS',
  'MQTT',
  'MQTT_WS',
  'LINE',
  'IN_PROCESS',
  'MONITOR',
]);

/** Sorts `types`, in any case, into those that are known and those that are not. */
export function sortTypes(types: readonly string[]): {
  readonly known: string[];
  readonly unknown: string[];
} {
  const upper = types.map((type) => type.toUpperCase());
  return {
    known: upper.filter((type) => KNOWN.has(type)),
    unknown: upper.filter((type) => !KNOWN.has(type)),
  };
}

/**
 * Whether a connection of type `type` is one of `allowed`, in upper case; none there: any is. A connection within the
 * process counts as a standard one too, as with nats-server.
 */
export function typeAllowed(allowed: readonly string[], type: ConnectionType): boolean {
  return (
    allowed.length === 0 || allowed.includes(type) || (type === 'IN_PROCESS' && allowed.includes('STANDARD'))
  );
}
