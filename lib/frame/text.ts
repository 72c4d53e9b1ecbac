import { isUtf8 } from 'node:buffer';
import { HASH_SEED, hashBytes, hashOn } from './hash.js';

/*
 * Subjects, sids and queue names are bytes to NATS, and mostly UTF-8. As strings they must stay what they are, so a
 * byte that is no part of UTF-8 becomes a lone surrogate, which UTF-8 never has: 0x80…0xff are U+DC80…U+DCFF. Text
 * with such letters is no good for people: written as UTF-8, as Buffer.from does, each becomes U+FFFD.
 */
const ESCAPED = /[\udc80-\udcff]/u;
const ESCAPE = 0xdc00;
const REPLACEMENT = '\ufffd';
/** What text may not hold if it is to be a word in a line of text: bytes that are no UTF-8, line ends. */
const UNFIT = /[\udc80-\udcff\r\n]/u;

/** `bytes[start, end)` as text, different bytes as different text. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes(REPLACEMENT) ? escapedText(bytes, start, end) : text;
}

/** The bytes that `textOf` made the text of; of any other text its UTF-8. */
export function bytesOfText(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text);
  const parts = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part) => (ESCAPED.test(part) ? Buffer.of(part.charCodeAt(0) - ESCAPE) : Buffer.from(part))),
  );
}

/** The bytes that text stands for, one in each character. */
export function byteString(text: string): string {
  return bytesOfText(text).toString('latin1');
}

/** Hash of the bytes that `textOf` made the text of, as `hashBytes` has it. */
export function hashOfText(text: string): number {
  let hash = HASH_SEED;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter > 127) {
      const bytes = bytesOfText(text);
      return hashBytes(bytes, 0, bytes.length);
    }
    hash = hashOn(hash, letter);
  }
  return hash;
}

/** Whether text of `textOf` may stand in a line that people read as it is. */
export function isFitForLines(text: string): boolean {
  return !UNFIT.test(text);
}

/** Whether `bytes[start, end)` are letters of ASCII that can be seen: no blanks, no control characters. */
export function isVisibleAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! <= 32 || bytes[i]! > 126) return false;
  return true;
}

function escapedText(bytes: Buffer, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; ) {
    const letter = bytes.subarray(at, Math.min(end, at + lengthOf(bytes[at]!)));
    if (isUtf8(letter)) {
      text += letter.toString('utf8');
      at += letter.length;
    } else text += String.fromCharCode(ESCAPE + bytes[at++]!);
  }
  return text;
}

/** Where to end so that at most `most` bytes are left and UTF-8 is not cut inside a letter. */
export function endOfLetters(bytes: Uint8Array, most: number): number {
  if (bytes.length <= most) return bytes.length;
  let end = most;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return end;
}

/** Bytes of the letter that starts with `first`, if one does. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** Texts up to this many bytes have their bytes where those of the last one were. */
const SHORT_BYTES = 20;

/** Bytes of texts that are asked for one after the other, mostly short and of ASCII, as sids are; short ones allocate nothing. */
export class ShortTextBytes {
  private readonly short = new Uint8Array(SHORT_BYTES);
  private readonly prefixes = Array.from({ length: SHORT_BYTES + 1 }, (_, length) =>
    this.short.subarray(0, length),
  );
  private last = '';
  private lastBytes: Uint8Array = this.short.subarray(0, 0);

  /** The bytes of `text`, until those of another text are asked for. */
  of(text: string): Uint8Array {
    if (text !== this.last) {
      this.lastBytes = this.isShortAscii(text) ? this.prefixes[text.length]! : bytesOfText(text);
      this.last = text;
    }
    return this.lastBytes;
  }

  /** Whether it is short and of ASCII; then its bytes are in `short`. */
  private isShortAscii(text: string): boolean {
    if (text.length > SHORT_BYTES) return false;
    const { short } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      short[i] = code;
    }
    return true;
  }
}
