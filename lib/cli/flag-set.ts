/**
 * Flags of a command. A flag has any number of names; each takes one dash or two, its argument comes after `=` or as
 * the next word, and `-` and `_` in a name are the same.
 */

/** The names of a flag, of which there is one at least. */
export type FlagNames = readonly [string, ...string[]];

/** Names in one text, as `'c config'`. */
export function flagNames(text: string): FlagNames {
  const [first = '', ...others] = text.split(' ');
  return [first, ...others];
}

/** What every flag has, whatever it does. */
export interface AnyFlag {
  /** Without dashes; the first long one is shown in messages. */
  readonly names: FlagNames;
  /** What the argument is called; undefined: a switch, which may be given as `-D=false`. */
  readonly argument: string | undefined;
  /** For --help. */
  readonly about: string;
}

/** Flags that belong together in --help. */
export interface FlagGroup<F extends AnyFlag = AnyFlag> {
  readonly title: string;
  readonly flags: readonly F[];
}

/** A name as it is compared. */
function normal(name: string): string {
  return name.replaceAll('_', '-');
}

/** All flags that a command knows. */
export class FlagSet<F extends AnyFlag> {
  /** All names, without dashes. */
  readonly names: readonly string[];
  private readonly byName: ReadonlyMap<string, F>;

  constructor(flags: readonly F[]) {
    this.names = flags.flatMap(({ names }) => names);
    this.byName = new Map(flags.flatMap((each) => each.names.map((name) => [normal(name), each] as const)));
  }

  /** The flag of a name, which is without dashes. */
  named(name: string): F | undefined {
    return this.byName.get(normal(name));
  }
}

/** A name with its usual dashes: one before up to two letters, two otherwise. */
export function dashed(name: string): string {
  return name.length <= 2 ? `-${name}` : `--${name}`;
}

/** What a flag is called in messages: `--log-level`. */
export function nameOf({ names }: Pick<AnyFlag, 'names'>): string {
  return dashed(names.find((name) => name.length > 2) ?? names[0]);
}

/** All that a flag is called, for --help and for messages: `-c, --config <file>`. */
export function usageOf({ names, argument }: AnyFlag): string {
  const all = names.map(dashed).join(', ');
  return argument === undefined ? all : `${all} <${argument}>`;
}
