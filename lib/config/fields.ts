/** The schema laid out flat: one entry per setting, with every name it goes by. */
import * as v from 'valibot';
import type { SettingMeta } from './kinds.js';
import { settingsSchema } from './schema.js';

/** One setting. */
export interface Field extends SettingMeta {
  /** As in messages: `flow.write_deadline`, or `listener` at the top level. */
  readonly key: string;
  readonly path: readonly string[];
  /** As in the environment: `SLUICE_FLOW_WRITE_DEADLINE`. */
  readonly variable: string;
  /** In the file's form: `"2s"`, not 2000. */
  readonly fallback: string | number | boolean;
  /** What is wrong with a value, or undefined. */
  readonly check: (value: unknown) => string | undefined;
}

type Leaf = v.OptionalSchema<v.GenericSchema, string | number | boolean>;

function field(path: readonly string[], leaf: Leaf): Field {
  return {
    // Every kind in kinds.ts ends in v.metadata(SettingMeta); the type is lost on the way through `entries`.
    ...(v.getMetadata(leaf.wrapped) as unknown as SettingMeta),
    key: path.join('.'),
    path,
    variable: `SLUICE_${path.join('_').toUpperCase()}`,
    fallback: leaf.default,
    check: (value) => v.safeParse(leaf.wrapped, value).issues?.[0].message,
  };
}

/** Every setting by its key, in the schema's order. */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries(settingsSchema.entries)
    .flatMap(([name, entry]) =>
      'entries' in entry.wrapped
        ? Object.entries(entry.wrapped.entries).map(([key, leaf]) => field([name, key], leaf))
        : field([name], entry as Leaf),
    )
    .map((each) => [each.key, each]),
);

/** The names of the tables. */
export const TABLES: ReadonlySet<string> = new Set(
  [...FIELDS.values()].flatMap(({ path }) => path.slice(0, -1)),
);
