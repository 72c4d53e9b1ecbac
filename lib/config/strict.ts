/** Tables that take no other keys than their own, and say so in our words. */
import * as v from 'valibot';
import { closest } from './suggest.js';

/** A parsed table. */
export type Tree = Readonly<Record<string, unknown>>;

/** Whether a parsed value is a table. */
export function isTable(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What `v.strictObject` says of a key that is missing or none of its own. */
export function strictMessage(entries: Readonly<Record<string, unknown>>) {
  const keys = Object.keys(entries);
  return (issue: v.StrictObjectIssue): string => {
    if (issue.expected !== 'never') return issue.path === undefined ? 'not a table' : 'missing';
    const meant = closest(String(issue.input), keys);
    return `unknown key, ${meant ? `did you mean ${meant}?` : `allowed: ${keys.join(', ')}`}`;
  };
}

/** A table inside a tree. */
export function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  const schema = v.strictObject(entries, strictMessage(entries));
  const other = v.never(`not a table, allowed: ${Object.keys(entries).join(', ')}`);
  // An array is an object too, as far as strictObject can see.
  return v.lazy((input) => (isTable(input) ? schema : other));
}

/** Names of tables inside a tree: any, to schemas of one kind. */
export function named<const Schema extends v.GenericSchema>(
  schema: Schema,
  isName: (name: string) => boolean,
  allowed: string,
) {
  const names = v.pipe(v.string(), v.check(isName, `not usable as a name, allowed: ${allowed}`));
  const tables = v.record(names, schema, 'not a table');
  const other = v.never('not a table');
  return v.lazy((input) => (isTable(input) ? tables : other));
}
