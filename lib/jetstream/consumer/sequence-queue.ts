/** Sequences in the order in which they were added, each once. Every operation takes constant time. */
export class SequenceQueue {
  private readonly members = new Set<number>();
  private cursor = this.members.values();
  private head: number | undefined;

  get size(): number {
    return this.members.size;
  }

  has(sequence: number): boolean {
    return this.members.has(sequence);
  }

  /** Adds one that is not there yet at the end. */
  add(sequence: number): void {
    this.members.add(sequence);
  }

  delete(sequence: number): void {
    this.members.delete(sequence);
    if (this.head === sequence) this.head = undefined;
  }

  clear(): void {
    this.members.clear();
    this.head = undefined;
  }

  /** The one that was added first of those that are there. */
  get first(): number | undefined {
    while (this.head === undefined) {
      const { done, value } = this.cursor.next();
      if (done !== true) this.head = value;
      else if (this.members.size === 0) return undefined;
      else this.cursor = this.members.values();
    }
    return this.head;
  }
}
