/** What starts with a digit or a minus: integers with a unit, floats, dates; addresses and other text as well. */
import type { Scalar } from './values.js';

/** The unit of a number: a letter alone is decimal, with a `b` or an `i` it is binary. */
const FACTORS: ReadonlyMap<string, bigint> = new Map(
  [...'kmgtpe'].flatMap((letter, index): [string, bigint][] => {
    const power = BigInt(index + 1);
    const binary = 1024n ** power;
    return [
      [letter, 1000n ** power],
      [`${letter}b`, binary],
      [`${letter}i`, binary],
      [`${letter}ib`, binary],
    ];
  }),
);

const NUMBER = /(-?)(\d+)(?:([kmgtpe])([bi]*))?/iy;
const FRACTION = /\.\d+/y;
const ADDRESS = /[\d.:-]*/y;
const DATE = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/y;
/** What may follow a number for it to be one. */
const ENDS = /^[\n\r};,\t ]?$/;

/**
 * A scalar and where it ends; or no scalar: it is bare text, and up to `end` whatever comes belongs to it; or what is
 * wrong.
 */
export type Scanned =
  | { readonly scalar: Scalar | undefined; readonly end: number }
  | { readonly wrong: string };

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/**
 * Reads a number, or finds that it is none.
 * @param inList whether a `]` ends it; nats-server takes `[1]` for text, which is of no use
 */
export function scanNumber(text: string, offset: number, inList: boolean): Scanned {
  const [whole, minus, digits = '', letter, unit = ''] = matchAt(NUMBER, text, offset) ?? [];
  if (whole === undefined) return { wrong: "no digit after '-'; put text that starts with '-' in quotes" };
  const afterDigits = offset + whole.length - unit.length - (letter?.length ?? 0);
  const end = offset + whole.length;
  if (letter === undefined && text[end] === '.') return fraction(text, offset, end);
  if (letter === undefined && minus === '' && text[end] === '-') return date(text, offset, digits);
  const next = text[end] ?? '';
  const isNumber = ENDS.test(next) || (inList && next === ']');
  if (letter === undefined) {
    if (isNumber || minus === '-') return integer(`${minus}${digits}`, '', end);
    return { scalar: undefined, end: end + 1 };
  }
  if (isNumber) return integer(`${minus}${digits}`, text.slice(afterDigits, end), end);
  return { scalar: undefined, end };
}

function integer(digits: string, unit: string, end: number): Scanned {
  const factor = unit === '' ? 1n : FACTORS.get(unit.toLowerCase());
  if (factor === undefined) {
    return { wrong: `unknown unit '${unit}', allowed: ${[...FACTORS.keys()].join(', ')}` };
  }
  const value = Number(BigInt(digits) * factor);
  if (Number.isSafeInteger(value)) return { scalar: { kind: 'integer', value }, end };
  const most = Number.MAX_SAFE_INTEGER;
  return { wrong: `number out of range, allowed: ${-most} to ${most}` };
}

function fraction(text: string, offset: number, dot: number): Scanned {
  const found = matchAt(FRACTION, text, dot);
  if (found === null) return { wrong: "no digit after '.'; put text in quotes" };
  const end = FRACTION.lastIndex;
  // A second dot: an IP address, perhaps with a port, or a version.
  if (text[end] === '.') {
    matchAt(ADDRESS, text, end);
    const { lastIndex } = ADDRESS;
    return { scalar: { kind: 'text', value: text.slice(offset, lastIndex) }, end: lastIndex };
  }
  return { scalar: { kind: 'float', value: Number(text.slice(offset, end)) }, end };
}

function date(text: string, offset: number, year: string): Scanned {
  const wrong =
    "a number with '-' is read as a date, allowed: 2006-01-02T15:04:05Z; put other text in quotes";
  const [iso] = year.length === 4 ? (matchAt(DATE, text, offset) ?? []) : [];
  if (iso === undefined) return { wrong };
  const value = new Date(iso);
  // A day such as February 30 would otherwise silently be one of March.
  const isReal = !Number.isNaN(value.getTime()) && value.toISOString().startsWith(iso.slice(0, -1));
  return isReal ? { scalar: { kind: 'date', value }, end: offset + iso.length } : { wrong };
}
