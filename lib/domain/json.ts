import { escapeJson } from './printable.js';

/** Characters a browser could take for markup; Go writes them as escapes, too. */
const MARKUP = /[<>&]/g;

/** Items of an array up to which it is written as one piece. */
const SHORT_ARRAY = 64;

/**
 * Indented JSON, piece by piece, so that long answers need not exist as a whole. Leaves out undefined properties;
 * takes any iterable but a string for an array and reads it as it is written. A property that is a function is called
 * when it is reached.
 */
export function* prettyJson(value: unknown, indent = ''): Generator<string, void, undefined> {
  if (isShort(value)) yield shortText(value, indent);
  else if (typeof value === 'object' && value !== null) {
    if (Symbol.iterator in value) yield* array(value as Iterable<unknown>, indent);
    else yield* object(value, indent);
  }
}

/** Whether it may be written as one piece: no long array is in it, and nothing that is to be read as it is written. */
function isShort(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (Array.isArray(value)) return value.length <= SHORT_ARRAY && value.every(isShort);
  if (Symbol.iterator in value) return false;
  for (const key in value) if (!isShort((value as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}

/** Line ends within strings are escaped, so every one in the text is of the indentation. */
function shortText(value: unknown, indent: string): string {
  const text = JSON.stringify(value, undefined, 2);
  return escaped(indent === '' ? text : text.replaceAll('\n', `\n${indent}`));
}

/** The same on one line. */
export function compactJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** The same on one line, piece by piece, of whatever `prettyJson` takes. */
export function* compactPieces(value: unknown): Generator<string, void, undefined> {
  if (isShort(value)) yield compactJson(value);
  else if (typeof value === 'object' && value !== null) {
    if (Symbol.iterator in value) yield* compactArray(value as Iterable<unknown>);
    else yield* compactObject(value);
  }
}

function* compactArray(items: Iterable<unknown>): Generator<string, void, undefined> {
  let before = '[';
  for (const item of items) {
    yield before;
    yield* compactPieces(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* compactObject(value: object): Generator<string, void, undefined> {
  let before = '{';
  for (const [key, given] of Object.entries(value)) {
    const property: unknown = typeof given === 'function' ? given() : given;
    if (property === undefined) continue;
    yield `${before}${compactJson(key)}:`;
    yield* compactPieces(property);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

function* array(items: Iterable<unknown>, indent: string): Generator<string, void, undefined> {
  const inner = `${indent}  `;
  let before = `[\n${inner}`;
  let any = false;
  for (const item of items) {
    if (isShort(item)) yield before + shortText(item, inner);
    else {
      yield before;
      yield* prettyJson(item, inner);
    }
    before = `,\n${inner}`;
    any = true;
  }
  yield any ? `\n${indent}]` : '[]';
}

function* object(value: object, indent: string): Generator<string, void, undefined> {
  const inner = `${indent}  `;
  let before = `{\n${inner}`;
  let any = false;
  for (const [key, given] of Object.entries(value)) {
    const property: unknown = typeof given === 'function' ? given() : given;
    if (property === undefined) continue;
    const start = `${before}${compactJson(key)}: `;
    if (isShort(property)) yield start + shortText(property, inner);
    else {
      yield start;
      yield* prettyJson(property, inner);
    }
    before = `,\n${inner}`;
    any = true;
  }
  yield any ? `\n${indent}}` : '{}';
}

function escaped(json: string): string {
  return escapeJson(json).replace(
    MARKUP,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
