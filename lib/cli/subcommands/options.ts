/** What a subcommand was given. */
import { parseBytes, parseDuration } from '../../config/units.js';
import { SluiceError } from '../../domain/errors.js';
import { dashed, FlagSet, nameOf } from '../flag-set.js';
import { scan } from '../scan.js';
import type { Subcommand } from './subcommand.js';

/** A USAGE error. */
export function usage(message: string): SluiceError {
  return new SluiceError('USAGE', message);
}

/** The flags and words of a subcommand. Flags go by their long name, without dashes. */
export class Options {
  /** What is no flag. */
  readonly words: readonly string[];
  private readonly command: Subcommand;
  private readonly values = new Map<string, (string | boolean)[]>();

  /** Reads them. Throws SluiceError USAGE, one line. */
  constructor(command: Subcommand, words: readonly string[]) {
    this.command = command;
    const flags = new FlagSet(command.groups.flatMap((group) => group.flags));
    try {
      const { spoken, rest } = scan(words, `sluice ${command.name}`, flags, command.wraps === true);
      this.words = rest;
      for (const { flag, value } of spoken) {
        const name = nameOf(flag).replace(/^-+/, '');
        this.values.set(name, [...(this.values.get(name) ?? []), value]);
      }
    } catch (error) {
      throw error instanceof SluiceError ? usage(`${command.name}: ${error.message}`) : error;
    }
  }

  /** Whether a switch is on: the last word on it counts. */
  isOn(name: string): boolean {
    return this.values.get(name)?.at(-1) === true;
  }

  /** A flag's last argument; undefined: it was not given. */
  text(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** All arguments of a flag that may be given more than once. */
  all(name: string): readonly string[] {
    return (this.values.get(name) ?? []) as string[];
  }

  /** A whole number. Throws USAGE where it is none, or less than `least`. */
  count(name: string, least: number): number | undefined {
    return this.read(name, (text) => (Number(text) >= least ? countIn(text) : undefined), `${least} or more`);
  }

  /** A duration, in milliseconds. Throws USAGE where it is none. */
  duration(name: string): number | undefined {
    return this.read(name, parseDuration, 'a duration such as 500ms, 2s or 1m');
  }

  /** A size, in bytes. Throws USAGE where it is none. */
  bytes(name: string): number | undefined {
    return this.read(name, parseBytes, 'a size such as 512, 64KiB or 1MB');
  }

  /** A flag's argument as `parse` understands it. Throws USAGE where that gives undefined. */
  read<T>(name: string, parse: (text: string) => T | undefined, allowed: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) throw this.wrong(`${dashed(name)} ${text}: not understood, allowed: ${allowed}`);
    return value;
  }

  /**
   * The words, of which there must be at least `least` and at most `most`.
   * @param excess what to say of one too many
   * @throws SluiceError USAGE
   */
  expectWords(least: number, most: number, excess = 'one word too many'): readonly string[] {
    const { words } = this;
    if (words.length < least) throw this.wrong(`missing: ${this.command.words}`);
    if (words.length > most) throw this.wrong(`${words[most]}: ${excess}`);
    return words;
  }

  /** A USAGE error of this subcommand, with where to read on. */
  wrong(message: string): SluiceError {
    return usage(`${this.command.name}: ${message}\nsee sluice ${this.command.name} --help`);
  }
}

function countIn(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
