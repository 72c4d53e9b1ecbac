/** What breaks rules between settings, also where some settings are wrong by themselves. */
import { FIELDS, type Problem } from './fields.js';
import { broken } from './schema/rules.js';
import type { Settings } from './schema.js';
import type { SettingPath } from './show.js';

/** The settings that a dotted key stands for: one, the tree that it is a part of, or all of a table. */
function fieldsOf(key: string): readonly string[] {
  const names = [...FIELDS.keys()];
  const isIn = (inner: string, outer: string) => inner === outer || /^[.[]/.test(inner.slice(outer.length));
  const found = names.filter(
    (name) => (key.startsWith(name) && isIn(key, name)) || (name.startsWith(key) && isIn(name, key)),
  );
  const [table = ''] = key.split('.');
  return found.length > 0 ? found : names.filter((name) => name.startsWith(`${table}.`));
}

function valueAt(settings: unknown, path: SettingPath): unknown {
  return path.reduce(
    (inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key],
    settings,
  );
}

/**
 * Checks all rules between settings that do not need one that is wrong by itself.
 * @param settings with the defaults in the place of those that are wrong
 * @param wrong their dotted keys, or those of their tables or parts
 */
export function ruleProblems(settings: Settings, wrong: Iterable<string>): readonly Problem[] {
  const keys = new Set([...wrong].flatMap(fieldsOf));
  return broken(settings, keys).map(({ path, message }) => ({
    path,
    message,
    input: valueAt(settings, path),
  }));
}
