/** Values of a kind out of items. What is of another kind is reported, without being shown, and comes out undefined. */
import { type Address, PORT_ALLOWED, parseAddress } from '../../domain/address.js';
import type { Item, Output } from './output.js';

/** Reads an item, or reports what is wrong with it. */
export type Reader<T> = (item: Item, out: Output) => T | undefined;

/** Text. */
export const text: Reader<string> = (item, out) => {
  if (item.value.kind === 'text') return item.value.value;
  out.refuse(item, 'not text, allowed: text; quotes go around a number or a word like true');
  return undefined;
};

/** true or false. */
export const boolean: Reader<boolean> = (item, out) => {
  if (item.value.kind === 'boolean') return item.value.value;
  out.refuse(item, 'not a boolean, allowed: true or false');
  return undefined;
};

/** A whole number, with or without a unit. */
export const integer: Reader<number> = (item, out) => {
  if (item.value.kind === 'integer') return item.value.value;
  out.refuse(item, 'not a whole number, allowed: a number such as 1024, 64k (64000) or 64kb (65536)');
  return undefined;
};

/** The values of a list as items under its path. */
export function itemsOf({ items }: Extract<Item['value'], { kind: 'list' }>, path: string): readonly Item[] {
  return items.map((value, index) => ({ value, at: value.at, path: `${path}[${index}]` }));
}

/** The items of a list. */
export const list: Reader<readonly Item[]> = (item, out) => {
  if (item.value.kind === 'list') return itemsOf(item.value, item.path);
  out.refuse(item, 'not a list, allowed: [ … ]');
  return undefined;
};

/** The entries of a map. */
export const map: Reader<readonly (Item & { readonly key: string; readonly referenced: boolean })[]> = (
  item,
  out,
) => {
  if (item.value.kind === 'map') return entriesOf(item.value.entries.values(), item.path);
  out.refuse(item, 'not a block, allowed: { … }');
  return undefined;
};

/** Entries as items under a path. */
export function entriesOf(
  entries: Iterable<{ key: string; at: Item['at']; value: Item['value']; referenced: boolean }>,
  path: string,
) {
  return [...entries].map(({ key, at, value, referenced }) => ({
    key,
    referenced,
    value,
    at,
    path: path === '' ? key : `${path}.${key}`,
  }));
}

/** One text or a list of them. */
export const texts: Reader<readonly { readonly text: string; readonly item: Item }[]> = (item, out) => {
  if (item.value.kind === 'text') return [{ text: item.value.value, item }];
  if (item.value.kind !== 'list') {
    out.refuse(item, 'not text, allowed: text or a list of texts');
    return undefined;
  }
  return itemsOf(item.value, item.path).flatMap((each) => {
    const value = text(each, out);
    return value === undefined ? [] : [{ text: value, item: each }];
  });
};

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** Milliseconds of a duration in Go's form, such as `1m30s`, `-1s` or `0`; undefined when it is none. */
export function goDurationMs(duration: string): number | undefined {
  const [, sign, parts = ''] = /^([+-]?)(.+)$/.exec(duration) ?? [];
  if (parts === '0') return 0;
  if (parts.replaceAll(PART, '') !== '' || parts === '') return undefined;
  let total = 0;
  for (const [, digits, unit = ''] of parts.matchAll(PART)) total += Number(digits) * (UNIT_MS[unit] ?? 0);
  // Anything above nothing stays above nothing: 0 often has a meaning of its own.
  const ms = total > 0 ? Math.max(1, Math.round(total)) : 0;
  return sign === '-' ? -ms : ms;
}

const DURATION_ALLOWED = 'allowed: a duration such as "10s", "500ms" or "1m30s"';

/** A duration as text; milliseconds. */
export const duration: Reader<number> = (item, out) => {
  const ms = item.value.kind === 'text' ? goDurationMs(item.value.value) : undefined;
  if (ms === undefined) out.refuse(item, `not a duration, ${DURATION_ALLOWED}`);
  return ms;
};

/** A duration as text, or a number of seconds, which nats-server wants replaced; milliseconds. */
export const durationOrSeconds: Reader<number> = (item, out) => {
  if (item.value.kind !== 'integer') return duration(item, out);
  const name = item.path.slice(item.path.lastIndexOf('.') + 1).toLowerCase();
  out.caution(item, `invalid use of field "${name}": ${name} should be converted to a duration`);
  return item.value.value * 1_000;
};

/** A number of seconds, or a duration as text; milliseconds. */
export const seconds: Reader<number> = (item, out) => {
  const { value } = item;
  if (value.kind === 'text') return duration(item, out);
  if (value.kind === 'integer' || value.kind === 'float') {
    const ms = Math.round(value.value * 1_000);
    // As with a duration, anything above nothing stays above nothing.
    return value.value > 0 ? Math.max(1, ms) : ms;
  }
  out.refuse(item, `not a time, allowed: a number of seconds, or a duration such as "500ms"`);
  return undefined;
};

/** A port as it is written: -1 is any free one, and 0 stands for the default. */
export const port: Reader<number> = (item, out) => {
  if (item.value.kind === 'integer' && item.value.value >= -1 && item.value.value <= 65_535) {
    return item.value.value;
  }
  out.refuse(item, `not a port, allowed: ${PORT_ALLOWED}`);
  return undefined;
};

/** A port, or text with host and port; the host is empty where none is named, the port is as in {@link port}. */
export const listen: Reader<Address> = (item, out) => {
  const { value } = item;
  if (value.kind === 'integer') {
    const number = port(item, out);
    return number === undefined ? undefined : { host: '', port: number };
  }
  const address =
    value.kind === 'text' && value.value.includes(':') ? parseAddress(value.value, '') : undefined;
  if (value.kind !== 'text' || address === undefined) {
    out.refuse(item, 'not an address, allowed: a port, "host:port", "[ipv6]:port" or ":port"');
    return undefined;
  }
  const host = value.value.startsWith(':') ? '' : address.host;
  return { host, port: value.value.endsWith(':-1') ? -1 : address.port };
};
