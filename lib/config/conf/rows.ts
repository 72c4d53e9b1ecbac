/** The rows of the tables that say what becomes of every key: translation and documentation both come from them. */

import { closest } from '../suggest.js';
import { formatDuration } from '../units.js';
import type { Item, Output } from './output.js';
import { entriesOf, map, type Reader } from './readers.js';
import type { ConfMap } from './values.js';

/** What becomes of a key. */
export type Fate = 'set' | 'block' | 'ignored' | 'refused';

/** One key of a block. */
export interface KeyRow {
  /** Its names in lower case, as case does not matter; the first is the one to use. */
  readonly names: readonly [string, ...string[]];
  readonly fate: Fate;
  /** The TOML key it becomes, relative to that of its block; empty where it becomes none. */
  readonly to: string;
  /** What else is to be said of it, for the documentation. */
  readonly note: string;
  /** Puts it into the settings, or says why not. */
  readonly take: (item: Item, out: Output) => void;
}

type Names = KeyRow['names'];

/** A key whose value is set as it was read. */
export function copied<T>(names: Names, to: string, read: Reader<T>, note = ''): KeyRow {
  const take = (item: Item, out: Output) => {
    const value = read(item, out);
    if (value !== undefined) out.set(to, value, item);
  };
  return { names, fate: 'set', to, note, take };
}

/** A number of which 0 stands for the default, as with nats-server; a negative one for no limit where `most` is given. */
export function limit(names: Names, to: string, read: Reader<number>, note = '', most?: number): KeyRow {
  const take = (item: Item, out: Output) => {
    const value = read(item, out);
    if (value === undefined || value === 0) return;
    if (value > 0 || most === undefined) out.setWithin(to, value, item, Number);
    else {
      out.warn(item, `no limit: taken as ${most}, the most there is`);
      out.set(to, most, item);
    }
  };
  return { names, fate: 'set', to, note, take };
}

/** A duration, 0 of which stands for the default. */
export function period(names: Names, to: string, read: Reader<number>, note = ''): KeyRow {
  const take = (item: Item, out: Output) => {
    const ms = read(item, out);
    if (ms !== undefined && ms !== 0) out.setWithin(to, ms, item, formatDuration);
  };
  return { names, fate: 'set', to, note, take };
}

/** A key with a translation of its own. */
export function special(names: Names, to: string, note: string, take: KeyRow['take']): KeyRow {
  return { names, fate: 'set', to, note, take };
}

/** A block of its own. */
export function block(names: Names, to: string, note: string, take: KeyRow['take']): KeyRow {
  return { names, fate: 'block', to, note, take };
}

/** Whether a value asks for nothing: false, 0, "" and what is empty. */
export function asksForNothing({ value }: Item): boolean {
  if (value.kind === 'list') return value.items.length === 0;
  if (value.kind === 'map') return value.entries.size === 0;
  return value.kind !== 'date' && !value.value;
}

/**
 * A key that changes nothing a client would see: a warning, unless it asks for nothing.
 * @param check reports what is wrong with the value
 */
export function ignored(names: Names, why: string, check?: (item: Item, out: Output) => unknown): KeyRow {
  const take = (item: Item, out: Output) => {
    check?.(item, out);
    if (!asksForNothing(item)) out.warn(item, `ignored, ${why}`);
  };
  return { names, fate: 'ignored', to: '', note: why, take };
}

/**
 * A key without which sluice would not do what is asked: an error, unless it asks for nothing.
 * @param check as in {@link ignored}
 */
export function refused(names: Names, why: string, check?: (item: Item, out: Output) => unknown): KeyRow {
  const take = (item: Item, out: Output) => {
    check?.(item, out);
    if (!asksForNothing(item)) out.report(item, `not supported, ${why}; remove it`);
  };
  return { names, fate: 'refused', to: '', note: why, take };
}

/** Longest list of names that a message spells out. */
const MAX_NAMES_SHOWN = 20;

/** What a message about an unknown key says after nats-server's words. */
function meantKey(key: string, rows: readonly KeyRow[]): string {
  const meant = closest(
    key.toLowerCase(),
    rows.flatMap(({ names }) => names),
  );
  if (meant !== undefined) return `, did you mean ${meant}?`;
  if (rows.length > MAX_NAMES_SHOWN) return ', allowed: those of nats-server, and sluice { … }';
  return `, allowed: ${rows.map(({ names: [name] }) => name).join(', ')}`;
}

/** How nats-server says that it does not know a key: most blocks have a sentence of their own. */
export type UnknownWords = (key: string) => string;

const UNKNOWN: UnknownWords = (key) => `unknown field ${goQuoted(key)}`;

/** Text as Go's %q has it. */
export function goQuoted(text: string): string {
  return JSON.stringify(text);
}

/**
 * Translates every entry of a map. An unknown key is an error, unless a variable refers to it.
 * @param path of the map in the file's words; empty at the top
 */
export function translateEntries(
  entries: ConfMap,
  path: string,
  rows: readonly KeyRow[],
  out: Output,
  unknown: UnknownWords = UNKNOWN,
): void {
  for (const item of entriesOf(entries.values(), path)) {
    const name = item.key.toLowerCase();
    const row = rows.find(({ names }) => names.includes(name));
    if (row !== undefined) {
      row.take(item, out);
      if (out.findings.isWrong) out.miss(row.to);
      out.findings.isWrong = false;
    } else if (!item.referenced) out.refuseAs(item, unknown(item.key), meantKey(item.key, rows));
  }
}

/** Translates a block. @returns false when it is none */
export function translateBlock(
  item: Item,
  rows: readonly KeyRow[],
  out: Output,
  unknown: UnknownWords = UNKNOWN,
): boolean {
  if (map(item, out) === undefined || item.value.kind !== 'map') return false;
  translateEntries(item.value.entries, item.path, rows, out, unknown);
  return true;
}
