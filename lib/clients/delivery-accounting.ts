import { type Count, NOTHING } from '../domain/drops.js';

/** What was rendered in one flush or some: messages that count as pending until the wire has taken the last byte. */
interface FlushSpan {
  /** Where it starts and ends among all bytes that were ever rendered for the connection. */
  readonly start: number;
  end: number;
  messages: number;
  bytes: number;
  chunks: number;
}

/** Flushes are put into one lot up to this size in bytes, so that their number is bounded by the bytes that wait. */
const SPAN_BYTES = 16 * 1024;
/** What a chunk costs beside its bytes while it waits: a Buffer, and its place in a stream's list. In bytes, measured. */
const CHUNK_COST_BYTES = 256;

/**
 * Accounts for the messages of one outbox: which are queued, which are rendered and wait, which the wire has taken.
 *
 *   count → queued ─rendered→ lots ─taken→ delivered
 */
export class DeliveryAccounting {
  /** Messages the wire has taken, and their payload bytes. */
  deliveredMessages = 0;
  deliveredBytes = 0;
  /** What the waiting chunks cost beside their bytes. */
  overheadBytes = 0;
  private queuedMessages = 0;
  private queuedBytes = 0;
  private spans: FlushSpan[] = [];
  private first = 0;

  /** Messages were queued. */
  count(messages: number, bytes: number): void {
    this.queuedMessages += messages;
    this.queuedBytes += bytes;
  }

  /** Whether nothing that was rendered waits. */
  get clear(): boolean {
    return this.first === this.spans.length;
  }

  /** What is queued was rendered, and the wire has taken all of it. */
  passed(): void {
    this.deliveredMessages += this.queuedMessages;
    this.deliveredBytes += this.queuedBytes;
    this.queuedMessages = 0;
    this.queuedBytes = 0;
  }

  /**
   * What is queued was rendered, and waits.
   * @param end bytes rendered so far
   * @param chunks into how many chunks
   */
  rendered(start: number, end: number, chunks: number): void {
    const { queuedMessages: messages, queuedBytes: bytes } = this;
    this.queuedMessages = 0;
    this.queuedBytes = 0;
    this.overheadBytes += chunks * CHUNK_COST_BYTES;
    const last = this.clear ? undefined : this.spans.at(-1);
    if (last === undefined || end - last.start > SPAN_BYTES)
      this.spans.push({ start, end, messages, bytes, chunks });
    else {
      last.end = end;
      last.messages += messages;
      last.bytes += bytes;
      last.chunks += chunks;
    }
  }

  /** The wire has taken so many of the bytes that were ever rendered. */
  taken(bytes: number): void {
    const { spans } = this;
    for (; this.first < spans.length; this.first++) {
      const span = spans[this.first];
      if (span === undefined || span.end > bytes) break;
      this.deliveredMessages += span.messages;
      this.deliveredBytes += span.bytes;
      this.overheadBytes -= span.chunks * CHUNK_COST_BYTES;
    }
    if (this.first === spans.length) {
      this.spans = [];
      this.first = 0;
    } else if (this.first > 64 && this.first > spans.length / 2) {
      this.spans = spans.slice(this.first);
      this.first = 0;
    }
  }

  /** What was counted and the wire has not taken. */
  get pending(): Count {
    if (this.clear && this.queuedMessages === 0) return NOTHING;
    let messages = this.queuedMessages;
    let bytes = this.queuedBytes;
    for (let i = this.first; i < this.spans.length; i++) {
      messages += this.spans[i]?.messages ?? 0;
      bytes += this.spans[i]?.bytes ?? 0;
    }
    return { messages, bytes };
  }

  /** Forgets what is pending. */
  abandon(): void {
    this.queuedMessages = 0;
    this.queuedBytes = 0;
    this.overheadBytes = 0;
    this.spans = [];
    this.first = 0;
  }
}
