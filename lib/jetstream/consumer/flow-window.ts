/** Bytes that may be under way without an answer at first, and at most. */
const FIRST_BYTES = 2 * 1024 * 1024;
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * How much a push consumer with flow control may send before its client has answered. Half of it sent, a request is made; each
 * answer doubles it.
 */
export class FlowWindow {
  private maxBytes = FIRST_BYTES;
  /** Bytes sent and not known to be taken. */
  private sentBytes = 0;
  /** What the answer to the request under way confirms. */
  private askedBytes = 0;
  /** Where the answer to the request under way is published; undefined: there is none. */
  asked: string | undefined;

  /** Whether no message may be sent. */
  get isFull(): boolean {
    return this.sentBytes > this.maxBytes;
  }

  /** A message of so many bytes was sent. Returns whether a request must be made now. */
  sent(bytes: number): boolean {
    this.sentBytes += bytes;
    if (this.asked === undefined) return this.sentBytes > this.maxBytes / 2;
    if (this.sentBytes - this.askedBytes >= this.maxBytes) this.askedBytes += bytes;
    return false;
  }

  /** A request was made, whose answer is published to `subject`. */
  ask(subject: string): void {
    this.asked = subject;
    this.askedBytes = this.sentBytes;
  }

  /** An answer was published to `subject`. Returns whether it is that to the request under way. */
  answered(subject: string): boolean {
    if (subject !== this.asked) return false;
    this.maxBytes = Math.min(MAX_BYTES, this.maxBytes * 2);
    this.sentBytes = Math.max(0, this.sentBytes - this.askedBytes);
    this.asked = undefined;
    this.askedBytes = 0;
    return true;
  }
}
