/** The kinds of setting the schema is built from. Each carries what the documentation and the messages need. */
import * as v from 'valibot';
import { isServable, PATH_ALLOWED } from '../domain/websocket-path.js';
import { OptionalSetting, optional, withoutDefault } from './optional-setting.js';
import { strictMessage, type Tree } from './strict.js';
import { formatBytes, formatDuration, parseBytes, parseDuration } from './units.js';

/** What a setting is to everyone but the validator. */
export interface SettingMeta {
  readonly kind:
    | 'address'
    | 'addresses'
    | 'boolean'
    | 'bytes'
    | 'choice'
    | 'duration'
    | 'handshake'
    | 'integer'
    | 'list'
    | 'secret'
    | 'text'
    /** Lists of tables and tables of tables: only a file has them, and no flag or variable. */
    | 'tree';
  readonly about: string;
  /** What a value may be, in words, for messages and the documentation. */
  readonly allowed: string;
  /** The flags that set it, as they are documented. */
  readonly flag?: string | undefined;
  /** Of a number: the least and the most, in bytes, milliseconds or whatever it counts. */
  readonly range?: Range;
  /** The default as it is documented, where it depends on other settings. */
  readonly fallback?: string | number;
}

/** What only people need to know of a setting. */
export interface Wording {
  readonly about: string;
  readonly flag?: string;
}

/** The least and the most that a number may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * A table of settings, all of which have defaults, so that the table itself may be absent. Then the defaults are taken as they are.
 * @param absent what an absent one is
 */
export function table<const Entries extends v.ObjectEntries>(entries: Entries, absent: Tree = {}) {
  const checked = v.strictObject(entries, strictMessage(entries));
  const schema = v.optional(checked, absent as never);
  return Object.assign(schema, {
    '~run': (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) =>
      dataset.value === undefined || dataset.value === absent
        ? { typed: true as const, value: defaultsOf(entries, absent) as v.InferOutput<typeof checked> }
        : checked['~run'](dataset, config),
  });
}

/** What an absent table comes out as. */
function defaultsOf(entries: v.ObjectEntries, absent: Tree): Tree {
  const all: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(entries)) {
    if (entry instanceof OptionalSetting && !(key in absent)) entry.fillIn(all, key);
    else all[key] = v.parse(entry, absent[key]);
  }
  return all;
}

/** What stands for no limit. */
const UNLIMITED = -1;

/** A size: bytes as an integer, or text with a unit. Comes out in bytes; with `unlimited`, -1 does as well. */
export function bytes(fallback: number, range: Range, wording: Wording, unlimited = false) {
  return optional(
    () => anyBytes(range, wording, unlimited),
    () => formatBytes(fallback),
    () => fallback,
  );
}

function anyBytes(range: Range, wording: Wording, unlimited: boolean) {
  const { min, max } = range;
  const sizes = `${formatBytes(min)} to ${formatBytes(max)}`;
  const allowed = unlimited ? `-1 (no limit) or ${sizes}` : sizes;
  const isUnlimited = (value: unknown) => unlimited && (value === UNLIMITED || value === String(UNLIMITED));
  const wrong = `not a size, allowed: ${allowed}, such as 1048576, "64KiB" or "1MB"`;
  const outside = `out of range, allowed: ${allowed}`;
  return v.pipe(
    v.union([v.string(), v.number()], wrong),
    v.transform((value) => (isUnlimited(value) ? UNLIMITED : parseBytes(value))),
    v.number(wrong),
    v.check((value) => isUnlimited(value) || (value >= min && value <= max), outside),
    v.metadata({ kind: 'bytes', allowed, range, ...wording } satisfies SettingMeta),
  );
}

/** A duration as text with a unit. Comes out in milliseconds. */
export function duration(fallbackMs: number, range: Range, wording: Wording) {
  return optional(
    () => anyDuration(range, wording),
    () => formatDuration(fallbackMs),
    () => fallbackMs,
  );
}

/** Like {@link duration}; undefined where it is not given, for a rule to fill in. */
export function derivedDuration(fallbackMs: number, range: Range, wording: Wording) {
  return withoutDefault(() => anyDuration(range, { ...wording, fallback: formatDuration(fallbackMs) }));
}

function anyDuration(range: Range, wording: Wording & { readonly fallback?: string }) {
  const { min, max } = range;
  const allowed = `${formatDuration(min)} to ${formatDuration(max)}`;
  const wrong = `not a duration, allowed: ${allowed}, such as "2s", "500ms" or "2m"`;
  const outside = `out of range, allowed: ${allowed}`;
  return v.pipe(
    v.string(wrong),
    v.transform(parseDuration),
    v.number(wrong),
    v.minValue(min, outside),
    v.maxValue(max, outside),
    v.metadata({ kind: 'duration', allowed, range, ...wording } satisfies SettingMeta),
  );
}

