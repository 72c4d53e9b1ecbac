/** Sequences by when something is due for them: a heap. One that is due at another time than before is added once more. */
export class Deadlines {
  private readonly times: number[] = [];
  private readonly sequences: number[] = [];

  get size(): number {
    return this.times.length;
  }

  /** When the first is due; Infinity: there is none. */
  get first(): number {
    return this.times[0] ?? Number.POSITIVE_INFINITY;
  }

  add(sequence: number, at: number): void {
    let index = this.times.length;
    this.times.push(at);
    this.sequences.push(sequence);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.timeAt(parent) <= at) break;
      this.swap(index, parent);
      index = parent;
    }
  }

  /** Removes the first one and returns its sequence. */
  shift(): number | undefined {
    const first = this.sequences[0];
    const last = this.times.length - 1;
    if (last > 0) this.swap(0, last);
    this.times.pop();
    this.sequences.pop();
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      if (left >= last) break;
      const child = left + 1 < last && this.timeAt(left + 1) < this.timeAt(left) ? left + 1 : left;
      if (this.timeAt(index) <= this.timeAt(child)) break;
      this.swap(index, child);
      index = child;
    }
    return first;
  }

  clear(): void {
    this.times.length = 0;
    this.sequences.length = 0;
  }

  private timeAt(index: number): number {
    return this.times[index] ?? Number.POSITIVE_INFINITY;
  }

  private swap(one: number, other: number): void {
    const { times, sequences } = this;
    const [time, sequence] = [times[one] ?? 0, sequences[one] ?? 0];
    times[one] = times[other] ?? 0;
    sequences[one] = sequences[other] ?? 0;
    times[other] = time;
    sequences[other] = sequence;
  }
}
