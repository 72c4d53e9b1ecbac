/**
 * Text from elsewhere, as terminals and log files may have it: nothing in it ends a line, moves the cursor, colours,
 * rings, hides or reverses.
 */

/**
 * What is not shown, or does more than show: all but letters, marks, numbers, punctuation, symbols and the space; and of
 * those the ones that are invisible. Unicode has a property for nearly all of these (Hangul fillers, variation selectors);
 * the others are blank by their pictures: an empty Braille cell, blank hieroglyphs, a null notehead, the Khitan filler.
 */
const UNPRINTABLE =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu;

/** Cheaper to look for, and in most text not to be found. */
const SUSPECT = /[^ -~]/;

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
  const code = character.codePointAt(0) ?? 0;
  const isByte = code >= FIRST_BYTE && code <= LAST_BYTE;
  const value = isByte ? code - BYTE_OFFSET : code;
  if (value < 0x80 || isByte) return `\\x${value.toString(16).padStart(2, '0')}`;
  return value > 0xffff ? `\\u{${value.toString(16)}}` : `\\u${value.toString(16).padStart(4, '0')}`;
}

/** Each UTF-16 code unit as JSON escapes it. */
function unicodeEscapes(character: string): string {
  let text = '';
  for (let i = 0; i < character.length; i++)
    text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return text;
}

/** Replaces whatever is not plain text by an escape: `\x1b`, `\n`, `\u202e`. */
export function printable(text: string): string {
  return SUSPECT.test(text) ? text.replace(UNPRINTABLE, escaped) : text;
}

/** The same for text of several lines, the line ends of which stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The same in JSON text, whose line ends are never inside a string. */
const UNPRINTABLE_IN_JSON =
  /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]|[\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu;
const SUSPECT_IN_JSON = /[^ -~\n]/;

/** Replaces the same characters in JSON text by JSON's own escapes: it stays the same JSON, on the same lines. */
export function escapeJson(json: string): string {
  return SUSPECT_IN_JSON.test(json) ? json.replace(UNPRINTABLE_IN_JSON, unicodeEscapes) : json;
}

/** JSON on one line, with all that {@link printable} escapes escaped in JSON's own way. */
export function safeJson(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}
