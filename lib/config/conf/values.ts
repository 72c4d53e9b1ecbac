/** What a file in nats-server's language holds, before anything is made of it. */
import { SluiceError } from '../../domain/errors.js';

/**
 * Where something stands in a file, counted as nats-server counts: lines from 1, columns in bytes, from 0 on the first
 * line and from 1 on the others; of what is in quotes, the character after the quote.
 */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A value without parts. Sizes such as `1k` are integers already; durations are text. */
export type Scalar =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'date'; readonly value: Date };

/** The part of a map that one key makes. */
export interface ConfEntry {
  /** As written. */
  readonly key: string;
  /** Where the key stands. */
  readonly at: Position;
  readonly value: ConfValue;
  /** Whether a `$key` refers to it: such a key need not be one that is known. */
  referenced: boolean;
}

/** Keys in the order they were given last, each once: the last one wins. */
export type ConfMap = Map<string, ConfEntry>;

/** Any value, with where it starts. */
export type ConfValue = (
  | Scalar
  | { readonly kind: 'list'; readonly items: readonly ConfValue[] }
  | { readonly kind: 'map'; readonly entries: ConfMap }
) & { readonly at: Position };

/** `file:line:column`, as messages start. */
export function formatPosition({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** A text of the file as a message shows it: whatever could end the line is escaped. */
export function oneLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character < ' ' ? JSON.stringify(character).slice(1, -1) : `\\u${code}`;
  });
}

/** The error of a file that cannot be understood, in one line. */
export function unreadable(at: Position, what: string, cause?: unknown): SluiceError {
  return new SluiceError('CONFIG_UNREADABLE', `${formatPosition(at)}: ${oneLine(what)}`, { cause });
}

/** The value as plain JavaScript: maps become objects, integers and floats numbers. */
export function plainValue(value: ConfValue): unknown {
  if (value.kind === 'list') return value.items.map(plainValue);
  if (value.kind !== 'map') return value.value;
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plainValue(entry.value)]));
}
