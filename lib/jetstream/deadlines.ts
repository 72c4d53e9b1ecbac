/** Something that is due at a time. */
export interface Due {
  due: number;
  /** Where it is in the heap; -1: it is not there. For `Deadlines` alone. */
  place: number;
}

/** What is due, by when: a heap, in which each thing is once. Every operation takes logarithmic time. */
export class Deadlines<T extends Due> {
  private readonly heap: T[] = [];

  /** When the first is due; Infinity: there is none. */
  get next(): number {
    return this.heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.heap.length;
  }

  get first(): T | undefined {
    return this.heap[0];
  }

  /** Adds something, or changes when it is due. */
  set(item: T, due: number): void {
    item.due = due;
    if (item.place < 0) {
      item.place = this.heap.length;
      this.heap.push(item);
    }
    this.sink(item);
    this.rise(item);
  }

  remove(item: T): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.heap.pop();
    if (last === undefined || last === item) return;
    this.put(last, place);
    this.sink(last);
    this.rise(last);
  }

  /** Takes everything out. */
  clear(): void {
    for (const item of this.heap.splice(0)) item.place = -1;
  }

  private rise(item: T): void {
    while (item.place > 0) {
      const above = this.heap[(item.place - 1) >> 1];
      if (above === undefined || above.due <= item.due) return;
      this.swap(item, above);
    }
  }

  private sink(item: T): void {
    for (;;) {
      const left = this.heap[2 * item.place + 1];
      const right = this.heap[2 * item.place + 2];
      const below = right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (below === undefined || below.due >= item.due) return;
      this.swap(item, below);
    }
  }

  private swap(one: T, other: T): void {
    const { place } = one;
    this.put(one, other.place);
    this.put(other, place);
  }

  private put(item: T, place: number): void {
    this.heap[place] = item;
    item.place = place;
  }
}
