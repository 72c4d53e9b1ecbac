/** Text from elsewhere, as a terminal may have it: nothing in it moves the cursor, colours, rings or reverses. */
import { isUtf8 } from 'node:buffer';

/** All but letters, marks, numbers, punctuation, symbols and the plain blank: controls, both sets; marks of direction. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Bytes that are no UTF-8 are kept as these, see protocol/text.ts. */
const FIRST_BYTE = 0xdc80;
const LAST_BYTE = 0xdcff;
const BYTE_OFFSET = 0xdc00;

function escaped(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  const isByte = code >= FIRST_BYTE && code <= LAST_BYTE;
  const value = isByte ? code - BYTE_OFFSET : code;
  if (value < 0x80 || isByte) return `\\x${value.toString(16).padStart(2, '0')}`;
  return value > 0xffff ? `\\u{${value.toString(16)}}` : `\\u${value.toString(16).padStart(4, '0')}`;
}

/** Whatever is no plain text as an escape: `\x1b`, `\n`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** JSON on one line, with all that {@link printable} escapes escaped in JSON's own way: it stays the same JSON. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** A payload, or the beginning of one. */
export interface Excerpt {
  /** Undefined: it is not UTF-8. */
  readonly text: string | undefined;
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** At most `most` bytes of a payload; text is not cut inside a letter. */
export function excerptOf(payload: Buffer, most: number): Excerpt {
  const isText = isUtf8(payload);
  let end = Math.min(payload.length, most);
  if (isText && end < payload.length) while (end > 0 && (payload[end]! & 0xc0) === 0x80) end--;
  const bytes = payload.subarray(0, end);
  return { text: isText ? bytes.toString('utf8') : undefined, bytes, isCut: end < payload.length };
}
