/** So many more than were alive at the last look are kept before those that are gone are dropped. */
const SPARE = 1_024;
/** Sequences looked at with each one that is added, while those that are gone are dropped. */
const MOVED_AT_ONCE = 4;

/** A heap of sequences, the one that is due first in front. */
class Heap {
  size = 0;
  private dues = new Float64Array(16);
  private sequences = new Float64Array(16);

  /** When the first is due; Infinity: there is none. */
  get firstDue(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.dues[0] ?? 0);
  }

  get firstSequence(): number {
    return this.sequences[0] ?? 0;
  }

  push(due: number, sequence: number): void {
    if (this.size === this.dues.length) this.grow();
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.dueAt(parent) <= due) break;
      this.move(parent, at);
      at = parent;
    }
    this.put(at, due, sequence);
  }

  /** Takes the first one out. */
  shift(): void {
    const last = --this.size;
    const due = this.dueAt(last);
    const sequence = this.sequences[last] ?? 0;
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && this.dueAt(child + 1) < this.dueAt(child)) child++;
      if (this.dueAt(child) >= due) break;
      this.move(child, at);
      at = child;
    }
    this.put(at, due, sequence);
  }

  /** Takes any one out, that which costs least. */
  pop(): { readonly due: number; readonly sequence: number } | undefined {
    if (this.size === 0) return undefined;
    const at = --this.size;
    return { due: this.dueAt(at), sequence: this.sequences[at] ?? 0 };
  }

  private dueAt(at: number): number {
    return this.dues[at] ?? 0;
  }

  private move(from: number, to: number): void {
    this.put(to, this.dueAt(from), this.sequences[from] ?? 0);
  }

  private put(at: number, due: number, sequence: number): void {
    this.dues[at] = due;
    this.sequences[at] = sequence;
  }

  private grow(): void {
    const dues = new Float64Array(this.size * 2);
    const sequences = new Float64Array(this.size * 2);
    dues.set(this.dues);
    sequences.set(this.sequences);
    this.dues = dues;
    this.sequences = sequences;
  }
}

/**
 * Sequences of messages with a time at which they are due. Of those whose messages have gone meanwhile it keeps as many as of
 * the others at most: they are looked through bit by bit, so that no single call takes long.
 */
export class DueSequences {
  private readonly isThere: (sequence: number) => boolean;
  private heap = new Heap();
  /** What is being looked through: from here those that are there go to the other one. */
  private old = new Heap();
  private most = SPARE;

  /** @param isThere whether there still is a message */
  constructor(isThere: (sequence: number) => boolean) {
    this.isThere = isThere;
  }

  get size(): number {
    return this.heap.size + this.old.size;
  }

  /** When the next one is due; Infinity: there is none. */
  get nextDue(): number {
    return Math.min(this.heap.firstDue, this.old.firstDue);
  }

  add(due: number, sequence: number): void {
    this.heap.push(due, sequence);
    if (this.old.size > 0) this.lookThrough();
    else if (this.heap.size > this.most) {
      this.old = this.heap;
      this.heap = new Heap();
    }
  }

  /** Takes out the next one that is due at `now`; undefined: there is none. */
  take(now: number): number | undefined {
    if (this.nextDue > now) return undefined;
    const heap = this.old.firstDue < this.heap.firstDue ? this.old : this.heap;
    const { firstSequence } = heap;
    heap.shift();
    return firstSequence;
  }

  clear(): void {
    this.heap = new Heap();
    this.old = new Heap();
    this.most = SPARE;
  }

  private lookThrough(): void {
    for (let count = 0; count < MOVED_AT_ONCE; count++) {
      const last = this.old.pop();
      if (last !== undefined && this.isThere(last.sequence)) this.heap.push(last.due, last.sequence);
    }
    if (this.old.size > 0) return;
    this.old = new Heap();
    this.most = 2 * this.heap.size + SPARE;
  }
}
