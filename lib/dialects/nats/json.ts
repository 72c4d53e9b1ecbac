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

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const BIG_A = 65;
const BIG_E = 69;
const BIG_Z = 90;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const SMALL_E = 101;
const SMALL_N = 110;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LAST_ASCII = 127;
/** Whole numbers of so many digits are exact in JavaScript. */
const EXACT_DIGITS = 15;

/** What clients send is no longer; beyond it the properties of an object are slower to list than to scan. */
const PLAIN_CHARACTERS = 1_024;

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
  if (json.length <= PLAIN_CHARACTERS && isPlain(json, Object.keys(parsed).length))
    return fieldsOfPlain(parsed, kinds);
  return scannedFields(json, kinds);
}

/** `readFields` for what is known to be a JSON object: goes over it once, and looks at the values of known keys only. */
function scannedFields<K extends string>(
  json: string,
  kinds: Readonly<Record<K, Kind>>,
): Partial<Record<K, unknown>> | undefined {
  const fields: Partial<Record<K, unknown>> = {};
  let at = json.indexOf('{') + 1;
  for (;;) {
    at = afterBlanks(json, at);
    const char = json.charCodeAt(at);
    if (char === CLOSE_BRACE) return fields;
    if (char === COMMA) {
      at++;
      continue;
    }
    const keyEnd = stringEnd(json, at);
    const known = knownKey(keyIn(json, at, keyEnd), kinds);
    const start = afterBlanks(json, afterBlanks(json, keyEnd) + 1); // past the colon
    at = valueEnd(json, start);
    if (known === undefined || json.startsWith('null', start)) continue;
    const value = fieldOf(json.slice(start, at), kinds[known]);
    if (value === WRONG) return undefined;
    fields[known] = value;
  }
}

function keyIn(json: string, start: number, end: number): string {
  const key = json.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(json.slice(start, end)) as string) : key;
}

/** Which of the fields a key means, if any. */
function knownKey<K extends string>(key: string, kinds: Readonly<Record<K, Kind>>): K | undefined {
  if (Object.hasOwn(kinds, key)) return key as K;
  if (!mayFold(key)) return undefined;
  const folded = fold(key);
  return Object.hasOwn(kinds, folded) ? (folded as K) : undefined;
}

/** Whether a key can be another one in its case: most that are unknown cannot, and are done with. */
function mayFold(key: string): boolean {
  for (let i = 0; i < key.length; i++) {
    const char = key.charCodeAt(i);
    if ((char >= BIG_A && char <= BIG_Z) || char > LAST_ASCII) return true;
  }
  return false;
}

function afterBlanks(json: string, from: number): number {
  let at = from;
  while (json.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** Where the string ends that begins at `start`. */
function stringEnd(json: string, start: number): number {
  let at = start + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at))
    at += char === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Where the value ends that begins at `start`. */
function valueEnd(json: string, start: number): number {
  let depth = 0;
  for (let at = start; ; ) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = stringEnd(json, at);
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth++;
      at++;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth--;
      at++;
    } else if (depth === 0 && (char === COMMA || char <= SPACE)) return at;
    else {
      at++;
      continue;
    }
    if (depth === 0) return at;
  }
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
    const known = knownKey(key, kinds);
    if (known === undefined) continue;
    const value = entries[key]!;
    const kind = kinds[known];
    const fits =
      typeof value === 'boolean' ? kind === 'boolean' : typeof value === 'string' && kind === 'string';
    const field = fits ? value : fieldOf(JSON.stringify(value), kind);
    if (field === WRONG) return undefined;
    fields[known] = field;
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
      if (!source.startsWith('"')) return WRONG;
      return source.includes('\\') ? parse(source) : source.slice(1, -1);
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
      if (source.length <= EXACT_DIGITS) return smallNumber(Number(source), kind);
      const [least, most] = RANGES[kind];
      const number = BigInt(source);
      return number >= least && number <= most ? Number(number) : WRONG;
    }
  }
}

/** A whole number that is exact; without a sign where it is 0. */
function smallNumber(number: number, kind: keyof typeof RANGES): unknown {
  const [least, most] = RANGES[kind];
  return number >= least && number <= most ? number + 0 : WRONG;
}

function isByte(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}
