/** The schema laid out flat: one entry per setting, with every name it goes by. */
import * as v from 'valibot';
import { SluiceError } from '../domain/errors.js';
import type { Range, SettingMeta } from './kinds.js';
import { OptionalSetting } from './optional-setting.js';
import { settingsSchema } from './schema.js';

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

/** One setting. A start needs few of them, so what the schema says of one is read when it is asked for. */
export class Field {
  /** As in messages: `flow.write_deadline`, or `listener` at the top level. */
  readonly key: string;
  readonly path: readonly string[];
  private readonly leaf: Leaf;
  private meta: SettingMeta | undefined;

  constructor(path: readonly string[], leaf: Leaf) {
    this.key = path.join('.');
    this.path = path;
    this.leaf = leaf;
  }

  /** As in the environment: `SLUICE_FLOW_WRITE_DEADLINE`. */
  get variable(): string {
    return `SLUICE_${this.path.join('_').toUpperCase()}`;
  }

  get kind(): SettingMeta['kind'] {
    return this.known.kind;
  }

  get about(): string {
    return this.known.about;
  }

  /** What a value may be, in words. */
  get allowed(): string {
    return this.known.allowed;
  }

  /** The flags that set it, as they are documented. */
  get flag(): string | undefined {
    return this.known.flag;
  }

  /** Of a number: the least and the most. */
  get range(): Range | undefined {
    return this.known.range;
  }

  /** In the file's form: `"2s"`, not 2000. */
  get fallback(): Fallback {
    return this.known.fallback ?? this.leaf.default ?? '';
  }

  /** What is wrong with a value; empty: nothing. Only of a tree it may be more than one thing. */
  check(value: unknown): readonly Problem[] {
    return (v.safeParse(this.leaf.wrapped, value).issues ?? []).map(problemOf);
  }

  private get known(): SettingMeta {
    // Every kind in kinds.ts ends in v.metadata(SettingMeta); the type is lost on the way through `entries`.
    this.meta ??= v.getMetadata(this.leaf.wrapped) as unknown as SettingMeta;
    return this.meta;
  }
}

/** Every setting by its key, in the schema's order. */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries(settingsSchema.entries)
    .flatMap(([name, entry]) =>
      entry instanceof OptionalSetting || !('entries' in entry.wrapped)
        ? new Field([name], entry as Leaf)
        : Object.entries(entry.wrapped.entries).map(([key, leaf]) => new Field([name, key], leaf as Leaf)),
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
