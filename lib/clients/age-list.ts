/** What an {@link AgeList} links. */
export interface Aged {
  older: this | undefined;
  newer: this | undefined;
}

/**
 * Items in the order in which they were added: adding one, removing any of them and finding the oldest each take constant
 * time. A Map has the same order, but finding its first entry walks over those that were deleted before it.
 */
export class AgeList<T extends Aged> {
  size = 0;
  oldest: T | undefined = undefined;
  private newest: T | undefined = undefined;

  /** Adds an item that is in no list. */
  add(item: T): void {
    item.older = this.newest;
    item.newer = undefined;
    if (this.newest === undefined) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
    this.size++;
  }

  /** Removes an item that is in this list. */
  remove(item: T): void {
    const { older, newer } = item;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    item.older = undefined;
    item.newer = undefined;
    this.size--;
  }
}
