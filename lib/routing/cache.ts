import { cell } from '../frame/command.js';
import { copyWords, sameWords } from '../frame/copy.js';
import { HASH_SEED, hashOn } from '../frame/hash.js';
import type { MatchResult } from './match.js';

const FIRST_SLOTS = 256;
/** Upper bound of the cache; at 96 bytes a slot it stays below 2 MB, and with subjects of 256 bytes below 8. */
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

/*
 * Each slot has a hash and a row. Remembering a subject allocates nothing: it is written into its slot's row and cell.
 *
 *   column   0      1     2       3        4
 *          ┌──────┬─────┬───────┬────────┬────┐
 *   row    │LENGTH│STAMP│CHECKED│PREVIOUS│NEXT│   slots with the same result are linked, so that all can be dropped with it
 *          └──────┴─────┴───────┴────────┴────┘
 *
 * STAMP is what `stampOf` said when the result was looked up, CHECKED the count of changes when it was last known to stand.
 */
const ROW = 5;
const LENGTH = 0;
const STAMP = 1;
const CHECKED = 2;
const PREVIOUS = 3;
const NEXT = 4;
/** No slot. */
const NONE = -1;
const NO_ROWS = new Int32Array(0);

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
  /** The hashes of the subjects in the slots; 0: the slot is free. */
  private hashes = new Int32Array(FIRST_SLOTS);
  private results: (MatchResult | undefined)[] = new Array<MatchResult | undefined>(FIRST_SLOTS).fill(
    undefined,
  );
  private rows = NO_ROWS;
  /** The subjects that fit into a cell, slot by slot, and those that do not. */
  private cells: DataView = NO_CELLS;
  private readonly long = new Map<number, DataView>();
  private mask = FIRST_SLOTS - 1;
  private evictions = 0;
  private count = 0;
  private changes = 0;
  private readonly stamps = new Int32Array(STAMPS);
  private readonly released: (result: MatchResult) => void;

  /** @param released called with a result that has lost its last slot, but not by `drop` */
  constructor(released: (result: MatchResult) => void = () => {}) {
    this.released = released;
  }

  /** The result of the subject of `length` bytes at `at` of `view`, or undefined where it must be looked up. */
  find(view: DataView, at: number, length: number, hash: number): MatchResult | undefined {
    const slot = this.slotOf(view, at, length, hash || 1);
    if (slot === NONE) return undefined;
    const checked = slot * ROW + CHECKED;
    if (this.rows[checked] !== this.changes) {
      if (!this.isCurrent(slot)) return undefined;
      this.rows[checked] = this.changes;
    }
    return this.results[slot];
  }

  /** Remembers `result` for the subject of `length` bytes at `at` of `view`, if that is not too long; returns whether so. */
  add(view: DataView, at: number, length: number, hash: number, result: MatchResult): boolean {
    if (length > MAX_SUBJECT_BYTES) return false;
    const key = hash || 1;
    let slot = this.slotOf(view, at, length, key);
    if (slot === NONE) slot = this.freeSlot(key);
    if (slot === NONE) {
      if (++this.evictions > this.mask >>> 2 && this.mask + 1 < MAX_SLOTS) this.grow();
      slot = this.freeSlot(key);
      if (slot === NONE) slot = (home(key) + (this.evictions & (WINDOW - 1))) & this.mask;
    }
    if (this.hashes[slot] !== 0) this.free(slot);
    if (this.rows === NO_ROWS) this.allocate(this.mask + 1);
    const row = slot * ROW;
    this.rows[row + STAMP] = this.stampOf(view, at, length);
    this.rows[row + CHECKED] = this.changes;
    this.put(slot, key, view, at, length, result);
    return true;
  }

  /** Drops the slots with that result. */
  drop(result: { slot: number }): void {
    for (let slot = result.slot; slot !== NONE; slot = cell(this.rows, slot * ROW + NEXT)) this.clear(slot);
    result.slot = NONE;
  }

  /** Counts the subjects it holds and their receivers. Pauses between any two; what changes meanwhile may count or not. */
  *census(): Generator<void, Census, void> {
    let entries = 0;
    let maxFanout = 0;
    let totalFanout = 0;
    for (let slot = 0; slot <= this.mask; slot++) {
      const result = this.results[slot];
      if (result === undefined || !this.isCurrent(slot)) continue;
      yield;
      entries++;
      totalFanout += result.size;
      maxFanout = Math.max(maxFanout, result.size);
    }
    return { entries, maxFanout, totalFanout };
  }

  /** Back to its first size, empty. */
  reset(): void {
    if (this.count > 0)
      for (let slot = 0; slot <= this.mask; slot++) if (this.hashes[slot] !== 0) this.free(slot);
    if (this.mask + 1 === FIRST_SLOTS) return;
    this.mask = FIRST_SLOTS - 1;
    this.evictions = 0;
    this.hashes = new Int32Array(FIRST_SLOTS);
    this.results = new Array<MatchResult | undefined>(FIRST_SLOTS).fill(undefined);
    this.rows = NO_ROWS;
    this.cells = NO_CELLS;
  }

  /** Drops the subjects with that hash. */
  forget(hash: number): void {
    const { hashes, mask } = this;
    const key = hash || 1;
    const first = home(key);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & mask;
      if (hashes[slot] === key) this.free(slot);
    }
  }

  /**
   * A pattern that was in no result has its first subscription: no result can stand whose subject begins with `prefix`, the
   * tokens before its first wildcard and the dot after them. Others stay.
   */
  invalidatePrefix(prefix: Buffer): void {
    this.changes = (this.changes + 1) | 0;
    const slot = stampSlot(prefix.reduce(hashOn, HASH_SEED));
    this.stamps[slot] = cell(this.stamps, slot) + 1;
  }

  /** The slot of the subject of `length` bytes at `at` of `view`. */
  private slotOf(view: DataView, at: number, length: number, key: number): number {
    const { hashes, mask } = this;
    const first = home(key);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & mask;
      if (hashes[slot] !== key || this.rows[slot * ROW + LENGTH] !== length) continue;
      const isSame =
        length <= CELL_BYTES
          ? sameWords(this.cells, slot * CELL_BYTES, view, at, length)
          : sameWords(this.longOf(slot), 0, view, at, length);
      if (isSame) return slot;
    }
    return NONE;
  }

  /** A free slot for a subject with that hash. */
  private freeSlot(key: number): number {
    const first = home(key);
    for (let i = 0; i < WINDOW; i++) {
      const slot = (first + i) & this.mask;
      if (this.hashes[slot] === 0) return slot;
    }
    return NONE;
  }

  /** Puts a subject and its result into a free slot, whose stamp is there already. */
  private put(
    slot: number,
    key: number,
    view: DataView,
    at: number,
    length: number,
    result: MatchResult,
  ): void {
    const { rows } = this;
    const row = slot * ROW;
    const next = result.slot;
    if (length <= CELL_BYTES) copyWords(view, at, length, this.cells, slot * CELL_BYTES);
    else this.long.set(slot, new DataView(view.buffer.slice(at, at + length)));
    rows[row + LENGTH] = length;
    rows[row + PREVIOUS] = NONE;
    rows[row + NEXT] = next;
    if (next !== NONE) rows[next * ROW + PREVIOUS] = slot;
    result.slot = slot;
    this.hashes[slot] = key;
    this.results[slot] = result;
    this.count++;
  }

  /** Empties a slot that is taken. */
  private free(slot: number): void {
    const { rows } = this;
    const result = this.results[slot];
    if (result === undefined) return;
    const previous = cell(rows, slot * ROW + PREVIOUS);
    const next = cell(rows, slot * ROW + NEXT);
    this.clear(slot);
    if (next !== NONE) rows[next * ROW + PREVIOUS] = previous;
    if (previous !== NONE) rows[previous * ROW + NEXT] = next;
    else {
      result.slot = next;
      if (next === NONE) this.released(result);
    }
  }

  private clear(slot: number): void {
    if (cell(this.rows, slot * ROW + LENGTH) > CELL_BYTES) this.long.delete(slot);
    this.hashes[slot] = 0;
    this.results[slot] = undefined;
    this.count--;
  }

  /** The subject in a slot, where it does not fit into a cell. */
  private longOf(slot: number): DataView {
    return this.long.get(slot) ?? NO_CELLS;
  }

  /** Whether no pattern that the subject in a slot may match has come since its result was looked up. */
  private isCurrent(slot: number): boolean {
    const row = slot * ROW;
    const length = cell(this.rows, row + LENGTH);
    const stamp =
      length <= CELL_BYTES
        ? this.stampOf(this.cells, slot * CELL_BYTES, length)
        : this.stampOf(this.longOf(slot), 0, length);
    return this.rows[row + STAMP] === stamp;
  }

  /** The counts of all patterns whose prefix the subject has, as one number, which changes with any of them. */
  private stampOf(view: DataView, at: number, length: number): number {
    let hash = HASH_SEED;
    let sum = cell(this.stamps, stampSlot(hash));
    for (let i = at; i < at + length; i++) {
      const byte = view.getUint8(i);
      hash = hashOn(hash, byte);
      if (byte === DOT) sum += cell(this.stamps, stampSlot(hash));
    }
    return sum | 0;
  }

  private allocate(slots: number): void {
    this.rows = new Int32Array(slots * ROW);
    this.cells = cellsFor(slots);
  }

  private grow(): void {
    const { hashes, results, rows, cells } = this;
    const long = new Map(this.long);
    const slots = hashes.length * 2;
    this.mask = slots - 1;
    this.evictions = 0;
    this.count = 0;
    this.hashes = new Int32Array(slots);
    this.results = new Array<MatchResult | undefined>(slots).fill(undefined);
    this.long.clear();
    this.allocate(slots);
    for (const result of results) if (result !== undefined) result.slot = NONE;
    for (let old = 0; old < results.length; old++) {
      const result = results[old];
      const slot = result === undefined ? NONE : this.freeSlot(cell(hashes, old));
      if (result === undefined || slot === NONE) continue;
      const length = cell(rows, old * ROW + LENGTH);
      this.rows[slot * ROW + STAMP] = cell(rows, old * ROW + STAMP);
      this.rows[slot * ROW + CHECKED] = cell(rows, old * ROW + CHECKED);
      if (length <= CELL_BYTES) this.put(slot, cell(hashes, old), cells, old * CELL_BYTES, length, result);
      else this.put(slot, cell(hashes, old), long.get(old) ?? NO_CELLS, 0, length, result);
    }
    for (const result of new Set(results))
      if (result !== undefined && result.slot === NONE) this.released(result);
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
