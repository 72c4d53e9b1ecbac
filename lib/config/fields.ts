/** The schema laid out flat: one entry per setting, with every name it goes by. */
import * as v from 'valibot';
import { SluiceError } from '../domain/errors.js';
import type { SettingMeta } from './kinds.js';
import { settingsSchema } from './schema.js';

/** One setting. */
export interface Field extends Omit<SettingMeta, 'fallback'> {
  /** As in messages: `flow.write_deadline`, or `listener` at the top level. */
  readonly key: string;
  readonly path: readonly string[];
  /** As in the environment: `SLUICE_FLOW_WRITE_DEADLINE`. */
  readonly variable: string;
  /** In the file's form: `"2s"`, not 2000. */
  readonly fallback: Fallback;
  /** What is wrong with a value; empty: nothing. Only of a tree it may be more than one thing. */
  readonly check: (value: unknown) => readonly Problem[];
}

/** Something wrong with a value. */
export interface Problem {
  /** Where inside the value; empty: all of it. */
  readonly path: readonly (string | number)[];
  /** The value as given; undefined where a table or a list should be, as its meaning is unknown. */
  readonly input: unknown;
  readonly message: string;
}

type Fallback = string | number | boolean | readonly string[];
type Leaf = v.OptionalSchema<v.GenericSchema, Fallback>;

/** An issue without the machinery. */
export function problemOf({ path, message, type }: v.BaseIssue<unknown>): Problem {
  const last = path?.at(-1);
  const isPlain = !CONTAINERS.has(type) && last?.origin !== 'key';
  return {
    path: path?.map(({ key }) => key as string | number) ?? [],
    input: isPlain ? last?.value : undefined,
    message,
  };
}

/** Types of issue about what holds other values; `never` is what is no table. */
const CONTAINERS: ReadonlySet<string> = new Set(['array', 'never', 'record', 'strict_object']);

function field(path: readonly string[], leaf: Leaf): Field {
  // Every kind in kinds.ts ends in v.metadata(SettingMeta); the type is lost on the way through `entries`.
  const meta = v.getMetadata(leaf.wrapped) as unknown as SettingMeta;
  return {
    ...meta,
    key: path.join('.'),
    path,
    variable: `SLUICE_${path.join('_').toUpperCase()}`,
    fallback: meta.fallback ?? leaf.default ?? '',
    check: (value) => (v.safeParse(leaf.wrapped, value).issues ?? []).map(problemOf),
  };
}

/** Every setting by its key, in the schema's order. */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries(settingsSchema.entries)
    .flatMap(([name, entry]) =>
      'entries' in entry.wrapped
        ? Object.entries(entry.wrapped.entries).map(([key, leaf]) => field([name, key], leaf as Leaf))
        : field([name], entry as Leaf),
    )
    .map((each) => [each.key, each]),
);

/**
 * The setting of a key that the code itself names.
 * @throws SluiceError INTERNAL where there is none
 */
export function settingNamed(key: string): Field {
  const found = FIELDS.get(key);
  if (found === undefined) throw new SluiceError('INTERNAL', `no setting ${key}`);
  return found;
}

/** The names of the tables. */
export const TABLES: ReadonlySet<string> = new Set(
  [...FIELDS.values()].flatMap(({ path }) => path.slice(0, -1)),
);

/** Names of the tables that are off where they are absent, and on where they are there, if only empty. */
export const SWITCHING_TABLES: ReadonlySet<string> = new Set(
  Object.entries(settingsSchema.entries).flatMap(([name, { default: absent }]) =>
    typeof absent === 'object' && 'enabled' in absent ? name : [],
  ),
);
