import type { Instant } from '../instant.js';
import type { IndexedBlock } from './message-index.js';
import type { StoredMessage } from './store.js';

/*
 * A record: what is known of a message, then its header block and payload.
 *
 *   0        4             8            16    20       24
 *   subject  header bytes  ms (double)  ns    length   body …
 */
const HEADER_BYTES = 4;
const MS = 8;
const NS = 16;
const LENGTH = 20;
const RECORD_BYTES = 24;
const FIRST_SLOTS = 16;

/** Bytes that a record takes beside its body. */
export const RECORD_OVERHEAD = RECORD_BYTES;

/** Messages with sequences that follow each other: their records one after the other, and where each is. */
export class MemoryBlock implements IndexedBlock {
  /** Sequence of its first slot. */
  readonly first: number;
  /** Slots in use: one for each sequence, with a message or without. */
  length = 0;
  /** Messages. */
  live = 0;
  /** Bytes of records that were removed. */
  dead = 0;
  /** When its last record was stored. */
  lastAt: Instant | undefined = undefined;
  private bytes: Buffer;
  private view: DataView;
  private used = 0;
  /** Offset of each record, plus one; 0: there is none. */
  private slots = new Uint32Array(FIRST_SLOTS);
  private readonly subjectById: (id: number) => string;

  /** @param subjectById the subject that an id in a record stands for */
  constructor(first: number, capacity: number, subjectById: (id: number) => string) {
    this.first = first;
    this.subjectById = subjectById;
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The sequence after its last one. */
  get end(): number {
    return this.first + this.length;
  }

  /** Whether a record with a body of so many bytes fits. */
  hasRoom(bodyBytes: number): boolean {
    return this.used + RECORD_BYTES + bodyBytes <= this.bytes.length;
  }

  /** Whether more than half of it is of no use. */
  get isWasteful(): boolean {
    return this.dead * 2 > this.used;
  }

  /** @param subject its id */
  append(sequence: number, subject: number, body: Buffer, headerBytes: number, at: Instant): void {
    const { used, view } = this;
    const slot = sequence - this.first;
    if (slot >= this.slots.length) this.growTo(Math.max(slot + 1, this.slots.length * 2));
    view.setUint32(used, subject, true);
    view.setUint32(used + HEADER_BYTES, headerBytes, true);
    view.setFloat64(used + MS, at.ms, true);
    view.setUint32(used + NS, at.ns, true);
    view.setUint32(used + LENGTH, body.length, true);
    body.copy(this.bytes, used + RECORD_BYTES);
    this.slots[slot] = used + 1;
    this.used = used + RECORD_BYTES + body.length;
    this.length = slot + 1;
    this.live++;
    this.lastAt = at;
  }

  /** No record is added any more: what was kept free for that is released. */
  seal(): void {
    if (this.slots.length > this.length) this.slots = this.slots.slice(0, this.length);
    if (this.used < this.bytes.length / 2) this.compact();
  }

  /** Whether it has a message under that sequence. */
  has(sequence: number): boolean {
    return (this.slots[sequence - this.first] ?? 0) > 0;
  }

  /** The first sequence from `from` on with a message; 0: none. */
  next(from: number): number {
    const { slots, length, first } = this;
    for (let slot = Math.max(0, from - first); slot < length; slot++)
      if ((slots[slot] ?? 0) > 0) return first + slot;
    return 0;
  }

  /** How many messages from `from` to `to`, both included. */
  count(from: number, to: number): number {
    if (from <= this.first && to >= this.end - 1) return this.live;
    let count = 0;
    const last = Math.min(to - this.first, this.length - 1);
    for (let slot = Math.max(0, from - this.first); slot <= last; slot++)
      if ((this.slots[slot] ?? 0) > 0) count++;
    return count;
  }

  subjectOf(sequence: number): string {
    return this.subjectById(this.view.getUint32(this.at(sequence), true));
  }

  instantOf(sequence: number): Instant {
    const at = this.at(sequence);
    return { ms: this.view.getFloat64(at + MS, true), ns: this.view.getUint32(at + NS, true) };
  }

  /** Size in bytes of header block and payload. */
  bodyBytesOf(sequence: number): number {
    return this.view.getUint32(this.at(sequence) + LENGTH, true);
  }

  /** Size in bytes of the header block. */
  headerBytesOf(sequence: number): number {
    return this.view.getUint32(this.at(sequence) + HEADER_BYTES, true);
  }

  /** A message that it has. Its body is a view, whose bytes stay what they are, even when the block is written anew. */
  read(sequence: number): StoredMessage {
    const at = this.at(sequence);
    const start = at + RECORD_BYTES;
    return {
      sequence,
      at: this.instantOf(sequence),
      subject: this.subjectOf(sequence),
      body: this.bytes.subarray(start, start + this.bodyBytesOf(sequence)),
      headerBytes: this.headerBytesOf(sequence),
    };
  }

  remove(sequence: number): void {
    this.dead += RECORD_BYTES + this.bodyBytesOf(sequence);
    this.slots[sequence - this.first] = 0;
    this.live--;
  }

  /** Writes what it has to new memory of that size. */
  compact(): void {
    const { slots, view, bytes } = this;
    const compacted = Buffer.allocUnsafeSlow(this.used - this.dead);
    let used = 0;
    for (let slot = 0; slot < this.length; slot++) {
      const at = (slots[slot] ?? 0) - 1;
      if (at < 0) continue;
      const size = RECORD_BYTES + view.getUint32(at + LENGTH, true);
      bytes.copy(compacted, used, at, at + size);
      slots[slot] = used + 1;
      used += size;
    }
    this.bytes = compacted;
    this.view = new DataView(compacted.buffer, compacted.byteOffset, compacted.length);
    this.used = used;
    this.dead = 0;
  }

  private at(sequence: number): number {
    return (this.slots[sequence - this.first] ?? 0) - 1;
  }

  private growTo(slots: number): void {
    const larger = new Uint32Array(slots);
    larger.set(this.slots);
    this.slots = larger;
  }
}
