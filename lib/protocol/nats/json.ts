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
