/** The trees of the configuration as TOML, secrets masked. */
import { withoutLogin } from './schema/leaf-url.js';
import { SECRETS, showKey } from './show.js';
import { formatDuration } from './units.js';

/** What stands for a secret. */
export const MASK = '********';

/** Text as TOML has it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

/** Keys that hold durations, in milliseconds. */
const DURATIONS: ReadonlySet<string> = new Set([
  'expires',
  'response_threshold',
  'reconnect',
  'max_reconnect',
  'dial_timeout',
  'first_info_timeout',
]);

/** A value inside a tree, in one line. */
function inline(value: unknown, key = ''): string {
  if (Array.isArray(value)) return `[${value.map((each) => inline(each, key)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = entriesOf(value).map(([name, inner]) => `${showKey(name)} = ${inline(inner, name)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  if (typeof value === 'string')
    return quoted(SECRETS.has(key) ? MASK : key === 'url' ? withoutLogin(value) : value);
  return DURATIONS.has(key) ? quoted(formatDuration(value as number)) : String(value);
}

function entriesOf(table: object): [string, unknown][] {
  return Object.entries(table).filter(([, value]) => value !== undefined);
}

/** `key = value`, with a line for each where the value is a list of tables. Empty lists print nothing. */
function lines(key: string, value: unknown): string[] {
  if (!Array.isArray(value)) return [`${showKey(key)} = ${inline(value, key)}`];
  if (value.length === 0) return [];
  if (typeof value[0] !== 'object') return [`${showKey(key)} = ${inline(value, key)}`];
  return [`${showKey(key)} = [`, ...value.map((each) => `  ${inline(each)},`), ']'];
}

/** A tree that is a key of the table above it: nothing where it is empty. */
export function treeLines(key: string, value: unknown): string[] {
  return value === undefined ? [] : lines(key, value);
}

/** A tree that is a table: `[accounts.A]` where it holds tables, `[resolver_preload]` where it holds plain values. */
export function tableLines(key: string, tree: object): string[] {
  const plain: string[] = [];
  const tables: string[] = [];
  for (const [name, value] of entriesOf(tree)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      plain.push(...lines(name, value));
    else {
      tables.push('', `[${key}.${showKey(name)}]`);
      for (const [inner, setting] of entriesOf(value)) tables.push(...lines(inner, setting));
    }
  }
  return [...(plain.length > 0 ? ['', `[${key}]`, ...plain] : []), ...tables];
}
