import type { Sub, Unsub } from './commands.js';

/*
 * `SUB subject sid␍␊` and `UNSUB sid␍␊`, in ASCII, with single blanks, as clients write them: where there are a million
 * subscriptions it matters what each allocates. All other lines go the parser's general way.
 */

/** Sids below are strings that all connections share: most clients count theirs from 1. */
const SHARED_SIDS = 16_384;
const sids: (string | undefined)[] = [];

/**
 * The plain SUB line that begins at `at`; undefined where there is none, or it is not all there. Its bytes are as many
 * as `lengthOf` says.
 * @param maxBytes longest arguments
 */
export function plainSub(bytes: Buffer, at: number, maxBytes: number): Sub | undefined {
  if ((bytes[at]! | 32) !== 115 || (bytes[at + 1]! | 32) !== 117 || (bytes[at + 2]! | 32) !== 98)
    return undefined;
  if (bytes[at + 3] !== 32) return undefined;
  const subject = at + 4;
  const subjectEnd = wordEnd(bytes, subject);
  if (subjectEnd === subject || bytes[subjectEnd] !== 32) return undefined;
  const sid = subjectEnd + 1;
  const sidEnd = wordEnd(bytes, sid);
  if (!endsLine(bytes, sid, sidEnd) || sidEnd - subject > maxBytes) return undefined;
  return {
    op: 'SUB',
    subject: bytes.toString('latin1', subject, subjectEnd),
    sid: sidAt(bytes, sid, sidEnd),
  };
}

/** The same for UNSUB. */
export function plainUnsub(bytes: Buffer, at: number, maxBytes: number): Unsub | undefined {
  if ((bytes[at]! | 32) !== 117 || (bytes[at + 1]! | 32) !== 110 || (bytes[at + 2]! | 32) !== 115)
    return undefined;
  if ((bytes[at + 3]! | 32) !== 117 || (bytes[at + 4]! | 32) !== 98 || bytes[at + 5] !== 32) return undefined;
  const sid = at + 6;
  const sidEnd = wordEnd(bytes, sid);
  if (!endsLine(bytes, sid, sidEnd) || sidEnd - sid > maxBytes) return undefined;
  return { op: 'UNSUB', sid: sidAt(bytes, sid, sidEnd) };
}

/** Bytes of the plain line that a command was read from. */
export function lengthOf(line: Sub | Unsub): number {
  const words = line.op === 'SUB' ? line.subject.length + 1 + line.sid.length : line.sid.length;
  return line.op.length + 1 + words + 2;
}

function wordEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end]! > 32 && bytes[end]! < 127) end++;
  return end;
}

function endsLine(bytes: Uint8Array, word: number, at: number): boolean {
  return at > word && at + 1 < bytes.length && bytes[at] === 13 && bytes[at + 1] === 10;
}

function sidAt(bytes: Buffer, start: number, end: number): string {
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9 || (number === 0 && i > start)) return bytes.toString('latin1', start, end);
    number = number * 10 + digit;
    if (number >= SHARED_SIDS) return bytes.toString('latin1', start, end);
  }
  while (sids.length <= number) sids.push(undefined);
  const shared = sids[number] ?? String(number);
  sids[number] = shared;
  return shared;
}
