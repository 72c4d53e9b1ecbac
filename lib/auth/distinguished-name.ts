/** Distinguished names, as in certificates and, written out, as user names (RFC 2253, RFC 4514). */

/** `CN=name`. */
export interface Attribute {
  readonly type: string;
  readonly value: string;
}

/** Attributes of one level, of no order; the last level first, as one writes it. */
export type DistinguishedName = readonly (readonly Attribute[])[];

/** The attributes that have a name. */
export const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
  '0.9.2342.19200300.100.1.25': 'DC',
};

/** What `text` says, undefined where it is no distinguished name. Hex values, `#04…`, are not understood. */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const name: Attribute[][] = [];
  let level: Attribute[] = [];
  for (const { part, ends } of parts) {
    const equals = part.indexOf('=');
    const type = part.slice(0, Math.max(equals, 0)).trim();
    const value = equals === -1 ? undefined : unescaped(part.slice(equals + 1));
    if (type === '' || value === undefined) return undefined;
    level.push({ type: type.toUpperCase(), value });
    if (ends !== '+') {
      name.push(level);
      level = [];
    }
  }
  return level.length === 0 ? name : undefined;
}

/** Whether both have the same levels in the same order. */
export function namesEqual(a: DistinguishedName, b: DistinguishedName): boolean {
  const isAt = (level: readonly Attribute[], other?: readonly Attribute[]) =>
    other !== undefined && levelsEqual(level, other);
  return a.length === b.length && a.every((level, i) => isAt(level, b[i]));
}

/** Whether both have the same levels in any order. */
export function namesEqualInAnyOrder(a: DistinguishedName, b: DistinguishedName): boolean {
  const all = (some: DistinguishedName, others: DistinguishedName) =>
    some.every((level) => others.some((other) => levelsEqual(level, other)));
  return a.length === b.length && all(a, b) && all(b, a);
}

function levelsEqual(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  const within = (some: readonly Attribute[], others: readonly Attribute[]) =>
    some.every(({ type, value }) => others.some((other) => other.type === type && other.value === value));
  return a.length === b.length && within(a, b) && within(b, a);
}

/** The attributes as they stand, escapes and all, and what follows each. */
function partsOf(text: string): { part: string; ends: string }[] | undefined {
  const parts: { part: string; ends: string }[] = [];
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at];
    if (character === '\\') {
      at++;
      if (at >= text.length) return undefined;
    } else if (character === undefined || character === ',' || character === '+') {
      parts.push({ part: text.slice(from, at), ends: character ?? '' });
      from = at + 1;
    }
  }
  return parts;
}

/** A value without its escapes and the blanks around it; undefined where an escape is none. */
function unescaped(escaped: string): string | undefined {
  if (escaped.startsWith('#')) return undefined;
  const text = escaped.replace(/^ +/, '');
  const pieces: Buffer[] = [];
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character !== '\\') pieces.push(Buffer.from(character));
    else if (' "#+,;<=>\\'.includes(text[at + 1] ?? '?')) pieces.push(Buffer.from(text.charAt(++at)));
    else {
      const hex = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(hex)) return undefined;
      pieces.push(Buffer.from(hex, 'hex'));
      at += 2;
    }
    // Blanks at the end go, but those that are escaped.
    if (character !== ' ') kept = pieces.length;
  }
  return Buffer.concat(pieces.slice(0, kept)).toString('utf8');
}
