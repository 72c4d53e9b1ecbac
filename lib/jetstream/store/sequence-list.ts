const FIRST_CAPACITY = 4;
/** Largest difference that fits into 32 bits. */
const MAX_DIFFERENCE = 0xffff_ffff;
/** How much larger a list becomes when it is full: a long one by less, as what it keeps free is memory as well. */
const GROWTH = 1.5;
const LONG = 256;
const GROWTH_OF_LONG = 1.125;

/** Sequences in rising order: four bytes each, none at all as long as they are in a row. */
export class SequenceList {
  /** Is added to each item. */
  private base: number;
  /** Undefined: an item is its own index. */
  private items: Uint32Array | Float64Array | undefined = undefined;
  private from = 0;
  private to = 1;

  constructor(first: number) {
    this.base = first;
  }

  get length(): number {
    return this.to - this.from;
  }

  /** The item at `index`; 0: there is none. */
  at(index: number): number {
    if (index < 0 || index >= this.length) return 0;
    const at = this.from + index;
    return this.base + (this.items === undefined ? at : (this.items[at] ?? 0));
  }

  /** Adds a sequence above all that are there. */
  push(sequence: number): void {
    if (this.items === undefined && sequence === this.base + this.to) {
      this.to++;
      return;
    }
    let items = this.items ?? this.spread();
    if (this.to === items.length) items = this.makeRoom(items);
    if (sequence - this.base > MAX_DIFFERENCE && items instanceof Uint32Array) {
      items = Float64Array.from(items);
      this.items = items;
    }
    items[this.to++] = sequence - this.base;
  }

  /** Index of the first item that is not below `sequence`. */
  indexOf(sequence: number): number {
    const wanted = sequence - this.base;
    const { items } = this;
    if (items === undefined) return Math.max(0, Math.min(this.length, wanted - this.from));
    let low = this.from;
    let high = this.to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((items[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low - this.from;
  }

  /** Removes a sequence, where it is there: those before it, or those after it, move up, whichever are fewer. */
  remove(sequence: number): void {
    const index = this.indexOf(sequence);
    if (this.at(index) !== sequence) return;
    const isEnd = index === 0 || index === this.length - 1;
    const items = this.items ?? (isEnd ? undefined : this.spread());
    const at = this.from + index;
    if (at - this.from < this.to - at) {
      items?.copyWithin(this.from + 1, this.from, at);
      this.from++;
    } else {
      items?.copyWithin(at, at + 1, this.to);
      this.to--;
    }
    if (items !== undefined && items.length > FIRST_CAPACITY && this.length * 4 < items.length)
      this.resize(items);
  }

  /** Gives each item a place of its own. */
  private spread(): Uint32Array | Float64Array {
    const { length } = this;
    const items = new Uint32Array(capacityFor(length));
    for (let index = 0; index < length; index++) items[index] = index;
    this.base += this.from;
    this.from = 0;
    this.to = length;
    this.items = items;
    return items;
  }

  private makeRoom(items: Uint32Array | Float64Array): Uint32Array | Float64Array {
    if (this.from <= items.length / 2) return this.resize(items);
    items.copyWithin(0, this.from, this.to);
    this.to -= this.from;
    this.from = 0;
    return items;
  }

  /** Moves what there is to memory that fits it, with some to spare. */
  private resize(old: Uint32Array | Float64Array): Uint32Array | Float64Array {
    const capacity = capacityFor(this.length);
    const first = this.at(0);
    const shift = first === 0 ? 0 : first - this.base;
    const used = old.subarray(this.from, this.to);
    const isSmall = this.length === 0 || (used.at(-1) ?? 0) - shift <= MAX_DIFFERENCE;
    const items = isSmall ? new Uint32Array(capacity) : new Float64Array(capacity);
    if (shift === 0) items.set(used);
    else for (let index = 0; index < used.length; index++) items[index] = (used[index] ?? 0) - shift;
    this.items = items;
    this.base += shift;
    this.to -= this.from;
    this.from = 0;
    return items;
  }
}

function capacityFor(length: number): number {
  return Math.max(FIRST_CAPACITY, Math.ceil(length * (length < LONG ? GROWTH : GROWTH_OF_LONG)));
}
