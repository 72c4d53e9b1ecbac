import type { Steps } from '../../../domain/steps.js';
import { BLOCK_HEADER_BYTES } from './block-header.js';
import { DURABLE, kindAt, RECORD_BYTES, recordEnd, sequenceAt } from './record.js';

/** Records read between two steps. */
const STEP_RECORDS = 1_024;
/** Bytes searched between two steps. */
const STEP_BYTES = 16_384;

/** What is in the file of a block. */
export interface Scan {
  /** Offsets of its records, all of which are right. */
  readonly records: readonly number[];
  /** From where to where there is no right record: `[start, end, start, end, …]`. */
  readonly gaps: readonly number[];
  /** All below this offset was durable, by what a later record says. */
  readonly durable: number;
}

/** Finds all records of a block. Where one is damaged, the search goes on at the next that is right. */
export function* scanBlock(bytes: Buffer, size: number, salt: number): Steps<Scan> {
  const records: number[] = [];
  const gaps: number[] = [];
  let durable = 0;
  for (let at = BLOCK_HEADER_BYTES; at < size; ) {
    const end = recordEnd(bytes, at, size, salt);
    if (end === 0) {
      const next = yield* nextRecord(bytes, at, size, salt);
      gaps.push(at, next);
      at = next;
      continue;
    }
    if (kindAt(bytes, at) === DURABLE) durable = Math.max(durable, sequenceAt(bytes, at));
    records.push(at);
    if (records.length % STEP_RECORDS === 0) yield;
    at = end;
  }
  return { records, gaps, durable };
}

/** Where the first right record after `at` begins; `size`: there is none. */
function* nextRecord(bytes: Buffer, at: number, size: number, salt: number): Steps<number> {
  // Most often the length is right.
  const declared = at + RECORD_BYTES <= size ? at + bytes.readUInt32LE(at) : size;
  if (declared > at && recordEnd(bytes, declared, size, salt) > 0) return declared;
  for (let next = at + 1; next + RECORD_BYTES <= size; next++) {
    if (recordEnd(bytes, next, size, salt) > 0) return next;
    if (next % STEP_BYTES === 0) yield;
  }
  return size;
}
