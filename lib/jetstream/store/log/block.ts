import type { Instant } from '../../instant.js';
import type { StoredMessage } from '../store.js';
import { BLOCK_HEADER_BYTES, type BlockId } from './block-header.js';
import type { OpenFiles } from './open-files.js';
import type { ReadCache, Window } from './read-cache.js';
import {
  bodyStartAt,
  headerBytesAt,
  instantAt,
  lengthAt,
  RECORD_BYTES,
  recordEnd,
  subjectAt,
} from './record.js';

const FIRST_SLOTS = 16;
const GROWTH = 1.5;
/** From so many slots on, of which so many stand for each message, slots are kept only for what has a record. */
const SPARSE_SLOTS = 65_536;
const SPARSE_SHARE = 8;
/** In the offset of a message that was removed: its record is still in the file. */
const REMOVED = 0x8000_0000;
/** Size of a read for a message by itself, and for one of many in a row. */
const SMALL_READ_BYTES = 4_096;
const LARGE_READ_BYTES = 131_072;
/** Pieces of one block that are looked through for an offset. */
const MAX_WINDOWS = 64;

/** What the blocks of all streams share. */
export interface BlockResources {
  readonly openFiles: OpenFiles;
  readonly cache: ReadCache;
  /** Is told of damage, in words. */
  readonly warn: (text: string) => void;
}

/** Which file a block is. */
export interface BlockPlace extends BlockId {
  readonly path: string;
}

/** A file of records, and where in it each message is. */
export class LogBlock {
  readonly path: string;
  readonly number: number;
  readonly first: number;
  readonly salt: number;
  /** Slots in use; without `deltas` one for each sequence from `first` on. */
  length = 0;
  /** Messages. */
  live = 0;
  /** Sum of the lengths of their records. */
  liveBytes = 0;
  /** How many of them have headers. */
  liveHeaded = 0;
  /** Size of the file with what is yet to be written. */
  size = 0;
  /** What it had beside live records when it was compacted, in bytes: that cannot be given back. */
  overhead = BLOCK_HEADER_BYTES;
  /** Nothing is appended any more. */
  isSealed = false;
  /** When its last message was stored. */
  lastAt: Instant | undefined = undefined;
  /** Offsets of the records; 0: there is none, the file beginning with its header. */
  private offsets = new Uint32Array(FIRST_SLOTS);
  /** Sequences less `first`, rising, where many sequences have no record; undefined: slots stand for sequences in a row. */
  private deltas: Uint32Array | undefined = undefined;
  private readonly resources: BlockResources;
  private windows: Window[] = [];
  /** Pieces that were appended and are not all in the file yet, by offset. */
  private tail: Window[] = [];
  /** Where the last read of the file ended. */
  private readTo = 0;
  private sealedEnd = 0;

  constructor({ path, number, first, salt }: BlockPlace, resources: BlockResources) {
    this.path = path;
    this.number = number;
    this.first = first;
    this.salt = salt;
    this.resources = resources;
  }

  /** A block with messages at these offsets of its file, which covers the sequences below `end`. */
  static compacted(
    place: BlockPlace,
    resources: BlockResources,
    sequences: readonly number[],
    offsets: readonly number[],
    size: number,
    end: number,
  ): LogBlock {
    const block = new LogBlock(place, resources);
    block.size = size;
    block.isSealed = true;
    block.sealedEnd = end;
    const slots = (sequences.at(-1) ?? place.first - 1) + 1 - place.first;
    if (slots <= sequences.length * 2) {
      block.length = slots;
      block.offsets = new Uint32Array(slots);
      for (const [i, sequence] of sequences.entries())
        block.offsets[sequence - place.first] = offsets[i] ?? 0;
    } else {
      block.length = sequences.length;
      block.offsets = Uint32Array.from(offsets);
      block.deltas = Uint32Array.from(sequences, (sequence) => sequence - place.first);
    }
    return block;
  }

  /** The sequence after its last one. */
  get end(): number {
    if (this.isSealed) return this.sealedEnd;
    return this.length === 0 ? this.first : this.sequenceOf(this.length - 1) + 1;
  }

  /** Notes a message that was appended at `offset`. */
  add(sequence: number, offset: number, recordBytes: number, at: Instant): void {
    const delta = sequence - this.first;
    if (this.deltas === undefined && delta >= SPARSE_SLOTS && delta >= SPARSE_SHARE * (this.live + 1))
      this.makeSparse();
    const slot = this.deltas === undefined ? delta : this.length;
    if (slot >= this.offsets.length) this.growTo(Math.max(slot + 1, Math.ceil(this.offsets.length * GROWTH)));
    this.offsets[slot] = offset;
    if (this.deltas !== undefined) this.deltas[slot] = delta;
    this.length = slot + 1;
    this.live++;
    this.liveBytes += recordBytes;
    this.lastAt = at;
  }

