/** The slow, obvious reading of a JSON object's fields that `readFields` is compared with. */
import type { Kind } from '../../../../lib/dialects/nats/json.js';

const RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int: [-(2n ** 63n), 2n ** 63n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  byte: [0n, 255n],
};
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

class Wrong extends Error {}

function check(condition: boolean): void {
  if (!condition) throw new Wrong();
}

function isText(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isByte(value: unknown): boolean {
  return value === null || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255);
}

function fieldOf(source: string, kind: Kind): unknown {
  const value: unknown = JSON.parse(source);
  switch (kind) {
    case 'boolean':
      check(typeof value === 'boolean');
      return value;
    case 'string':
      check(typeof value === 'string');
      return value;
    case 'strings':
      check(Array.isArray(value) && value.every(isText));
      return value;
    case 'bytes':
      check(
        typeof value === 'string'
          ? BASE64.test(value.replace(/[\r\n]/g, ''))
          : Array.isArray(value) && value.every(isByte),
      );
      return value;
    case 'permissions':
      return fieldsOf(source, { allow: 'strings', deny: 'strings' });
    default: {
      check(/^-?\d+$/.test(source));
      const [least, most] = RANGES[kind]!;
      check(BigInt(source) >= least && BigInt(source) <= most);
      return Number(BigInt(source));
    }
  }
}

function fieldsOf(json: string, kinds: Readonly<Record<string, Kind>>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const parsed: unknown = JSON.parse(json);
  if (parsed === null) return fields;
  check(typeof parsed === 'object' && !Array.isArray(parsed));
  for (const [key, source] of entriesOf(json)) {
    const known = key.replaceAll('ſ', 's').toLowerCase();
    if (source === 'null' || !Object.hasOwn(kinds, known)) continue;
    fields[known] = fieldOf(source, kinds[known]!);
  }
  return fields;
}

/** The entries in order, each value as it is written but for blanks. */
function entriesOf(json: string): [key: string, source: string][] {
  const entries: [string, string][] = [];
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
      if (key !== undefined) entries.push([key, source]);
      key = undefined;
      source = '';
    } else source += piece;
    if (piece === '{' || piece === '[') depth++;
  }
  return entries;
}

/** As `readFields`. */
export function readFieldsSlowly(
  json: string,
  kinds: Readonly<Record<string, Kind>>,
): Record<string, unknown> | undefined {
  try {
    return fieldsOf(json, kinds);
  } catch {
    return undefined;
  }
}
