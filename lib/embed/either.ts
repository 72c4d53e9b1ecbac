/** Types of settings in either spelling. */
import type { SettingsInput } from '../config.js';

/** `max_payload` as `maxPayload`. */
export type CamelCase<Key> = Key extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Key;

/** A value of a table. */
type Value<T, Key extends keyof T> = Key extends 'expires' | 'response_threshold'
  ? T[Key] | number
  : Either<T[Key]>;

/**
 * Lists and tables of the file, with keys in either spelling and durations in milliseconds, too. A key that there must be is
 * there in one spelling, so both are optional.
 */
export type Either<T> = T extends readonly (infer Item)[]
  ? readonly Either<Item>[]
  : T extends object
    ? {
        readonly [Key in keyof T as Key extends `${string}_${string}` ? never : Key]: Value<T, Key>;
      } & {
        readonly [Key in keyof T as Key extends `${string}_${string}` ? Key | CamelCase<Key> : never]?: Value<
          T,
          Key
        >;
      }
    : T;

/** Keys of more than one word, spelled as in the file. */
export type Underscored<T> = {
  readonly [Key in keyof T as Key extends `${string}_${string}` ? Key : never]: Either<T[Key]>;
};

/** Bytes, or text with a unit: `'64KiB'` (65,536), `'1MB'` (1,000,000). */
export type Size = number | string;

/** Milliseconds, or text with a unit: `'2s'`, `'500ms'`, `'1m30s'`. */
export type Duration = number | string;

/** A setting of a table that is a list or a table itself. */
export type TreeIn<
  Table extends keyof SettingsInput,
  Key extends keyof NonNullable<SettingsInput[Table]>,
> = Either<NonNullable<SettingsInput[Table]>[Key]>;
