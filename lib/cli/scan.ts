/** Words of the command line, told apart: flags, their arguments, and the rest. */
import { closest } from '../config/suggest.js';
import { SluiceError } from '../domain/errors.js';
import { type AnyFlag, type FlagSet, nameOf, usageOf } from './flag-set.js';

/** A flag that was given. */
export interface ParsedFlag<F extends AnyFlag> {
  readonly flag: F;
  /** The argument; of a switch, whether it is on. */
  readonly value: string | boolean;
}

/** The command line, told apart. */
export interface Scanned<F extends AnyFlag> {
  readonly spoken: readonly ParsedFlag<F>[];
  /** Words that are neither flags nor arguments of one. */
  readonly rest: readonly string[];
}

/** What Go's flag package takes for a boolean. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

function invalid(message: string): SluiceError {
  return new SluiceError('CONFIG_INVALID', message);
}

/** What is wrong with a word, in one line that says what was meant. */
function unknown(
  word: string,
  dashes: string,
  name: string,
  program: string,
  names: readonly string[],
): SluiceError {
  // As in --line-host: what comes before the first hyphen is a flag that says more than that.
  const [head = ''] = name.split(/[-_.]/);
  const meant = name.length > 1 ? (closest(name, names) ?? names.find((each) => each === head)) : undefined;
  return invalid(
    `${word}: unknown option, ${meant ? `did you mean ${dashes}${meant}?` : `see ${program} --help`}`,
  );
}

/** Flags of one letter each behind a single dash, as in `-DV`; undefined when these letters are not all switches. */
function cluster<F extends AnyFlag>(letters: string, flags: FlagSet<F>): readonly F[] | undefined {
  const found = [...letters].map((letter) => flags.named(letter));
  return found.every((flag) => flag !== undefined && flag.argument === undefined)
    ? (found as F[])
    : undefined;
}

function switched(flag: AnyFlag, text: string | undefined): boolean {
  if (text === undefined) return true;
  const value = BOOLEANS.get(text);
  if (value === undefined) throw invalid(`${nameOf(flag)}=${text}: not a boolean, allowed: true or false`);
  return value;
}

/**
 * Tells flags and other words apart; flags may come in any order and after other words, until a word `--`.
 * @param words without the interpreter and the script
 * @param program what the command is called, for messages
 * @param flags those it knows
 * @param stopsAtWord whether the first word that is no flag ends them, as `--` does: what follows is another command's
 * @throws SluiceError CONFIG_INVALID, one line
 */
export function scan<F extends AnyFlag>(
  words: readonly string[],
  program: string,
  flags: FlagSet<F>,
  stopsAtWord = false,
): Scanned<F> {
  const spoken: ParsedFlag<F>[] = [];
  const rest: string[] = [];
  let i = 0;
  for (let word = words[i]; word !== undefined; word = words[++i]) {
    if (word === '--') return { spoken, rest: [...rest, ...words.slice(i + 1)] };
    const [, dashes, name, text] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === undefined || name === undefined) {
      if (stopsAtWord) return { spoken, rest: words.slice(i) };
      rest.push(word);
      continue;
    }
    const flag = flags.named(name);
    const mayCluster = dashes === '-' || /^[DV]+$/.test(name); // --DVV is a name of its own in nats-server
    const switches = flag === undefined && mayCluster ? cluster(name, flags) : undefined;
    const [, letter, number] = (dashes === '-' && /^([a-z])(-?\d+)$/i.exec(word.slice(1))) || []; // -p4222
    const short = letter === undefined ? undefined : flags.named(letter);
    if (switches !== undefined) {
      for (const each of switches) spoken.push({ flag: each, value: switched(each, text) });
    } else if (flag === undefined && number !== undefined && short?.argument !== undefined) {
      spoken.push({ flag: short, value: number });
    } else if (flag === undefined) {
      throw unknown(text === undefined ? word : `${dashes}${name}`, dashes, name, program, flags.names);
    } else if (flag.argument === undefined) {
      spoken.push({ flag, value: switched(flag, text) });
    } else {
      const value = text ?? words[++i];
      if (value === undefined) throw invalid(`${usageOf(flag)}: argument missing`);
      spoken.push({ flag, value });
    }
  }
  return { spoken, rest };
}
