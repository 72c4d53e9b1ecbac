import type { StreamChanges } from './stream-changes.js';

/** What one consumer has taken in of what became of the messages of its stream. */
export class ChangeReader {
  private readonly changes: StreamChanges;
  private readonly reader: Parameters<StreamChanges['tell']>[1];
  /** Number of the first change that it has not taken in. */
  private next: number;

  /** Begins with what happens from now on. @param reader is told of each change */
  constructor(changes: StreamChanges, reader: Parameters<StreamChanges['tell']>[1]) {
    this.changes = changes;
    this.reader = reader;
    this.next = changes.end;
  }

  /** Takes in what has happened since the last time. Returns how many changes that were. */
  catchUp(): number {
    const { changes, reader } = this;
    const from = this.next;
    if (from < changes.first) {
      this.next = changes.end;
      reader.purged();
    }
    while (this.next < changes.end) changes.tell(this.next++, reader);
    return this.next - from;
  }
}
