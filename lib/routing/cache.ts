import { copyWords, sameWords } from '../protocol/copy.js';
import { HASH_SEED, hashOn } from '../protocol/hash.js';
import type { MatchResult } from './match.js';

const FIRST_SLOTS = 256;
/** Upper bound of the cache; at about 200 bytes an entry, cells included, it stays below 4 MB, and with subjects of 256 bytes below 10. */
const MAX_SLOTS = 16_384;
/** A subject is in one of so many slots, from the one its hash says on; at twelve subjects for sixteen slots, that will do. */
const WINDOW = 8;
/** Longer subjects are looked up every time: peers choose them, and a line's topic may have 64 KiB. */
const MAX_SUBJECT_BYTES = 256;
/** Counts of new patterns, by what is before their first wildcard. */
const STAMPS = 1_024;
/** Each slot has a cell for a subject that fits; so remembering one, which every cold message does, makes no buffer. */
const CELL_BYTES = 64;
const NO_CELLS = new DataView(new ArrayBuffer(0));
const DOT = 46;

/** One subject and its result. Entries with the same result are linked, so that all of them can be dropped with it. */
export interface Entry {
  slot: number;
  /** Where the subject is kept: the cells, or memory of its own. */
  view: DataView;
  at: number;
  readonly length: number;
  readonly hash: number;
  result: MatchResult;
  /** The cache's count of changes when the result was last known to be right. */
  checkedAt: number;
  /** What `stampOf` said when it was looked up. */
  readonly stamp: number;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** What a cache holds, for the monitor. */
export interface Census {
  readonly entries: number;
  readonly maxFanout: number;
  readonly totalFanout: number;
}

/**
 * Subject → result by bytes, without making a string: a bounded table, where a newcomer that finds no free slot takes
 * that of another. It doubles, up to a bound, while subjects push each other out.
 */
export class MatchCache {
  private slots: (Entry | undefined)[] = new Array<Entry | undefined>(FIRST_SLOTS).fill(undefined);
  /** The hashes of the subjects in them; 0: the slot is free. */
  private hashes = new Int32Array(FIRST_SLOTS);
  private mask = FIRST_SLOTS - 1;
  private evictions = 0;
  private count = 0;
  private changes = 0;
  private cells: DataView = NO_CELLS;
  private readonly stamps = new Uint32Array(STAMPS);
  private readonly released: (result: MatchResult) => void;

  /** @param released called with a result that has lost its last entry, but not by `drop` */
  constructor(released: (result: MatchResult) => void = () => {}) {
    this.released = released;
  }

  /** The result of the subject of `length` bytes at `at` of `view`, or undefined where it must be looked up. */
  find(view: DataView, at: number, length: number, hash: number): MatchResult | undefined {
    const slot = this.slotOf(view, at, length, hash);
    if (slot < 0) return undefined;
    const entry = this.slots[slot]!;
    if (entry.checkedAt !== this.changes) {
      if (!this.isCurrent(entry)) return undefined;
      entry.checkedAt = this.changes;
    }
    return entry.result;
  }

  /** Remembers `result` for the subject of `length` bytes at `at` of `view`, if that is not too long; returns whether so. */
  add(view: DataView, at: number, length: number, hash: number, result: MatchResult): boolean {
    if (length > MAX_SUBJECT_BYTES) return false;
    let slot = this.slotOf(view, at, length, hash);
    if (slot < 0) slot = this.freeSlot(hash);
    if (slot < 0) {
      if (++this.evictions > this.mask >>> 2 && this.mask + 1 < MAX_SLOTS) this.grow();
      slot = this.freeSlot(hash);
      if (slot < 0) slot = (home(hash) + (this.evictions & (WINDOW - 1))) & this.mask;
    }
    if (this.hashes[slot] !== 0) this.free(slot);
    const entry: Entry = {
      slot,
      view,
      at,
      length,
      hash,
      result,
      checkedAt: this.changes,
      stamp: this.stampOf(view, at, length),
      previous: undefined,
      next: result.entries,
    };
    if (result.entries !== undefined) result.entries.previous = entry;
    result.entries = entry;
    this.count++;
    this.slots[slot] = entry;
    this.hashes[slot] = hash || 1;
    if (length <= CELL_BYTES) {
      if (this.cells === NO_CELLS) this.cells = cellsFor(this.slots.length);
      this.moveTo(slot, entry);
    } else {
      entry.view = new DataView(view.buffer.slice(at, at + length));
      entry.at = 0;
    }
    return true;
  }

  /** Drops the entries with that result. */
  drop(result: MatchResult): void {
    for (let entry = result.entries; entry !== undefined; entry = entry.next) {
      this.slots[entry.slot] = undefined;
      this.hashes[entry.slot] = 0;
      this.count--;
    }
    result.entries = undefined;
  }