  /** Nothing is appended any more: it covers the sequences below `end`, and what was kept free is released. */
  seal(end: number): void {
    this.isSealed = true;
    this.sealedEnd = end;
    if (this.length * 4 > this.live * 8 && this.deltas === undefined) this.makeSparse();
    else this.offsets = this.offsets.slice(0, this.length);
    this.deltas = this.deltas?.slice(0, this.length);
  }

  /** Whether more than half of it could be given back. */
  get isWasteful(): boolean {
    return this.isSealed && (this.size - this.liveBytes - this.overhead) * 2 > this.size;
  }

  has(sequence: number): boolean {
    return this.offsetOf(sequence) > 0;
  }

  /** Whether the message was removed while its record is still in the file. */
  hasRemoved(sequence: number): boolean {
    return this.removedOffsetOf(sequence) > 0;
  }

  /** The first sequence from `from` on with a message; 0: none. */
  next(from: number): number {
    const { offsets, length } = this;
    for (let slot = this.slotFrom(from); slot < length; slot++)
      if (isLive(offsets[slot])) return this.sequenceOf(slot);
    return 0;
  }

  /** How many messages from `from` to `to`, both included. */
  count(from: number, to: number): number {
    if (from <= this.first && to >= this.end - 1) return this.live;
    let count = 0;
    const end = Math.min(this.slotFrom(to + 1), this.length);
    for (let slot = this.slotFrom(from); slot < end; slot++) if (isLive(this.offsets[slot])) count++;
    return count;
  }

  /** Takes out a message that it has, whose record is of that length. */
  remove(sequence: number, recordBytes: number): void {
    this.markRemoved(sequence);
    this.live--;
    this.liveBytes -= recordBytes;
  }

  /** Notes that a message is removed while its record is still in the file. */
  markRemoved(sequence: number): void {
    const slot = this.slotFrom(sequence);
    this.offsets[slot] = ((this.offsets[slot] ?? 0) | REMOVED) >>> 0;
  }

  /** Offset of the record of a message that was removed; 0: it is not in the file. */
  removedOffsetOf(sequence: number): number {
    const slot = this.slotFrom(sequence);
    const offset = this.sequenceOf(slot) === sequence ? (this.offsets[slot] ?? 0) : 0;
    return offset >= REMOVED ? offset - REMOVED : 0;
  }

  /** Takes out all messages. */
  clear(): void {
    if (this.isSealed) {
      this.offsets = new Uint32Array(0);
      this.deltas = undefined;
      this.length = 0;
    }
    for (let slot = 0; slot < this.length; slot++)
      if (isLive(this.offsets[slot])) this.offsets[slot] = ((this.offsets[slot] ?? 0) | REMOVED) >>> 0;
    this.live = 0;
    this.liveBytes = 0;
    this.liveHeaded = 0;
  }

  /** Offset of the record of a message; 0: there is none. */
  offsetOf(sequence: number): number {
    const slot = this.slotFrom(sequence);
    const offset = this.sequenceOf(slot) === sequence ? (this.offsets[slot] ?? 0) : 0;
    return offset < REMOVED ? offset : 0;
  }

  /** Length of the record of a message that it has. */
  recordBytesOf(sequence: number): number {
    const offset = this.offsetOf(sequence);
    const { bytes, start } = this.windowOf(offset, RECORD_BYTES);
    return lengthAt(bytes, offset - start);
  }

  /** Whether a message that it has has headers. */
  hasHeaders(sequence: number): boolean {
    const offset = this.offsetOf(sequence);
    const { bytes, start } = this.windowOf(offset, RECORD_BYTES);
    return headerBytesAt(bytes, offset - start) > 0;
  }

  subjectOf(sequence: number): string {
    const offset = this.offsetOf(sequence);
    let { bytes, start } = this.windowOf(offset, RECORD_BYTES);
    const needed = bodyStartAt(bytes, offset - start);
    ({ bytes, start } = this.windowOf(offset, needed));
    return subjectAt(bytes, offset - start);
  }

  instantOf(sequence: number): Instant {
    const offset = this.offsetOf(sequence);
    const { bytes, start } = this.windowOf(offset, RECORD_BYTES);
    return instantAt(bytes, offset - start);
  }

  /** A message that it has; undefined: its record is damaged. */
  read(sequence: number): StoredMessage | undefined {
    const offset = this.offsetOf(sequence);
    let { bytes, start } = this.windowOf(offset, RECORD_BYTES);
    const length = lengthAt(bytes, offset - start);
    if (offset + length > this.size) return this.damaged(sequence);
    const window = this.windowOf(offset, length);
    ({ bytes, start } = window);
    const at = offset - start;
    if (window.isFromFile && recordEnd(bytes, at, at + length, this.salt) === 0)
      return this.damaged(sequence);
    return {
      sequence,
      at: instantAt(bytes, at),
      subject: subjectAt(bytes, at),
      body: bytes.subarray(at + bodyStartAt(bytes, at), at + length),
      headerBytes: headerBytesAt(bytes, at),
    };
  }

