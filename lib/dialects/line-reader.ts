const LF = 10;
const CR = 13;
const FIRST_BYTES = 128;
const NOTHING = Buffer.alloc(0);

/**
 * Lines of a stream of bytes, ended by LF or CRLF, none longer than a limit. Of one that reads cut only what arrived is
 * stored, in memory that doubles: tiny reads cost no more than large ones.
 */
export class LineReader {
  /** The line `next` has found, without its line end: a view of the read, or of memory of its own. */
  line: Buffer = NOTHING;
  /** Where in the read the next one starts. */
  at = 0;
  private readonly maxBytes: number;
  private store = NOTHING;
  private used = 0;

  /** @param maxBytes longest line, in bytes without its line end */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Looks for the end of a line in `bytes[at…)`. After a line that is too long it must not be called again. */
  next(bytes: Buffer, at: number): 'line' | 'unfinished' | 'too-long' {
    const newline = bytes.indexOf(LF, at);
    const end = newline < 0 ? bytes.length : newline;
    this.at = newline < 0 ? end : newline + 1;
    const last = end > at ? bytes[end - 1] : this.store[this.used - 1];
    const lineBytes = this.used + end - at - (last === CR ? 1 : 0);
    if (lineBytes > this.maxBytes) return 'too-long';
    if (newline < 0) {
      this.keep(bytes, at, end);
      return 'unfinished';
    }
    if (this.used === 0) {
      this.line = bytes.subarray(at, at + lineBytes);
      return 'line';
    }
    this.keep(bytes, at, end);
    this.line = this.store.subarray(0, lineBytes);
    this.store = NOTHING;
    this.used = 0;
    return 'line';
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    const used = this.used + end - start;
    if (used > this.store.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(used, FIRST_BYTES, this.store.length * 2));
      larger.set(this.store.subarray(0, this.used));
      this.store = larger;
    }
    this.store.set(bytes.subarray(start, end), this.used);
    this.used = used;
  }
}