  /** Counts the subjects it holds and their receivers. Pauses between any two; what changes meanwhile may count or not. */
  *census(): Generator<void, Census, void> {
    let entries = 0;
    let maxFanout = 0;
    let totalFanout = 0;
    for (let slot = 0; slot <= this.mask; slot++) {
      const entry = this.slots[slot];
      if (entry === undefined || !this.isCurrent(entry)) continue;
      yield;
      entries++;
      totalFanout += entry.result.size;
      maxFanout = Math.max(maxFanout, entry.result.size);
    }
    return { entries, maxFanout, totalFanout };
  }

  /** Back to its first size, empty. */
  reset(): void {
    if (this.count > 0)
      for (let slot = 0; slot <= this.mask; slot++) if (this.hashes[slot] !== 0) this.free(slot);
    if (this.mask + 1 === FIRST_SLOTS) return;
    this.slots = new Array<Entry | undefined>(FIRST_SLOTS).fill(undefined);
    this.hashes = new Int32Array(FIRST_SLOTS);
    this.mask = FIRST_SLOTS - 1;
    this.evictions = 0;
    this.cells = NO_CELLS;
  }

  /** Drops the entries of subjects with that hash. */
  forget(hash: number): void {
    const { hashes, mask } = this;
    const key = hash || 1;
    const first = home(hash);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & mask;
      if (hashes[slot] === key) this.free(slot);
    }
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

  /** The slot of the subject of `length` bytes at `at` of `view`, or -1. */
  private slotOf(view: DataView, at: number, length: number, hash: number): number {
    const { hashes, mask } = this;
    const key = hash || 1;
    const first = home(hash);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & mask;
      if (hashes[slot] !== key) continue;
      const entry = this.slots[slot]!;
      if (entry.length === length && sameWords(entry.view, entry.at, view, at, length)) return slot;
    }
    return -1;
  }

  /** A free slot for a subject with that hash, or -1. */
  private freeSlot(hash: number): number {
    const first = home(hash);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & this.mask;
      if (this.hashes[slot] === 0) return slot;
    }
    return -1;
  }

  /** Empties a slot that has an entry. */
  private free(slot: number): void {
    const entry = this.slots[slot]!;
    this.slots[slot] = undefined;
    this.hashes[slot] = 0;
    this.unlink(entry);
  }

  private unlink({ result, previous, next }: Entry): void {
    this.count--;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else {
      result.entries = next;
      if (next === undefined) this.released(result);
    }
  }

  /** Whether no pattern that its subject may match has come since its result was looked up. */
  private isCurrent(entry: Entry): boolean {
    return entry.stamp === this.stampOf(entry.view, entry.at, entry.length);
  }

  /** The counts of all patterns whose prefix the subject has, as one number, which grows with any of them. */
  private stampOf(view: DataView, at: number, length: number): number {
    let hash = HASH_SEED;
    let sum = this.stamps[stampSlot(hash)]!;
    for (let i = at; i < at + length; i++) {
      const byte = view.getUint8(i);
      hash = hashOn(hash, byte);
      if (byte === DOT) sum += this.stamps[stampSlot(hash)]!;
    }
    return sum;
  }

  private grow(): void {
    const old = this.slots;
    const slots = old.length * 2;
    this.mask = slots - 1;
    this.evictions = 0;
    this.slots = new Array<Entry | undefined>(slots).fill(undefined);
    this.hashes = new Int32Array(slots);
    this.cells = cellsFor(slots);
    for (const entry of old) {
      if (entry === undefined) continue;
      const slot = this.freeSlot(entry.hash);
      if (slot < 0) {
        this.unlink(entry);
        continue;
      }
      this.slots[slot] = entry;
      this.hashes[slot] = entry.hash || 1;
      entry.slot = slot;
      if (entry.length <= CELL_BYTES) this.moveTo(slot, entry);
    }
  }

  private moveTo(slot: number, entry: Entry): void {
    const at = slot * CELL_BYTES;
    copyWords(entry.view, entry.at, entry.length, this.cells, at);
    entry.view = this.cells;
    entry.at = at;
  }
}

/** Where a subject with that hash is looked for first, before the mask. */
function home(hash: number): number {
  return hash ^ (hash >>> 15);
}

function cellsFor(slots: number): DataView {
  return new DataView(new ArrayBuffer(slots * CELL_BYTES));
}

/** Two prefixes may share a count: then each is distrusted with the other. */
function stampSlot(hash: number): number {
  return (hash ^ (hash >>> 15)) & (STAMPS - 1);
}
