/** What one source (file, environment, flags) says, before it is merged. */
import type { Address } from '../domain/address.js';
import type { Field } from './fields.js';

/** A part of a place that one source gives. */
export interface PlacePart {
  /** The setting that it changes. */
  readonly field: Field;
  readonly part: 'host' | 'port';
  /** Where it listens by default. */
  readonly fallback: Address;
  readonly value: unknown;
  /** What a message about it starts with: source, key and value. */
  readonly origin: string;
}

/** One value that a source gives. */
export interface Given {
  readonly field: Field;
  /** In the file's form: numbers and booleans are such, sizes and durations text. */
  readonly value: unknown;
  /** What a message about it starts with: source, key and value; a secret's value is left out. */
  readonly origin: string;
  /** Of a tree: what a message about a part of it starts with; without the part's value. */
  readonly originOf?: (path: readonly (string | number)[]) => string;
}

/** All that one source says. */
export interface Source {
  readonly given: readonly Given[];
  /** Hosts and ports of listeners, which change what earlier sources say. */
  readonly places?: readonly PlacePart[] | undefined;
  /** Faults found in reading it, each one line for the user. */
  readonly problems: readonly string[];
  /** What to tell the user that is no fault. */
  readonly warnings?: readonly string[];
  /** What a start does not mind and `nats-server -t` does, in its words. */
  readonly cautions?: readonly string[];
  /** Dotted keys of settings, or of their tables, that are missing because their values are wrong. */
  readonly wrong?: ReadonlySet<string>;
}

/**
 * Turns the text of a flag or a variable into the form the file would hold; text that is not of the field's kind stays
 * as it is, for the schema to refuse.
 */
export function fromText({ kind }: Field, text: string): string | number | boolean | string[] {
  switch (kind) {
    case 'boolean':
      if (/^(?:true|yes|on|1)$/i.test(text)) return true;
      return /^(?:false|no|off|0)$/i.test(text) ? false : text;
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'addresses':
      return text.includes(',') ? text.split(',').map((address) => address.trim()) : text;
    default:
      return text;
  }
}
