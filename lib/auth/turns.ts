/** A queue for several owners: they take turns, each with its oldest entry. */
export class Turns<T> {
  private readonly most: number;
  private readonly lines = new Map<string, T[]>();
  private count = 0;

  /** @param most of all that may wait */
  constructor(most: number) {
    this.most = most;
  }

  /** Number of those that wait. */
  get size(): number {
    return this.count;
  }

  /** Adds an entry. Returns the one that is refused where there is no room: the last of the owner with most entries, or the new one. */
  add(owner: string, item: T): T | undefined {
    let dropped: T | undefined;
    if (this.count >= this.most) {
      const longest = this.longest();
      if (longest.length <= (this.lines.get(owner)?.length ?? 0) + 1) return item;
      dropped = longest.pop();
      this.count--;
    }
    const line = this.lines.get(owner);
    if (line === undefined) this.lines.set(owner, [item]);
    else line.push(item);
    this.count++;
    return dropped;
  }

  /** The next one; undefined where none waits. */
  take(): T | undefined {
    for (const [owner, line] of this.lines) {
      const item = line.shift();
      this.lines.delete(owner);
      if (item === undefined) continue;
      if (line.length > 0) this.lines.set(owner, line); // at the end: the others come first
      this.count--;
      return item;
    }
    return undefined;
  }

  private longest(): T[] {
    let longest: T[] = [];
    for (const line of this.lines.values()) if (line.length > longest.length) longest = line;
    return longest;
  }
}
