import {
  CommandBatch,
  FLAGS,
  HASH,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from './command.js';
import { hashBytes } from './hash.js';
import { bytesOfText } from './text.js';

/**
 * Row `row` of a batch as a batch of its own, under another subject and reply subject; headers and payload as they are.
 * @param reply undefined: none
 */
export function remapped(
  batch: CommandBatch,
  row: number,
  subject: string,
  reply: string | undefined,
): CommandBatch<never> {
  const { columns } = batch;
  const at = row * STRIDE;
  const subjectBytes = bytesOfText(subject);
  const subjectEnd = subjectBytes.length;
  const head = reply === undefined ? subjectBytes : Buffer.concat([subjectBytes, bytesOfText(reply)]);
  const start = columns[at + PAYLOAD]!;
  const end = columns[at + PAYLOAD_END]!;
  const bytes = end === start ? head : Buffer.concat([head, batch.bytes.subarray(start, end)]);
  const row0 = new Int32Array(STRIDE);
  row0[FLAGS] = columns[at + FLAGS]! & ~SPLICE;
  row0[SUBJECT] = 0;
  row0[SUBJECT_END] = subjectEnd;
  row0[REPLY] = reply === undefined ? 0 : subjectEnd;
  row0[REPLY_END] = reply === undefined ? 0 : head.length;
  row0[PAYLOAD] = head.length;
  row0[PAYLOAD_END] = bytes.length;
  row0[HASH] = hashBytes(bytes, 0, subjectEnd);
  return new CommandBatch<never>(bytes, row0, [], batch.pieces);
}