  /** Keeps a piece that is being appended. */
  addTail(window: Window): void {
    this.tail.push(window);
  }

  /** A piece that was appended is in the file: it need not be kept. */
  tailWritten(window: Window): void {
    const at = this.tail.indexOf(window);
    if (at < 0) return;
    this.tail.splice(at, 1);
    this.keep(window);
  }

  /** Keeps a piece of the file as long as there is room. */
  private keep(window: Window): void {
    this.windows.push(window);
    const [first] = this.windows;
    if (this.windows.length > MAX_WINDOWS && first !== undefined) {
      this.resources.cache.remove(first);
      this.windows.shift();
    }
    this.resources.cache.add(window);
  }

  /** A piece is not kept any longer. */
  forget(window: Window): void {
    const at = this.windows.indexOf(window);
    if (at >= 0) this.windows.splice(at, 1);
  }

  /** Drops what was read of the file. */
  forgetRead(): void {
    for (const window of this.windows) this.resources.cache.remove(window);
    this.windows = [];
  }

  /** Lets go of the file and of what was read of it. */
  release(): void {
    this.forgetRead();
    this.tail = [];
    this.resources.openFiles.close(this.path);
  }

  private damaged(sequence: number): undefined {
    this.resources.warn(`${this.path}: message ${sequence} is damaged`);
  }

  /** A piece that has the `count` bytes from `offset` on. */
  private windowOf(offset: number, count: number): Window {
    const found = windowIn(this.windows, offset, count) ?? windowIn(this.tail, offset, count);
    if (found === undefined) return this.load(offset, count);
    found.isUsed = true;
    return found;
  }

  private load(offset: number, count: number): Window {
    const wanted = offset === this.readTo ? LARGE_READ_BYTES : SMALL_READ_BYTES;
    const bytes = Buffer.allocUnsafeSlow(Math.max(count, Math.min(wanted, this.size - offset)));
    const length = this.resources.openFiles.get(this.path).read(bytes, offset);
    if (length < count) throw new RangeError(`${this.path} ends at ${offset + length}, within a record`);
    const window = { owner: this, start: offset, bytes, length, isUsed: false, isFromFile: true };
    this.readTo = offset + this.wholeRecords(bytes, length);
    this.keep(window);
    return window;
  }

  /** Where the last whole record ends in bytes that begin with one. */
  private wholeRecords(bytes: Buffer, length: number): number {
    let at = 0;
    while (at + RECORD_BYTES <= length) {
      const end = at + lengthAt(bytes, at);
      if (end > length || end < at + RECORD_BYTES) break;
      at = end;
    }
    return at;
  }

  /** The first slot with that sequence or a later one. */
  private slotFrom(sequence: number): number {
    const wanted = Math.max(0, sequence - this.first);
    const { deltas } = this;
    if (deltas === undefined) return wanted;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((deltas[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private sequenceOf(slot: number): number {
    return this.first + (this.deltas === undefined ? slot : (this.deltas[slot] ?? Number.POSITIVE_INFINITY));
  }

  /** Keeps slots only for what has a record. */
  private makeSparse(): void {
    const used = this.offsets.subarray(0, this.length);
    const count = used.reduce((sum, offset) => sum + (offset > 0 ? 1 : 0), 0);
    const offsets = new Uint32Array(count);
    const deltas = new Uint32Array(count);
    let slot = 0;
    for (const [delta, offset] of used.entries()) {
      if (offset === 0) continue;
      offsets[slot] = offset;
      deltas[slot++] = delta;
    }
    this.offsets = offsets;
    this.deltas = deltas;
    this.length = count;
  }

  private growTo(slots: number): void {
    const larger = new Uint32Array(slots);
    larger.set(this.offsets);
    this.offsets = larger;
    if (this.deltas === undefined) return;
    const deltas = new Uint32Array(slots);
    deltas.set(this.deltas);
    this.deltas = deltas;
  }
}

function isLive(offset: number | undefined): boolean {
  return offset !== undefined && offset > 0 && offset < REMOVED;
}

/** The piece that has the `count` bytes from `offset` on, the latest first. */
function windowIn(windows: readonly Window[], offset: number, count: number): Window | undefined {
  for (let i = windows.length - 1; i >= 0; i--) {
    const window = windows[i];
    if (window !== undefined && offset >= window.start && offset + count <= window.start + window.length)
      return window;
  }
  return undefined;
}
