import type { ConnectionType } from './grant.js';

/** Types of connection without dialects of the program. Those of other servers are known, so that their files are read. */
const BUILT_IN: readonly ConnectionType[] = [
  'STANDARD',
  'WEBSOCKET',
  'LINE',
  'IN_PROCESS',
  'MONITOR',
  'LEAFNODE',
  'LEAFNODE_WS',
  'MQTT',
  'MQTT_WS',
];

/** Types as they are compared: they may be written in any case. */
export function upperCased(types: readonly string[]): readonly ConnectionType[] {
  return types.map((type) => type.toUpperCase());
}

/**
 * Says what is wrong with `types`, in upper case; undefined: nothing.
 * @param registered the types of the program's dialects
 */
export function typesFault(
  types: readonly ConnectionType[],
  registered: readonly ConnectionType[] = [],
): string | undefined {
  const known = [...new Set([...BUILT_IN, ...registered])];
  const unknown = types.find((type) => !known.includes(type));
  if (unknown === undefined) return undefined;
  return `unknown connection type ${JSON.stringify(unknown)}, allowed: ${known.join(', ')}`;
}

/**
 * Whether a connection of type `type` is one of `allowed`, in upper case; none there: any is. A connection within the
 * process counts as a standard one too, as with nats-server.
 */
export function typeAllowed(allowed: readonly ConnectionType[], type: ConnectionType): boolean {
  return (
    allowed.length === 0 || allowed.includes(type) || (type === 'IN_PROCESS' && allowed.includes('STANDARD'))
  );
}
