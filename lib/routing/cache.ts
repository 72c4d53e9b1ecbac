import { HASH_SEED, hashOn } from '../protocol/hash.js';
import type { MatchResult } from './match.js';

const FIRST_SLOTS = 256;
/** Upper bound of the cache; at about 150 bytes an entry, cells included, it stays below 3 MB, and below 8 MB at worst. */
const MAX_SLOTS = 16_384;
/** Longer subjects are looked up every time: peers choose them, and a line's topic may have 64 KiB. */
const MAX_SUBJECT_BYTES = 256;
/** Counts of new patterns, by what is before their first wildcard. */
const STAMPS = 1_024;
/** Each slot has a cell for a subject that fits; so remembering one, which every cold message does, makes no buffer. */
const CELL_BYTES = 64;
const NO_CELLS = Buffer.alloc(0);
const DOT = 46;

interface Entry {
  /** Where the subject is kept: the cells, or a buffer of its own. Buffers both, as batches' bytes are: V8 reads one kind faster than two. */
  bytes: Buffer;
  from: number;
  readonly length: number;
  readonly hash: number;
  result: MatchResult;
  /** The cache's count of changes when the result was last known to be right. */
  checkedAt: number;
  /** What `stampOf` said when it was looked up. */
  readonly stamp: number;
}

/**
 * Subject → result by bytes, without making a string: a table with one slot a hash, so bounded, where a newcomer
 * takes its slot from whoever had it. It doubles, up to a bound, while subjects push each other out.
 */
export class MatchCache {
  private slots: (Entry | undefined)[] = new Array<Entry | undefined>(FIRST_SLOTS).fill(undefined);
  private mask = FIRST_SLOTS - 1;
  private evictions = 0;
  private changes = 0;
  private sinceSweep = 0;
  private cells: Buffer = NO_CELLS;
  private readonly stamps = new Uint32Array(STAMPS);

  /** The result of the subject `bytes[start, end)`, or undefined where it must be looked up. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): MatchResult | undefined {
    const entry = this.slots[(hash ^ (hash >>> 15)) & this.mask];
    if (entry === undefined || entry.hash !== hash) return undefined;
    const { bytes: known, from, length } = entry;
    if (end - start !== length) return undefined;
    for (let i = 0; i < length; i++) if (known[from + i] !== bytes[start + i]) return undefined;
    if (entry.checkedAt !== this.changes) {
      if (!this.isRight(entry)) return undefined;
      entry.checkedAt = this.changes;
    }
    return entry.result;
  }

  /** Remembers `result` for the subject `bytes[start, end)`, if that is not too long. */
  add(bytes: Buffer, start: number, end: number, hash: number, result: MatchResult): void {
    if (end - start > MAX_SUBJECT_BYTES) return;
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    const old = this.slots[slot];
    if (old !== undefined && old.hash !== hash && ++this.evictions > this.mask && this.mask + 1 < MAX_SLOTS) {
      this.grow();
      slot = (hash ^ (hash >>> 15)) & this.mask;
    }
    const stamp = this.stampOf(bytes, start, end);
    const length = end - start;
    const entry: Entry = { bytes, from: start, length, hash, result, checkedAt: this.changes, stamp };
    this.slots[slot] = entry;
    if (length <= CELL_BYTES) {
      if (this.cells.length === 0) this.cells = Buffer.alloc(this.slots.length * CELL_BYTES);
      this.moveTo(slot, entry);
    } else {
      entry.bytes = Buffer.from(bytes.subarray(start, end));
      entry.from = 0;
    }
  }

  /**
   * Some subscription with a wildcard came or went: results must prove themselves again. Now and then, so that it costs
   * a constant time a change, those that no longer can are dropped: they would keep closed connections alive. Returns
   * whether so.
   */
  changed(): boolean {
    this.changes++;
    if (++this.sinceSweep <= this.mask) return false;
    this.sinceSweep = 0;
    for (let slot = 0; slot <= this.mask; slot++) {
      const entry = this.slots[slot];
      if (entry !== undefined && !this.isRight(entry)) this.slots[slot] = undefined;
    }
    return true;
  }

  /** How many subjects it holds and how many receivers they have; walks it all. */
  census(): { entries: number; maxFanout: number; totalFanout: number } {
    let entries = 0;
    let maxFanout = 0;
    let totalFanout = 0;
    for (const entry of this.slots) {
      if (entry === undefined || !this.isRight(entry)) continue;
      entries++;
      totalFanout += entry.result.size;
      maxFanout = Math.max(maxFanout, entry.result.size);
    }
    return { entries, maxFanout, totalFanout };
  }

  /** Back to its first size, empty. */
  reset(): void {
    this.slots = new Array<Entry | undefined>(FIRST_SLOTS).fill(undefined);
    this.mask = FIRST_SLOTS - 1;
    this.evictions = 0;
    this.sinceSweep = 0;
    this.cells = NO_CELLS;
  }

  /** Drops the entry of the subject with that hash, if it has one. */
  forget(hash: number): void {
    const slot = (hash ^ (hash >>> 15)) & this.mask;
    if (this.slots[slot]?.hash === hash) this.slots[slot] = undefined;
  }

  /**
   * A pattern that was in no result has its first subscription: no entry can be right whose subject begins with
   * `prefix`, the tokens before its first wildcard and the dot after them. Others stay.
   */
  distrust(prefix: Buffer): void {
    this.changes++;
    const slot = stampSlot(prefix.reduce(hashOn, HASH_SEED));
    this.stamps[slot] = this.stamps[slot]! + 1;
  }

  private isRight(entry: Entry): boolean {
    return (
      entry.result.current && entry.stamp === this.stampOf(entry.bytes, entry.from, entry.from + entry.length)
    );
  }

  /** The counts of all patterns whose prefix the subject has, as one number, which grows with any of them. */
  private stampOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = HASH_SEED;
    let sum = this.stamps[stampSlot(hash)]!;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      hash = hashOn(hash, byte);
      if (byte === DOT) sum += this.stamps[stampSlot(hash)]!;
    }
    return sum;
  }

  private grow(): void {
    const old = this.slots;
    this.mask = old.length * 2 - 1;
    this.evictions = 0;
    this.slots = new Array<Entry | undefined>(this.mask + 1).fill(undefined);
    this.cells = Buffer.alloc(old.length * 2 * CELL_BYTES);
    for (const entry of old) {
      if (entry === undefined) continue;
      const slot = (entry.hash ^ (entry.hash >>> 15)) & this.mask;
      this.slots[slot] = entry;
      if (entry.length <= CELL_BYTES) this.moveTo(slot, entry);
    }
  }

  private moveTo(slot: number, entry: Entry): void {
    const { bytes, from, length } = entry;
    const to = slot * CELL_BYTES;
    for (let i = 0; i < length; i++) this.cells[to + i] = bytes[from + i]!;
    entry.bytes = this.cells;
    entry.from = to;
  }
}

/** Two prefixes may share a count: then each is distrusted with the other. */
function stampSlot(hash: number): number {
  return (hash ^ (hash >>> 15)) & (STAMPS - 1);
}
