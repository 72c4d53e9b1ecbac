/** Characters a browser could take for markup or a line's end; Go writes them as escapes, too. */
const RISKY = /[<>&\u2028\u2029]/g;

/**
 * Indented JSON, piece by piece, so that long answers need not exist as a whole. Leaves out undefined properties;
 * takes any iterable but a string for an array and reads it as it is written. A property that is a function is called
 * when it is reached.
 */
export function* prettyJson(value: unknown, indent = ''): Generator<string, void, undefined> {
  if (typeof value !== 'object' || value === null) yield scalar(value);
  else if (Symbol.iterator in value) yield* array(value as Iterable<unknown>, indent);
  else yield* object(value, indent);
}

/** The same on one line. */
export function compactJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

function* array(items: Iterable<unknown>, indent: string): Generator<string, void, undefined> {
  const inner = `${indent}  `;
  let before = `[\n${inner}`;
  let any = false;
  for (const item of items) {
    yield before;
    yield* prettyJson(item, inner);
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
    const start = `${before}${scalar(key)}: `;
    if (typeof property !== 'object' || property === null) yield start + scalar(property);
    else {
      yield start;
      yield* prettyJson(property, inner);
    }
    before = `,\n${inner}`;
    any = true;
  }
  yield any ? `\n${indent}}` : '{}';
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? escaped(JSON.stringify(value)) : JSON.stringify(value);
}

function escaped(json: string): string {
  return json.replace(RISKY, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
