const FIRST_CAPACITY = 4;
/** Largest difference that fits into 32 bits. */
const MAX_DIFFERENCE = 0xffff_ffff;
/** How much larger a list becomes when it is full. */
const GROWTH = 1.5;

/** Sequences in rising order, four bytes each. */
export class SequenceList {
  /** Is added to each item. */
  private base: number;
  private items: Uint32Array | Float64Array = new Uint32Array(FIRST_CAPACITY);
  private from = 0;
  private to = 0;

  constructor(first: number) {
    this.base = first;
    this.push(first);
  }

  get length(): number {
    return this.to - this.from;
  }

  /** The item at `index`; 0: there is none. */
  at(index: number): number {
    if (index < 0 || index >= this.length) return 0;
    return this.base + (this.items[this.from + index] ?? 0);
  }

  /** Adds a sequence above all that are there. */
  push(sequence: number): void {
    if (this.to === this.items.length) this.makeRoom();
    if (sequence - this.base > MAX_DIFFERENCE && this.items instanceof Uint32Array)
      this.items = Float64Array.from(this.items);
    this.items[this.to++] = sequence - this.base;
  }

  /** Index of the first item that is not below `sequence`. */
  indexOf(sequence: number): number {
    const wanted = sequence - this.base;
    let low = this.from;
    let high = this.to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.items[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low - this.from;
  }

  /** Removes a sequence, where it is there: those before it, or those after it, move up, whichever are fewer. */
  remove(sequence: number): void {
    const index = this.indexOf(sequence);
    if (this.at(index) !== sequence) return;
    const at = this.from + index;
    if (at - this.from < this.to - at) {
      this.items.copyWithin(this.from + 1, this.from, at);
      this.from++;
    } else {
      this.items.copyWithin(at, at + 1, this.to);
      this.to--;
    }
    if (this.items.length > FIRST_CAPACITY && this.length * 4 < this.items.length) this.resize();
  }

  private makeRoom(): void {
    if (this.from > this.items.length / 2) {
      this.items.copyWithin(0, this.from, this.to);
      this.to -= this.from;
      this.from = 0;
    } else this.resize();
  }

  /** Moves what there is to memory that fits it, with some to spare. */
  private resize(): void {
    const capacity = Math.max(FIRST_CAPACITY, Math.ceil(this.length * GROWTH));
    const first = this.at(0);
    const shift = first === 0 ? 0 : first - this.base;
    const used = this.items.subarray(this.from, this.to);
    const isSmall = this.length === 0 || (used.at(-1) ?? 0) - shift <= MAX_DIFFERENCE;
    const items = isSmall ? new Uint32Array(capacity) : new Float64Array(capacity);
    for (const [index, item] of used.entries()) items[index] = item - shift;
    this.items = items;
    this.base += shift;
    this.to -= this.from;
    this.from = 0;
  }
}
