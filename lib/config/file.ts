/** A TOML file as a source. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SluiceError } from '../errors.js';
import { FIELDS, TABLES } from './fields.js';
import type { Given, Source } from './given.js';
import { closest } from './suggest.js';

type Tree = Record<string, unknown>;

function isTable(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The key somebody most likely meant, be it mistyped or in the wrong table. */
function meantKey(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf('.') + 1);
  const near = closest(key, FIELDS.keys());
  if (near !== undefined) return near;
  const moved = [...FIELDS.values()].filter(({ path }) => path.at(-1) === name);
  return moved.length === 1 ? moved[0]?.key : undefined;
}

function unknownKey(key: string): string {
  const meant = meantKey(key);
  if (meant !== undefined) return `unknown key, did you mean ${meant}?`;
  const table = key.includes('.') ? key.slice(0, key.indexOf('.') + 1) : '';
  const names = [...FIELDS.keys()].filter((name) => name.includes('.') === (table !== ''));
  return `unknown key, allowed: ${names.filter((name) => name.startsWith(table)).join(', ')}`;
}

function unknownTable(name: string): string {
  const meant = closest(name, TABLES);
  const allowed = [...TABLES].map((table) => `[${table}]`).join(', ');
  return `unknown table, ${meant ? `did you mean [${meant}]?` : `allowed: ${allowed}`}`;
}

function show(value: unknown): string {
  return value instanceof Date ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** Finds the settings in a parsed file, and every key and table that is none. */
export function settingsIn(tree: Tree, path: string): Source {
  const given: Given[] = [];
  const problems: string[] = [];
  const take = (key: string, value: unknown) => {
    const field = FIELDS.get(key);
    if (field === undefined) problems.push(`${path}: ${key}: ${unknownKey(key)}`);
    else {
      const shown = field.kind === 'secret' ? '' : ` = ${show(value)}`;
      given.push({ field, value, origin: `${path}: ${key}${shown}` });
    }
  };
  for (const [name, value] of Object.entries(tree)) {
    const isKnown = TABLES.has(name);
    if (isTable(value) && isKnown) {
      for (const [key, inner] of Object.entries(value)) take(`${name}.${key}`, inner);
    } else if (isKnown) problems.push(`${path}: ${name} = ${show(value)}: not a table, allowed: [${name}]`);
    else if (isTable(value) && !FIELDS.has(name)) problems.push(`${path}: [${name}]: ${unknownTable(name)}`);
    else take(name, value);
  }
  return { given, problems };
}

const READ_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a file',
};

/** What the system says about a file, in a few words. */
export function faultOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return READ_FAULTS[code ?? ''] ?? message;
}

/**
 * Reads a TOML file.
 * @throws SluiceError CONFIG_UNREADABLE, in one line, when it cannot be read or is not TOML
 */
export function readConfigFile(path: string): Source {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SluiceError('CONFIG_UNREADABLE', `${path}: ${faultOf(error)}`, { cause: error });
  }
  // Only when there is a file; and as CommonJS, which is one file where the ES modules are many: half the time.
  const { parse, TomlError }: typeof import('smol-toml') = createRequire(import.meta.url)('smol-toml');
  try {
    return settingsIn(parse(text), path);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace('Invalid TOML document: ', '').split('\n');
    const message = `${path}:${error.line}:${error.column}: not TOML: ${reason}`;
    throw new SluiceError('CONFIG_UNREADABLE', message, { cause: error });
  }
}
