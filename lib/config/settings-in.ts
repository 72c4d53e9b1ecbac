/** What a file holds as a source. */
import { FIELDS, SWITCHING_TABLES, TABLES } from './fields.js';
import type { Given, PlacePart, Source } from './given.js';
import { fieldOf, PLACE_KEYS, partOf } from './places.js';
import { show } from './show.js';
import { isTable, type Tree } from './strict.js';
import { closest } from './suggest.js';

/** The key that was most likely meant: for one that is mistyped or in the wrong table. */
function meantKey(key: string): string | undefined {
  const name = key.slice(key.lastIndexOf('.') + 1);
  const near = closest(key, [...FIELDS.keys(), ...PLACE_KEYS]);
  if (near !== undefined) return near;
  const moved = [...FIELDS.values()].filter(({ path }) => path.at(-1) === name);
  return moved.length === 1 ? moved[0]?.key : undefined;
}

function unknownKey(key: string): string {
  const meant = meantKey(key);
  if (meant !== undefined) return `unknown key, did you mean ${meant}?`;
  const table = key.includes('.') ? key.slice(0, key.indexOf('.') + 1) : '';
  const names = [...FIELDS.keys(), ...PLACE_KEYS].filter((name) => name.includes('.') === (table !== ''));
  return `unknown key, allowed: ${names.filter((name) => name.startsWith(table)).join(', ')}`;
}

function unknownTable(name: string): string {
  const meant = closest(name, TABLES);
  const allowed = [...TABLES].map((table) => `[${table}]`).join(', ');
  return `unknown table, ${meant ? `did you mean [${meant}]?` : `allowed: ${allowed}`}`;
}

/** What names a key in messages. */
export type Naming = (path: readonly (string | number)[]) => string;

/** Finds the settings in a parsed file, and every key and table that is none. */
export function settingsIn(tree: Tree, name: Naming): Source {
  const given: Given[] = [];
  const problems: string[] = [];
  const places: PlacePart[] = [];
  const take = (path: readonly string[], value: unknown) => {
    const key = path.join('.');
    const place = partOf(key);
    const field = fieldOf(key);
    if (place !== undefined) places.push({ ...place, value, origin: `${name(path)} = ${show(value)}` });
    else if (given.some((each) => each.field === field))
      problems.push(`${name(path)}: excluded by ${field?.key}, which is the same`);
    else if (field === undefined) problems.push(`${name(path)}: ${unknownKey(key)}`);
    else if (field.kind === 'tree') {
      given.push({ field, value, origin: name(path), originOf: (inner) => name([...path, ...inner]) });
    } else {
      const shown = field.kind === 'secret' ? '' : ` = ${show(value)}`;
      given.push({ field, value, origin: `${name(path)}${shown}` });
    }
  };
  for (const [key, value] of Object.entries(tree)) {
    const isKnown = TABLES.has(key);
    if (isTable(value) && isKnown) {
      const inside = Object.entries(value);
      for (const [inner, setting] of inside) take([key, inner], setting);
      if (inside.length === 0 && SWITCHING_TABLES.has(key)) take([key, 'enabled'], true);
    } else if (isKnown) problems.push(`${name([key])} = ${show(value)}: not a table, allowed: [${key}]`);
    else if (isTable(value) && !FIELDS.has(key)) problems.push(`${name([key])}: ${unknownTable(key)}`);
    else take([key], value);
  }
  return { given, problems, places };
}
