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

/** `LMSG `, blanks, a sign, two sizes of at most eight digits, line ends: what a frame can add to its message. */
const FRAME_BYTES = 5 + 6 + 2 * 8 + 4;
/** `LMSG` and `HMSG` as little-endian words. */
const LMSG = 0x47534d4c;
const HMSG = 0x47534d48;
/** The signs before queue groups: without, and with a reply subject. */
const PIPE = 124;
const PLUS = 43;
const BLANK = 32;

/** Upper bound in bytes of what `renderLinkRun` writes for rows `[from, to)`, pieces not counted. */
export function linkRunBound(batch: CommandBatch, from: number, to: number, queueBytes: number): number {
  return runBytes(batch, from, to) + (to - from) * (FRAME_BYTES + queueBytes);
}

/**
 * Writes rows `[from, to)` as LMSG and HMSG frames to the slab's block, from `at` on; returns where it stopped.
 *
 *   PUB  subject [reply] size␍␊payload␍␊    the publisher's own bytes, where its line is canonical, with
 *   LMSG subject [reply] size␍␊payload␍␊    the verb changed
 *
 * Of a batch with pieces it writes the control line only.
 * @param queues the queue groups that it goes to, separated by blanks; empty: to none
 */
export function renderLinkRun(
  batch: CommandBatch,
  from: number,
  to: number,
  queues: Uint8Array,
  slab: Slab,
  at: number,
): number {
  const { bytes, columns, view: source } = batch;
  const { arena, buffer: out, view: target } = slab;
  const whole = source === target && source === arena.view ? arena.bytes : undefined;
  const sourceStart = bytes.byteOffset;
  const targetStart = out.byteOffset;
  const trailer = batch.pieces === undefined ? 2 : 0;
  const splices = queues.length === 0;
  let end = at + targetStart;
  for (let row = from * STRIDE; row < to * STRIDE; row += STRIDE) {
    const flags = columns[row + FLAGS]!;
    if ((flags & SPLICE) === 0) {
      end = targetStart + formatRow(batch, row, queues, slab, end - targetStart);
      continue;
    }
    if (!splices) {
      end = targetStart + spliceQueues(batch, row, queues, slab, end - targetStart);
      continue;
    }
    target.setInt32(end, (flags & HEADERS) !== 0 ? HMSG : LMSG, true);
    target.setUint8(end + 4, BLANK);
    end += 5;
    const start = columns[row + SUBJECT]!;
    const length = columns[row + PAYLOAD_END]! + trailer - start;
    if (length <= WORDS_BYTES) copyWords(source, sourceStart + start, length, target, end);
    else if (whole === undefined)
      copyBytes(bytes, source, start, start + length, out, target, end - targetStart);
    else whole.copyWithin(end, sourceStart + start, sourceStart + start + length);
    end += length;
  }
  return end - targetStart;
}

/**
 * Writes the queue groups into the publisher's own bytes:
 *
 *   PUB  subject [reply] size␍␊payload␍␊
 *   LMSG subject | queues size␍␊payload␍␊     or     LMSG subject + reply queues size␍␊payload␍␊
 */
function spliceQueues(
  batch: CommandBatch,
  row: number,
  queues: Uint8Array,
  { buffer: out, view: target }: Slab,
  at: number,
): number {
  const { bytes, columns, view: source } = batch;
  const trailer = batch.pieces === undefined ? 2 : 0;
  target.setInt32(out.byteOffset + at, (columns[row + FLAGS]! & HEADERS) !== 0 ? HMSG : LMSG, true);
  out[at + 4] = BLANK;
  const subjectEnd = columns[row + SUBJECT_END]!;
  const replyEnd = columns[row + REPLY_END]!;
  let end = copyBytes(bytes, source, columns[row + SUBJECT]!, subjectEnd, out, target, at + 5);
  out[end++] = BLANK;
  out[end++] = replyEnd === 0 ? PIPE : PLUS;
  if (replyEnd !== 0) end = copyBytes(bytes, source, subjectEnd, replyEnd, out, target, end);
  out[end++] = BLANK;
  for (let i = 0; i < queues.length; i++) out[end++] = queues[i]!;
  const rest = replyEnd === 0 ? subjectEnd : replyEnd;
  return copyBytes(bytes, source, rest, columns[row + PAYLOAD_END]! + trailer, out, target, end);
}

/** Renders any row from its parts, where it cannot be spliced. */
function formatRow(
  batch: CommandBatch,
  row: number,
  queues: Uint8Array,
  { buffer: out, view: target }: Slab,
  at: number,
): number {
  const { bytes, columns, view: source } = batch;
  const headerBytes = columns[row + FLAGS]! >>> HEADER_SHIFT;
  let end = at + out.write(headerBytes > 0 ? 'HMSG ' : 'LMSG ', at, 'latin1');
  end = copyBytes(bytes, source, columns[row + SUBJECT]!, columns[row + SUBJECT_END]!, out, target, end);
  out[end++] = 32;
  const replyEnd = columns[row + REPLY_END]!;
  if (queues.length > 0) {
    out[end++] = replyEnd === 0 ? PIPE : PLUS;
    out[end++] = 32;
  }
  if (replyEnd !== 0) {
    end = copyBytes(bytes, source, columns[row + REPLY]!, replyEnd, out, target, end);
    out[end++] = 32;
  }
  if (queues.length > 0) {
    out.set(queues, end);
    end += queues.length;
    out[end++] = 32;
  }
  const payload = columns[row + PAYLOAD]!;
  const payloadEnd = columns[row + PAYLOAD_END]!;
  const total = payloadEnd - payload + batch.piecesBytes;
  end += out.write(headerBytes > 0 ? `${headerBytes} ${total}\r\n` : `${total}\r\n`, end, 'latin1');
  if (batch.pieces !== undefined) return end;
  end = copyBytes(bytes, source, payload, payloadEnd, out, target, end);
  out[end++] = 13;
  out[end++] = 10;
  return end;
}
