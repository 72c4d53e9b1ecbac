import {
  FLAGS,
  HASH,
  HEADER_SHIFT,
  HEADERS,
  OTHER,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  SAME,
  SPLICE,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
  TRACED,
} from './command.js';
import type { Reading } from './reading.js';

/** Rows the scratch has first; a 64 KiB read of the smallest publishes has about 5,000. */
const FIRST_ROWS = 128;

/**
 * Where decoders write the columns of the batch they are parsing. One scratch serves all connections of a broker, because
 * parsing is synchronous; `take` copies out exactly what was written. It is allocated with the first row.
 */
export class RowScratch {
  columns: Int32Array = new Int32Array(0);
  /** Next free cell, a multiple of STRIDE. */
  used = 0;
  /** Where the rows of this batch start; before that are those of earlier batches of the same read. */
  private base = 0;
  /** The read in which that is so. */
  private read = 0;
  private readonly reading: Reading;

  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** Starts a batch, without what a decoder that threw has left behind. */
  begin(): void {
    const { count } = this.reading;
    if (this.read !== count) {
      this.read = count;
      this.base = 0;
    }
    this.used = this.base;
  }

  /** Whether no row was written since the last batch. */
  get empty(): boolean {
    return this.used === this.base;
  }

  /** Doubles the scratch when the next row would not fit. Call before writing one in place. */
  reserve(): void {
    if (this.used + STRIDE <= this.columns.length) return;
    const larger = new Int32Array(Math.max(FIRST_ROWS * STRIDE, this.columns.length * 2));
    larger.set(this.columns);
    this.columns = larger;
  }

  /** Appends a publish; offsets are into the batch's bytes, `replyEnd` 0 means none. */
  publish(
    flags: number,
    subject: number,
    subjectEnd: number,
    reply: number,
    replyEnd: number,
    payload: number,
    payloadEnd: number,
    hash: number,
  ): void {
    this.reserve();
    const columns = this.columns;
    const at = this.used;
    columns[at + FLAGS] = flags;
    columns[at + SUBJECT] = subject;
    columns[at + SUBJECT_END] = subjectEnd;
    columns[at + REPLY] = reply;
    columns[at + REPLY_END] = replyEnd;
    columns[at + PAYLOAD] = payload;
    columns[at + PAYLOAD_END] = payloadEnd;
    columns[at + HASH] = hash;
    this.used = at + STRIDE;
  }

  /** Appends the publish whose bytes are those of the last row's, `distance` bytes on, but for its payload. */
  again(distance: number): void {
    this.reserve();
    const columns = this.columns;
    const at = this.used;
    const last = at - STRIDE;
    const replyEnd = columns[last + REPLY_END]!;
    columns[at + FLAGS] = columns[last + FLAGS]! | SAME;
    columns[at + SUBJECT] = columns[last + SUBJECT]! + distance;
    columns[at + SUBJECT_END] = columns[last + SUBJECT_END]! + distance;
    columns[at + REPLY] = replyEnd === 0 ? 0 : columns[last + REPLY]! + distance;
    columns[at + REPLY_END] = replyEnd === 0 ? 0 : replyEnd + distance;
    columns[at + PAYLOAD] = columns[last + PAYLOAD]! + distance;
    columns[at + PAYLOAD_END] = columns[last + PAYLOAD_END]! + distance;
    columns[at + HASH] = columns[last + HASH]!;
    this.used = at + STRIDE;
  }

  /** Whether the publish written last has headers. */
  get hasHeaders(): boolean {
    return (this.columns[this.used - STRIDE + FLAGS]! & HEADERS) !== 0;
  }

  /** Sets whether the header block of the publish written last may ask for a trace. */
  setTraced(isTraced: boolean): void {
    const at = this.used - STRIDE + FLAGS;
    this.columns[at] = isTraced ? this.columns[at]! | TRACED : this.columns[at]! & ~TRACED;
  }

  /** What {@link setTraced} has set. */
  get isTraced(): boolean {
    return (this.columns[this.used - STRIDE + FLAGS]! & TRACED) !== 0;
  }

  /** Size in bytes of the header block of the publish written last. */
  get headerBytes(): number {
    return this.columns[this.used - STRIDE + FLAGS]! >>> HEADER_SHIFT;
  }

  /** Whether the row written last is a publish whose line is canonical. */
  get isCanonical(): boolean {
    return (this.columns[this.used - STRIDE + FLAGS]! & SPLICE) !== 0;
  }

  /** Whether the row written last is a publish without headers. */
  get isPlainPublish(): boolean {
    return (this.columns[this.used - STRIDE + FLAGS]! & (OTHER | HEADERS)) === 0;
  }

  /** Where the payload of the row written last starts. */
  get payload(): number {
    return this.columns[this.used - STRIDE + PAYLOAD]!;
  }

  /** Appends a row that stands for entry `index` of the batch's other commands. */
  other(index: number): void {
    this.reserve();
    this.columns[this.used + FLAGS] = OTHER;
    this.columns[this.used + SUBJECT] = index;
    this.used += STRIDE;
  }

  /** The rows written since the last batch, which are of `bytes`: an array of their own, unless the bytes are on loan, too. */
  take(bytes: Uint8Array): Int32Array {
    const { base, used, columns } = this;
    if (this.reading.holds(bytes)) {
      this.base = used;
      return columns.subarray(base, used);
    }
    this.used = base;
    return columns.slice(base, used);
  }

  /** Forgets the rows written since the last batch. */
  drop(): void {
    this.used = this.base;
  }
}
