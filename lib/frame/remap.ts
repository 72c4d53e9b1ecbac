import {
  CommandBatch,
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
  TRACED,
} from './command.js';
import { hashBytes } from './hash.js';
import { bytesOfText } from './text.js';

/**
 * Row `row` of a batch as a batch of its own, under another subject and reply subject; the payload as it is.
 * @param reply undefined: none
 * @param headers the header block in the place of its own; undefined: as it is
 */
export function remapped(
  batch: CommandBatch,
  row: number,
  subject: string,
  reply: string | undefined,
  headers?: Buffer,
): CommandBatch<never> {
  const { columns } = batch;
  const at = row * STRIDE;
  const subjectBytes = bytesOfText(subject);
  const subjectEnd = subjectBytes.length;
  const head = reply === undefined ? subjectBytes : Buffer.concat([subjectBytes, bytesOfText(reply)]);
  const body = headers === undefined ? payloadOf(batch, row) : withHeaders(batch, row, headers);
  const bytes = batch.pieces === undefined ? Buffer.concat([head, ...body]) : head;
  const row0 = new Int32Array(STRIDE);
  row0[FLAGS] =
    headers === undefined
      ? columns[at + FLAGS]! & ~(SPLICE | TRACED)
      : (headers.length << HEADER_SHIFT) | HEADERS;
  row0[SUBJECT] = 0;
  row0[SUBJECT_END] = subjectEnd;
  row0[REPLY] = reply === undefined ? 0 : subjectEnd;
  row0[REPLY_END] = reply === undefined ? 0 : head.length;
  row0[PAYLOAD] = head.length;
  row0[PAYLOAD_END] = bytes.length;
  row0[HASH] = hashBytes(bytes, 0, subjectEnd);
  return new CommandBatch<never>(bytes, row0, [], batch.pieces === undefined ? undefined : body);
}

/** Header block and payload of a row, in one piece or more. */
function payloadOf({ bytes, columns, pieces }: CommandBatch, row: number): readonly Buffer[] {
  const at = row * STRIDE;
  return pieces ?? [bytes.subarray(columns[at + PAYLOAD]!, columns[at + PAYLOAD_END]!)];
}

function withHeaders(batch: CommandBatch, row: number, headers: Buffer): readonly Buffer[] {
  const body = [headers];
  let skip = batch.headerBytes(row);
  for (const piece of payloadOf(batch, row)) {
    if (skip < piece.length) body.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return body;
}
