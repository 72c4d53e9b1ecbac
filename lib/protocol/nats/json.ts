/*
 * The JSON of CONNECT and INFO as nats-server reads it, with Go's encoding/json: keys in any case, the last of several
 * wins, null leaves a field as it was, numbers are whole where the field is, and a value of the wrong kind spoils all.
 */

/** What a field takes. */
export type Kind =
  | 'boolean'
  | 'string'
  | 'strings'
  | 'bytes'
  | 'int'
  | 'int32'
  | 'uint64'
  | 'byte'
  | 'permissions';

const RANGES = {
  int: [-(2n ** 63n), 2n ** 63n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  byte: [0n, 255n],
} as const;
const WHOLE = /^-?\d+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const PERMISSIONS = { allow: 'strings', deny: 'strings' } as const;

const QUOTE = 34;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const BIG_E = 69;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const SMALL_E = 101;
const SMALL_N = 110;
const OPEN_BRACE = 123;
/** Whole numbers of so many digits are exact in JavaScript. */
const EXACT_DIGITS = 15;

/** What stands for a value that does not fit its field. */
const WRONG = Symbol('wrong');

/**
 * The known fields of a JSON object; those that are absent or null are not there. `null` for the object is an empty one.
 *
 * @returns undefined where it is no JSON, no object, or a field is of the wrong kind
 */
export function readFields<K extends string>(
  json: string,
  kinds: Readonly<Record<K, Kind>>,
): Partial<Record<K, unknown>> | undefined {
  const parsed = parse(json);
  if (parsed === null) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return undefined;
  if (isPlain(json, Object.keys(parsed).length)) return fieldsOfPlain(parsed, kinds);
  const fields: Partial<Record<K, unknown>> = {};
  for (const [key, source] of entriesOf(json)) {
    const known = fold(key);
    if (source === 'null' || !Object.hasOwn(kinds, known)) continue;
    const value = fieldOf(source, kinds[known as K]);
    if (value === WRONG) return undefined;
    fields[known as K] = value;
  }
  return fields;
}

/**
 * Whether an object of `keys` different keys says all there is to know of its JSON: then there is nothing in it but
 * strings, true, false and whole numbers that are exact, and no key comes twice.
 */
function isPlain(json: string, keys: number): boolean {
  let colons = 0;
  let digits = 0;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json.charCodeAt(i);
    if (char === QUOTE) {
      for (i++; json.charCodeAt(i) !== QUOTE; i++) if (json.charCodeAt(i) === BACKSLASH) i++;
    } else if (char === COLON) {
      colons++;
      digits = 0;
    } else if (char === OPEN_BRACE) depth++;
    else if (char === OPEN_BRACKET || char === POINT || char === SMALL_N) return false;
    else if (char >= ZERO && char <= NINE) digits++;
    else if (digits > 0 && (char === SMALL_E || char === BIG_E)) return false;
    if (depth > 1 || digits > EXACT_DIGITS) return false;
  }
  return colons === keys;
}

/** `readFields` for what is plain: the same, without a look at how each value is written. */
function fieldsOfPlain<K extends string>(
  parsed: object,
  kinds: Readonly<Record<K, Kind>>,
): Partial<Record<K, unknown>> | undefined {
  const fields: Partial<Record<K, unknown>> = {};
  const entries = parsed as Readonly<Record<string, string | boolean | number>>;
  for (const key of Object.keys(entries)) {
    const known = Object.hasOwn(kinds, key) ? key : fold(key);
    if (!Object.hasOwn(kinds, known)) continue;
    const value = entries[key]!;
    const kind = kinds[known as K];
    const fits =
      typeof value === 'boolean' ? kind === 'boolean' : typeof value === 'string' && kind === 'string';
    const field = fits ? value : fieldOf(JSON.stringify(value), kind);
    if (field === WRONG) return undefined;
    fields[known as K] = field;
  }
  return fields;
}

/** Any JSON; undefined where it is none. */
export function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** Letters whose case does not matter; two that are not ASCII count as the ASCII letters they look like. */
function fold(key: string): string {
  return key.replaceAll('ſ', 's').toLowerCase();
}

function fieldOf(source: string, kind: Kind): unknown {
  switch (kind) {
    case 'boolean':
      return source === 'true' ? true : source === 'false' ? false : WRONG;
    case 'string':
      return source.startsWith('"') ? parse(source) : WRONG;
    case 'strings': {
      const list = parse(source);
      const fits = Array.isArray(list) && list.every((entry) => entry === null || typeof entry === 'string');
      return fits ? list : WRONG;
    }
    case 'bytes': {
      const value = parse(source);
      if (typeof value === 'string') return BASE64.test(value.replace(/[\r\n]/g, '')) ? value : WRONG;
      const fits = Array.isArray(value) && value.every((entry) => entry === null || isByte(entry));
      return fits ? value : WRONG;
    }
    case 'permissions':
      return readFields(source, PERMISSIONS) ?? WRONG;
    default: {
      if (!WHOLE.test(source)) return WRONG;
      const [least, most] = RANGES[kind];
      const number = BigInt(source);
      return number >= least && number <= most ? Number(number) : WRONG;
    }
  }
}

function isByte(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

/** The entries of what is known to be a JSON object, in order, each value as it is written. */
function* entriesOf(json: string): Iterable<readonly [key: string, source: string]> {
  // A string, a bracket, or a run of what is neither: names and numbers.
  const pieces = json.matchAll(/"(?:[^"\\]+|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
  let depth = 0;
  let key: string | undefined;
  let source = '';
  for (const [piece] of pieces) {
    if (piece === '}' || piece === ']') depth--;
    if (depth === 1 && piece === ':' && key === undefined) {
      key = JSON.parse(source) as string;
      source = '';
    } else if ((depth === 1 && piece === ',') || depth === 0) {
      if (key !== undefined) yield [key, source];
      key = undefined;
      source = '';
    } else source += piece;
    if (piece === '{' || piece === '[') depth++;
  }
}
