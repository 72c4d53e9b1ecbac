import {
  type CommandBatch,
  FLAGS,
  HASH,
  OTHER,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SAME,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from './command.js';
import { hashBytes } from './hash.js';

/** Bytes after a payload that belong to its frame. */
const TRAILER_BYTES = 2;

/**
 * Puts other subjects into the publishes of a batch from row `from` on; everything else of them stays. They lie one after
 * the other in new memory, in their order, since what renders a run goes by the offsets of its first and its last row.
 *
 *   before  foo 5␍␊hello␍␊            after  orders.foo 5␍␊hello␍␊
 *
 * @param columns rows to start from: those of the batch, or what they were before they were renamed
 * @param names one for each row from `from` on: its new subject, one byte in each character; undefined: as it is
 * @param keepsBytes whether the bytes there are stay where they are, for rows before `from`, or to rename the rows again
 */
export function renameRows(
  batch: CommandBatch,
  columns: Int32Array,
  from: number,
  names: readonly (string | undefined)[],
  keepsBytes: boolean,
): void {
  const { bytes } = batch;
  const renamed = batch.columns.slice();
  const parts: Buffer[] = keepsBytes ? [bytes] : [];
  let length = keepsBytes ? bytes.length : 0;
  for (let row = from; row < batch.length; row++) {
    const at = row * STRIDE;
    const flags = columns[at + FLAGS]!;
    if ((flags & OTHER) !== 0) continue;
    const name = names[row - from];
    const subject = columns[at + SUBJECT]!;
    const subjectEnd = columns[at + SUBJECT_END]!;
    const end = Math.min(columns[at + PAYLOAD_END]! + TRAILER_BYTES, bytes.length);
    const head = name === undefined ? bytes.subarray(subject, subjectEnd) : Buffer.from(name, 'latin1');
    parts.push(head, bytes.subarray(subjectEnd, end));
    const shift = length + head.length - subjectEnd;
    const replyEnd = columns[at + REPLY_END]!;
    const isSame = row > from && name === names[row - from - 1];
    renamed[at + FLAGS] = isSame ? flags : flags & ~SAME;
    renamed[at + SUBJECT] = length;
    renamed[at + SUBJECT_END] = length + head.length;
    renamed[at + REPLY] = replyEnd === 0 ? 0 : columns[at + REPLY]! + shift;
    renamed[at + REPLY_END] = replyEnd === 0 ? 0 : replyEnd + shift;
    renamed[at + PAYLOAD] = columns[at + PAYLOAD]! + shift;
    renamed[at + PAYLOAD_END] = columns[at + PAYLOAD_END]! + shift;
    renamed[at + HASH] = name === undefined ? columns[at + HASH]! : hashBytes(head, 0, head.length);
    length += head.length + end - subjectEnd;
  }
  batch.replace(Buffer.concat(parts, length), renamed);
}
