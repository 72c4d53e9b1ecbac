/** Describes a subcommand for parsing, help and completion. */
import { type AnyFlag, type FlagGroup, flagNames } from '../flag-set.js';

/** One subcommand of `sluice`. */
export interface Subcommand {
  readonly name: string;
  /** Its words after the options, as in `<subject> [payload | -]`; empty: none. */
  readonly words: string;
  /** One line, without a full stop. */
  readonly about: string;
  readonly groups: readonly FlagGroup[];
  /** What else there is to know, in lines of at most 120 letters; for its own help. */
  readonly details: readonly string[];
  /** Command lines without the `sluice` in front, each with what it does. */
  readonly examples: readonly (readonly [line: string, about: string])[];
  /** Whether its first word that is no flag begins another command, the flags of which are not its own. */
  readonly wraps?: true;
  /** Words to complete, where they are few. */
  readonly choices?: readonly string[];
}

/** A flag by its names, as `'c config'`, with its argument's name, if it has one. */
export function flag(names: string, argument: string | undefined, about: string): AnyFlag {
  return { names: flagNames(names), argument, about };
}
