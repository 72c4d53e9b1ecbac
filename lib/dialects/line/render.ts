import { isUtf8 } from 'node:buffer';
import {
  type CommandBatch,
  PAYLOAD,
  PAYLOAD_END,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../../frame/command.js';
import { escapeLine } from './escape-line.js';

const UPDATE = Buffer.from('UPDATE ');
const OK_PUB = Buffer.from('OK PUB ');

/** Upper bound of what rows `[from, to)` become: every byte escaped or replaced, in the worst case. */
export function renderBound(batch: CommandBatch, from: number, to: number): number {
  const { columns } = batch;
  const first = columns[from * STRIDE + SUBJECT]!;
  const last = columns[(to - 1) * STRIDE + PAYLOAD_END]!;
  return 3 * (last - first + batch.piecesBytes) + (to - from) * (UPDATE.length + 3);
}

/** Writes rows `[from, to)` as `UPDATE topic text` lines; returns where it stopped. */
export function renderUpdates(
  batch: CommandBatch,
  from: number,
  to: number,
  lineEnd: Uint8Array,
  out: Buffer,
  at: number,
): number {
  const { bytes, columns } = batch;
  for (let row = from; row < to; row++) {
    const cell = row * STRIDE;
    at = copy(UPDATE, 0, UPDATE.length, out, at);
    at = copy(bytes, columns[cell + SUBJECT]!, columns[cell + SUBJECT_END]!, out, at);
    out[at++] = 32;
    const start = at;
    let suspect = 0;
    if (batch.pieces === undefined) {
      const end = columns[cell + PAYLOAD_END]!;
      for (let i = columns[cell + PAYLOAD]! + batch.headerBytes(row); i < end; i++) {
        const byte = bytes[i]!;
        // 1: a byte that ends lines for someone; 2: not ASCII, so perhaps not UTF-8
        if (byte === 10 || byte === 13) suspect |= 1;
        suspect |= (byte & 0x80) >> 6;
        out[at++] = byte;
      }
    }
    if (
      batch.pieces !== undefined ||
      (suspect & 1) !== 0 ||
      (suspect !== 0 && !isUtf8(out.subarray(start, at)))
    ) {
      at = start + out.write(escapeLine(batch.payload(row)), start);
    }
    at = copy(lineEnd, 0, lineEnd.length, out, at);
  }
  return at;
}

/** The same as `renderUpdates`, slower, for rows whose topics may be no UTF-8: a 255 is a command to telnet. */
export function renderEscaped(
  batch: CommandBatch,
  from: number,
  to: number,
  lineEnd: Uint8Array,
  out: Buffer,
  at: number,
): number {
  for (let row = from; row < to; row++) {
    at += out.write(`UPDATE ${escapeLine(batch.subject(row))} ${escapeLine(batch.payload(row))}`, at);
    at = copy(lineEnd, 0, lineEnd.length, out, at);
  }
  return at;
}

/** Writes an `OK PUB topic` line for each of rows `[from, to)`; returns where it stopped. */
export function renderReceipts(
  batch: CommandBatch,
  from: number,
  to: number,
  lineEnd: Uint8Array,
  out: Buffer,
  at: number,
): number {
  const { bytes, columns } = batch;
  for (let cell = from * STRIDE; cell < to * STRIDE; cell += STRIDE) {
    at = copy(OK_PUB, 0, OK_PUB.length, out, at);
    at = copy(bytes, columns[cell + SUBJECT]!, columns[cell + SUBJECT_END]!, out, at);
    at = copy(lineEnd, 0, lineEnd.length, out, at);
  }
  return at;
}

function copy(from: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  for (let i = start; i < end; i++) out[at++] = from[i]!;
  return at;
}
