/** Paths and values as messages show them. */
import { withoutLogin } from './schema/leaf-url.js';
import { isSeed } from './schema/subjects.js';

/** Where a setting, or a part of one, is in the configuration: `['authorization', 'users', 2, 'nkey']`. */
export type SettingPath = readonly (string | number)[];

/**
 * What a message about a setting starts with: what it is called where it was given, and the value. Without a value, the
 * name alone where that is known.
 */
export type DescribeSetting = (path: SettingPath, value?: unknown) => string;

/** Keys whose values are never shown. */
export const SECRETS: ReadonlySet<string | number> = new Set(['password', 'token', 'seed']);

/** Longest value that is shown whole, in characters; a JWT is not worth reading. */
const MAX_SHOWN = 120;

/** A key as TOML has it: bare, or in quotes. */
export function showKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

/** `authorization.users[2].nkey`. */
export function showPath(path: SettingPath): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${showKey(key)}`)).join('');
  return text.replace(/^\./, '');
}

/** A value in a message. */
export function show(value: unknown): string {
  const text = value instanceof Date ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** ` = "value"` of a key inside a tree: only what is plain, and no secret for sure. */
export function showInside(path: SettingPath, value: unknown): string {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isPlain || SECRETS.has(path.at(-1) ?? '') || (typeof value === 'string' && isSeed(value))) return '';
  return ` = ${show(typeof value === 'string' && path.includes('url') ? withoutLogin(value) : value)}`;
}

/** Describes a setting in the words of the TOML file: `tls.cert_file = "server.pem"`. */
export const describeSetting: DescribeSetting = (path, value) =>
  `${showPath(path)}${showInside(path, value)}`;
