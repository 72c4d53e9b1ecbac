/**
 * What the peer of a congested connection takes, as far as it shows. Two things show it: what the wire has taken from
 * this process, and, where the system tells, what the peer's kernel has acknowledged. The second is finer: a full send
 * buffer takes nothing until a third of it is free. Times are of one monotonic clock, in milliseconds.
 */
export class ReaderProgress {
  private takenBytes: number;
  private acknowledgedBytes = Number.NaN;
  /** What the kernel held when it was first asked. */
  private firstUnacknowledged = 0;
  private countedBytes: number;
  private progressAt: number;

  /** @param takenBytes bytes that the wire has taken so far */
  constructor(takenBytes: number, now: number) {
    this.takenBytes = takenBytes;
    this.countedBytes = takenBytes;
    this.progressAt = now;
  }

  /** The wire has taken so many bytes in all. */
  taken(bytes: number, now: number): void {
    if (bytes > this.takenBytes) this.progressAt = now;
    this.takenBytes = bytes;
  }

  /** Of the bytes that the wire has taken, `unacknowledged` have not been acknowledged. */
  acknowledged(bytes: number, unacknowledged: number, now: number): void {
    const acknowledged = bytes - unacknowledged;
    if (acknowledged > this.acknowledgedBytes) this.progressAt = now;
    if (Number.isNaN(this.acknowledgedBytes)) {
      this.firstUnacknowledged = unacknowledged;
      this.countedBytes = acknowledged;
    }
    this.acknowledgedBytes = acknowledged;
  }

  /** The peer could not be expected to take anything until now. */
  resetStall(now: number): void {
    this.progressAt = now;
  }

  /** So many milliseconds since progress last showed do not count. */
  excuse(ms: number, now: number): void {
    this.progressAt = Math.min(now, this.progressAt + ms);
  }

  /** Milliseconds since progress last showed. */
  stalledMs(now: number): number {
    return now - this.progressAt;
  }

  /** Bytes of progress since the last call. */
  advance(): number {
    const bytes = Number.isNaN(this.acknowledgedBytes) ? this.takenBytes : this.acknowledgedBytes;
    const advanced = bytes - this.countedBytes;
    this.countedBytes = bytes;
    return Math.max(0, advanced);
  }

  /** Bytes by which the kernel's buffers are known to have been emptied since it was first asked. */
  kernelRoom(takenBytes: number): number {
    if (Number.isNaN(this.acknowledgedBytes)) return 0;
    return this.firstUnacknowledged - (takenBytes - this.acknowledgedBytes);
  }
}
