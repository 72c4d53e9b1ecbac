/** Whose file it is. */
export interface WindowOwner {
  /** The piece is not kept any longer. */
  forget(window: Window): void;
}

/** A piece of a block's file in memory. */
export interface Window {
  readonly owner: WindowOwner;
  /** Offset in the file of its first byte. */
  readonly start: number;
  readonly bytes: Buffer;
  /** Bytes of it that are there. */
  length: number;
  /** Whether it was read from the file: it may be damaged. */
  readonly isFromFile: boolean;
  /** Whether it was read from since it was last looked at for room. */
  isUsed: boolean;
}

/** Keeps the pieces of files that were written or read last, of all streams together. */
export class ReadCache {
  private readonly maxBytes: number;
  private bytes = 0;
  /** In the order in which they came; one that was used meanwhile moves to the end when it is its turn to go. */
  private windows = new Set<Window>();

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  add(window: Window): void {
    this.windows.add(window);
    this.bytes += window.bytes.length;
    for (const oldest of this.windows) {
      if (this.bytes <= this.maxBytes) break;
      this.windows.delete(oldest);
      if (oldest.isUsed && oldest !== window) {
        oldest.isUsed = false;
        this.windows.add(oldest);
      } else {
        this.bytes -= oldest.bytes.length;
        oldest.owner.forget(oldest);
      }
    }
  }

  remove(window: Window): void {
    if (this.windows.delete(window)) this.bytes -= window.bytes.length;
  }
}
