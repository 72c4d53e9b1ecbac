import { hashOfText } from '../frame/text.js';

/** Entries from which the map is in parts. */
const WHOLE_ENTRIES = 8_192;
const PARTS = 64;

/**
 * A Map by strings that never has to move all of its entries at once: a Map that grows is hashed anew, which for a million
 * takes a tenth of a second. A large one is divided by a keyed hash, so that keys cannot be chosen to be in one part.
 */
export class SplitMap<V> {
  size = 0;
  private whole: Map<string, V> | undefined = new Map();
  private parts: Map<string, V>[] = [];

  get(key: string): V | undefined {
    return (this.whole ?? this.partOf(key)).get(key);
  }

  /** Adds an entry whose key there is not yet. Returns how many entries were hashed anew for that, mostly 0. */
  add(key: string, value: V): number {
    if (++this.size > WHOLE_ENTRIES && this.whole !== undefined) this.split(this.whole);
    const map = this.whole ?? this.partOf(key);
    map.set(key, value);
    // That is when it grows; and all parts do at about the same time.
    return (map.size & (map.size - 1)) === 0 ? map.size : 0;
  }

  /** Removes the entry of `key`; returns whether there was one. */
  delete(key: string): boolean {
    const isThere = (this.whole ?? this.partOf(key)).delete(key);
    if (isThere) this.size--;
    return isThere;
  }

  *values(): IterableIterator<V> {
    if (this.whole !== undefined) yield* this.whole.values();
    else for (const part of this.parts) yield* part.values();
  }

  private split(whole: Map<string, V>): void {
    this.whole = undefined;
    this.parts = Array.from({ length: PARTS }, () => new Map<string, V>());
    for (const [key, value] of whole) this.partOf(key).set(key, value);
  }

  private partOf(key: string): Map<string, V> {
    const number = hashOfText(key) & (PARTS - 1);
    this.parts[number] ??= new Map();
    return this.parts[number];
  }
}
