import {
  type CommandBatch,
  FLAGS,
  HEADER_SHIFT,
  HEADERS,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  runBytes,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../../frame/command.js';
import { copyBytes, copyWords, WORDS_BYTES } from '../../frame/copy.js';
import type { Slab } from '../../frame/slab.js';

/** `HMSG `, blanks, two sizes of at most eight digits, line ends: what a frame can add to its message. */
const FRAME_BYTES = 5 + 4 + 2 * 8 + 4;

/** `MSG ` as a little-endian word. */
const MSG_SPACE = 0x2047534d;

/** Upper bound of what `renderRun` writes for rows `[from, to)`, pieces not counted. */
export function renderBound(batch: CommandBatch, from: number, to: number, sidBytes: number): number {
  return runBytes(batch, from, to) + (to - from) * (FRAME_BYTES + sidBytes);
}

/**
 * Writes rows `[from, to)` as MSG and HMSG frames for subscription `sid` to the slab's block, from `at` on; returns where
 * it stopped.
 *
 *   PUB  subject [reply] size␍␊payload␍␊          the publisher's own bytes, where its line is canonical, with
 *   MSG  subject sid [reply] size␍␊payload␍␊      the verb changed and the sid spliced in
 *
 * Of a batch with pieces it writes the control line only. Without `withHeaders` header blocks are left out.
 */
export function renderRun(
  batch: CommandBatch,
  from: number,
  to: number,
  sid: Uint8Array,
  withHeaders: boolean,
  slab: Slab,
  at: number,
): number {
  const { bytes, columns } = batch;
  const { arena, buffer: out, view: target } = slab;
  const trailer = batch.pieces === undefined ? 2 : 0;
  const source = batch.view;
  const whole = source === target && source === arena.view ? arena.bytes : undefined;
  const sourceStart = bytes.byteOffset;
  const targetStart = out.byteOffset;
  at += targetStart;
  for (let row = from * STRIDE; row < to * STRIDE; row += STRIDE) {
    const flags = columns[row + FLAGS]!;
    const hasHeaders = (flags & HEADERS) !== 0;
    if ((flags & SPLICE) === 0 || (hasHeaders && !withHeaders)) {
      at = targetStart + formatRow(batch, row, sid, withHeaders, slab, at - targetStart);
      continue;
    }
    if (hasHeaders) target.setUint8(at++, 72);
    target.setInt32(at, MSG_SPACE, true);
    at += 4;
    const subject = columns[row + SUBJECT]!;
    const subjectBytes = columns[row + SUBJECT_END]! - subject;
    if (subjectBytes > WORDS_BYTES)
      copyBytes(bytes, source, subject, subject + subjectBytes, out, target, at - targetStart);
    else copyWords(source, sourceStart + subject, subjectBytes, target, at);
    at += subjectBytes;
    target.setUint8(at++, 32);
    for (let i = 0; i < sid.length; i++) target.setUint8(at++, sid[i]!);
    const rest = subject + subjectBytes;
    const restBytes = columns[row + PAYLOAD_END]! + trailer - rest;
    if (restBytes <= WORDS_BYTES) copyWords(source, sourceStart + rest, restBytes, target, at);
    else if (whole === undefined)
      copyBytes(bytes, source, rest, rest + restBytes, out, target, at - targetStart);
    else whole.copyWithin(at, sourceStart + rest, sourceStart + rest + restBytes);
    at += restBytes;
  }
  return at - targetStart;
}

/** Renders any row from its parts, where it cannot be spliced. */
function formatRow(
  batch: CommandBatch,
  row: number,
  sid: Uint8Array,
  withHeaders: boolean,
  slab: Slab,
  at: number,
): number {
  const { bytes, columns, view: source } = batch;
  const { buffer: out, view: target } = slab;
  const headerBytes = columns[row + FLAGS]! >>> HEADER_SHIFT;
  const keepHeaders = withHeaders && headerBytes > 0;
  at += out.write(keepHeaders ? 'HMSG ' : 'MSG ', at, 'latin1');
  at = copyBytes(bytes, source, columns[row + SUBJECT]!, columns[row + SUBJECT_END]!, out, target, at);
  out[at++] = 32;
  for (let i = 0; i < sid.length; i++) out[at++] = sid[i]!;
  out[at++] = 32;
  const replyEnd = columns[row + REPLY_END]!;
  if (replyEnd !== 0) {
    at = copyBytes(bytes, source, columns[row + REPLY]!, replyEnd, out, target, at);
    out[at++] = 32;
  }
  const payload = columns[row + PAYLOAD]!;
  const payloadEnd = columns[row + PAYLOAD_END]!;
  const total = payloadEnd - payload + batch.piecesBytes;
  const left = keepHeaders ? total : total - headerBytes;
  const sizes = keepHeaders ? [headerBytes, left] : [left];
  // Sizes go on as the publisher wrote them, zeros and all, unless they are others than its own.
  at += out.write(`${left === total ? asWritten(bytes, payload, sizes) : left}\r\n`, at, 'latin1');
  if (batch.pieces !== undefined) return at;
  at = copyBytes(bytes, source, keepHeaders ? payload : payload + headerBytes, payloadEnd, out, target, at);
  out[at++] = 13;
  out[at++] = 10;
  return at;
}

/** The sizes that stand right before `payload`, with their zeros; or plainly, where no control line stands there. */
function asWritten(bytes: Buffer, payload: number, sizes: readonly number[]): string {
  let text = '';
  let at = payload - 1;
  if (bytes[at--] !== 10) return sizes.join(' ');
  if (bytes[at] === 13) at--;
  for (let i = sizes.length - 1; i >= 0; i--) {
    while (bytes[at] === 32 || bytes[at] === 9) at--;
    const end = at;
    while (bytes[at]! >= 48 && bytes[at]! <= 57) at--;
    const digits = bytes.toString('latin1', at + 1, end + 1);
    if (digits === '' || Number(digits) !== sizes[i]) return sizes.join(' ');
    text = text === '' ? digits : `${digits} ${text}`;
  }
  return text;
}

/** Returns the pieces of a message as they go out: without the header block for clients that take no headers. */
export function piecesOf(batch: CommandBatch, withHeaders: boolean): readonly Buffer[] {
  const pieces = batch.pieces!;
  let skip = withHeaders ? 0 : batch.headerBytes(0);
  if (skip === 0) return pieces;
  const rest: Buffer[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return rest;
}