/** A whole number. */
export function integer(fallback: number, range: Range, wording: Wording) {
  return optional(
    () => anyInteger(range, wording),
    () => fallback,
    () => fallback,
  );
}

/** Like {@link integer}; undefined where it is not given, for a rule to fill in. */
export function derivedInteger(fallback: number, range: Range, wording: Wording) {
  return withoutDefault(() => anyInteger(range, { ...wording, fallback }));
}

function anyInteger(range: Range, wording: Wording & { readonly fallback?: number }) {
  const { min, max } = range;
  const allowed = `${min} to ${max}`;
  const wrong = `not a whole number, allowed: ${allowed}`;
  const outside = `out of range, allowed: ${allowed}`;
  return v.pipe(
    v.number(wrong),
    v.integer(wrong),
    v.minValue(min, outside),
    v.maxValue(max, outside),
    v.metadata({ kind: 'integer', allowed, range, ...wording } satisfies SettingMeta),
  );
}

/** true or false. */
export function boolean(fallback: boolean, wording: Wording) {
  const allowed = 'true or false';
  return optional(
    () =>
      v.pipe(
        v.boolean(`not a boolean, allowed: ${allowed}`),
        v.metadata({ kind: 'boolean', allowed, ...wording } satisfies SettingMeta),
      ),
    () => fallback,
    () => fallback,
  );
}

/** One of a few words. */
export function choice<const Words extends readonly string[]>(
  words: Words,
  fallback: Words[number],
  wording: Wording,
) {
  const allowed = words.join(', ');
  return optional(
    () =>
      v.pipe(
        v.picklist(words, `not a choice, allowed: ${allowed}`),
        v.metadata({ kind: 'choice', allowed, ...wording } satisfies SettingMeta),
      ),
    () => fallback,
    () => fallback,
  );
}

/** Like {@link choice}; undefined where it is not made: the empty text, which is the default. */
export function optionalChoice<const Words extends readonly string[]>(words: Words, wording: Wording) {
  const allowed = words.join(', ');
  return optional(
    () =>
      v.pipe(
        v.picklist(['', ...words], `not a choice, allowed: ${allowed}, or "" for none`),
        v.transform((word) => (word === '' ? undefined : (word as Words[number]))),
        v.metadata({ kind: 'choice', allowed: `${allowed}, ""`, ...wording } satisfies SettingMeta),
      ),
    () => '',
    () => undefined,
  );
}

/** Text that may be missing: the empty text, which is also the default, comes out as undefined. */
export function text(kind: 'text' | 'secret', wording: Wording) {
  return textLike(
    kind,
    (value) => /^[^\0-\x1f\x7f]*$/.test(value),
    'text without control characters',
    wording,
  );
}

/** Like {@link text}, in one word. */
export function word(wording: Wording) {
  return textLike('text', (value) => /^[^\s\0-\x1f\x7f]*$/.test(value), 'text without spaces', wording);
}

/** Like {@link word}, the name of a cookie, of those that browsers keep and send. */
export function cookieName(wording: Wording) {
  return textLike(
    'text',
    (value) => /^[!-:<>-~]*$/.test(value),
    'the name of a cookie, in printable ASCII without spaces, = and ;',
    wording,
  );
}

/** Like {@link word}, the version of a server. */
export function version(wording: Wording) {
  return textLike('text', (value) => /^v?\d+\.\d+\.\d+/.test(value), 'a version such as 2.10.0', wording);
}

/** Like {@link text}, a path of URLs that WebSocket clients may be served on. */
export function urlPath(wording: Wording) {
  return textLike('text', isServable, PATH_ALLOWED, wording);
}

function textLike(
  kind: 'text' | 'secret',
  isUsable: (value: string) => boolean,
  allowed: string,
  wording: Wording,
) {
  const wrong = `not usable, allowed: ${allowed}, or "" for none`;
  return optional(
    () =>
      v.pipe(
        v.string(wrong),
        v.check((value) => value === '' || isUsable(value), wrong),
        v.transform((value) => (value === '' ? undefined : value)),
        v.metadata({ kind, allowed, ...wording } satisfies SettingMeta),
      ),
    () => '',
    () => undefined,
  );
}

const treeMeta = (wording: Wording) => ({ kind: 'tree', allowed: '', ...wording }) satisfies SettingMeta;

/**
 * A list of tables or a table of tables, whose schema says what is wrong inside.
 * @param fallback makes the default, which is empty
 */
export function tree<Schema extends v.GenericSchema>(
  schema: Schema,
  fallback: () => v.InferOutput<Schema>,
  wording: Wording,
) {
  const make = () => v.pipe(schema, v.metadata(treeMeta(wording)));
  return optional<ReturnType<typeof make>, never>(make, fallback as () => never, fallback);
}

/** Like {@link tree}; undefined where it is not given. */
export function optionalTree<const Schema extends v.GenericSchema>(schema: Schema, wording: Wording) {
  return withoutDefault(() => v.pipe(schema, v.metadata(treeMeta(wording))));
}
