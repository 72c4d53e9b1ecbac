/** `host` and `port` of a listener, and `nats.listener`: other keys for where a listener listens. */
import {
  type Address,
  formatAddress,
  PORT_ALLOWED,
  parseAddress,
  parseHost,
  parsePort,
} from '../domain/address.js';
import { FIELDS, type Field, settingNamed } from './fields.js';
import type { Given, PlacePart } from './given.js';

/** Where NATS clients are listened for by default. */
export const NATS_PLACE: Address = { host: '127.0.0.1', port: 4222 };

/** What has `host` and `port` of its own, with the setting that they are parts of, and where it listens by default. */
const TABLES = [
  ['nats', 'listener', NATS_PLACE],
  ['line', 'line.listener', { host: '0.0.0.0', port: 8889 }],
  ['monitor', 'monitor.listener', { host: '127.0.0.1', port: 8222 }],
] as const;

/** Other names of settings. */
const ALIASES: ReadonlyMap<string, string> = new Map([['nats.listener', 'listener']]);

type Part = Pick<PlacePart, 'field' | 'part' | 'fallback'>;

const PARTS: ReadonlyMap<string, Part> = new Map(
  TABLES.flatMap(([table, key, fallback]) =>
    (['host', 'port'] as const).map((part) => [
      `${table}.${part}`,
      { field: settingNamed(key), part, fallback },
    ]),
  ),
);

/** All keys that are no settings of their own. */
export const PLACE_KEYS: readonly string[] = [...ALIASES.keys(), ...PARTS.keys()];

/** The setting of this name, under whichever of its names. */
export function fieldOf(key: string): Field | undefined {
  return FIELDS.get(ALIASES.get(key) ?? key);
}

/** The part of a place that a key names; undefined: it names none. */
export function partOf(key: string): Part | undefined {
  return PARTS.get(key);
}

/**
 * An address, or each of a list, with another host or port; those that are then the same are one.
 * @param fallback what is not said of an address
 */
export function moved(base: unknown, fallback: Address, place: Partial<Address>): readonly string[] {
  const changed = [base]
    .flat()
    .map((text) => formatAddress({ ...(parseAddress(String(text), fallback.host) ?? fallback), ...place }));
  return [...new Set(changed)];
}

/**
 * Works the parts of places that one source gives into what it and earlier sources say.
 * @param own the settings that the same source gives
 */
export function takePlaces(
  parts: readonly PlacePart[],
  own: readonly Given[],
  merged: Map<string, Given>,
  problems: string[],
): void {
  for (const { field, part, fallback, value, origin } of parts) {
    const { key } = field;
    if (own.some((given) => given.field.key === key)) {
      problems.push(`${origin}: excluded by ${key}, which says where already`);
      continue;
    }
    const host = part === 'host' && typeof value === 'string' ? parseHost(value) : undefined;
    const isText = typeof value === 'string' || typeof value === 'number';
    const port = part === 'port' && isText ? parsePort(String(value)) : undefined;
    const place = host !== undefined ? { host } : port !== undefined ? { port } : undefined;
    if (place === undefined) {
      const allowed = part === 'host' ? 'a host name or an IP address' : PORT_ALLOWED;
      problems.push(`${origin}: not a ${part}, allowed: ${allowed}`);
      continue;
    }
    const base = merged.get(key)?.value ?? field.fallback;
    const texts = moved(base, fallback, place);
    const changed = field.kind === 'addresses' ? texts : texts[0];
    merged.set(key, { field, value: changed, origin });
  }
}
