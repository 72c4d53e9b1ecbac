import { verbAt } from './verbs.js';

/**
 * What is kept of the unfinished line `bytes[at…)`: of the blanks before its arguments, which no limit counts, two
 * (one would make the line canonical), and nothing that is ignored anyway. So the limit of the arguments bounds it.
 */
export function unfinishedLine(bytes: Buffer, at: number): Buffer {
  const end = bytes.length;
  const verb = verbAt(bytes, at, end);
  if (verb === undefined || verb === 'incomplete') return Buffer.from(bytes.subarray(at));
  const verbEnd = at + verb.name.length;
  if (verb.tail === 'nothing') return Buffer.from(bytes.subarray(at, verbEnd));
  let start = verbEnd;
  while (start < end && (bytes[start] === 32 || bytes[start] === 9)) start++;
  const blankEnd = Math.min(start, verbEnd + 2);
  return Buffer.concat([bytes.subarray(at, blankEnd), bytes.subarray(start)]);
}

/** Whether the reply subject at `bytes[start…)` could be one of the servers' own, `_R_.`, `_GR_.`, `$JS.ACK.`. */
export function mayBeReserved(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start];
  if (first === 95) return bytes[start + 1] === 82 || bytes[start + 1] === 71;
  return first === 36;
}

/**
 * Where the arguments `bytes[start…)` of a line end whose LF is at `newline`: before its CR, or before the last byte
 * if there is a CR anywhere, which is how nats-server drops the CR. Of a line whose LF has not come `newline` is the end of
 * what has: then at least so far.
 */
export function argumentsEnd(bytes: Buffer, start: number, newline: number): number {
  if (newline <= start + 1) return newline;
  if (bytes[newline - 1] === 13) return newline - 1;
  return bytes.subarray(start + 1, newline).includes(13) ? newline - 1 : newline;
}

/** Whether a publish line has exactly one blank, a space, before every word, and CRLF right after the last. */
export function isCanonical(
  bytes: Uint8Array,
  start: number,
  lineEnd: number,
  found: readonly number[],
): boolean {
  let expected = start + 1;
  for (let i = 0; i < found.length; i += 2) {
    if (found[i] !== expected || bytes[expected - 1] !== 32) return false;
    expected = found[i + 1]! + 1;
  }
  return expected - 1 === lineEnd - 2 && bytes[lineEnd - 2] === 13;
}
