/**
 * The messages of the load: numbered and checksummed, in ASCII, so that every dialect carries them as they are.
 *
 *   #17.4711.0f3a99c2 filler…        stream, number in the stream from 1, CRC-32 of the filler begun with the two
 */
import { crc32 } from 'node:zlib';

/** What a payload says of itself. */
export interface Numbered {
  readonly stream: number;
  readonly seq: number;
}

const HASH = 0x23;
const DOT = 0x2e;
const BLANK = 0x20;
const SUM_DIGITS = 8;
/** Bytes that a message has at least. */
export const SMALLEST_BYTES = 32;

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ ';
const FILLER_BYTES = 2 * 1024 * 1024;
let filler: Buffer | undefined;

function fillerText(): Buffer {
  filler ??= Buffer.from(
    Uint8Array.from({ length: FILLER_BYTES }, (_, i) => LETTERS.charCodeAt((i * i * 31 + i * 7) % 65)),
  );
  return filler;
}

function sumOf(stream: number, seq: number, bytes: Buffer): number {
  return crc32(bytes, (Math.imul(stream, 0x9e3779b1) ^ seq) >>> 0);
}

/** The payload of message `seq` of a stream, `size` bytes long, at least {@link SMALLEST_BYTES}; at most 1 MiB. */
export function payloadOf(stream: number, seq: number, size: number): Buffer {
  const start = `#${stream}.${seq}.`;
  const length = Math.max(size, SMALLEST_BYTES) - start.length - SUM_DIGITS - 1;
  const from = (stream * 7919 + seq * 104_729) % (FILLER_BYTES / 2);
  const text = fillerText().subarray(from, from + length);
  const sum = sumOf(stream, seq, text).toString(16).padStart(SUM_DIGITS, '0');
  return Buffer.concat([Buffer.from(`${start}${sum} `), text]);
}

/** What `bytes[start, end)` says of itself; undefined where it is not, byte for byte, what some publisher sent. */
export function numbered(bytes: Buffer, start: number, end: number): Numbered | undefined {
  if (bytes[start] !== HASH) return undefined;
  let at = start + 1;
  let stream = 0;
  for (; at < end && bytes[at] !== DOT; at++) stream = stream * 10 + bytes[at]! - 48;
  let seq = 0;
  for (at++; at < end && bytes[at] !== DOT; at++) seq = seq * 10 + bytes[at]! - 48;
  const sumEnd = at + 1 + SUM_DIGITS;
  if (sumEnd >= end || bytes[sumEnd] !== BLANK) return undefined;
  const sum = Number.parseInt(bytes.toString('latin1', at + 1, sumEnd), 16);
  return sum === sumOf(stream, seq, bytes.subarray(sumEnd + 1, end)) ? { stream, seq } : undefined;
}
