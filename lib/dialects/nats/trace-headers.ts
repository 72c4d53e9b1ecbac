/*
 * Finds out whether a header block asks for a trace of its message: nats-server's `Nats-Trace-Dest`, and W3C's
 * `traceparent` in any case, where an account takes that as a request, too. Every message with headers comes through here,
 * so only every fourteenth pair of bytes is looked at, or about that (Horspool's search, by pairs).
 */

/** Bytes of `NATS/1.0` and its line end: names come after it. */
const VERSION_BYTES = 10;
const PAIRS = 1_024;

function hashOf(first: number, second: number): number {
  return ((first << 3) ^ second) & (PAIRS - 1);
}

/** A name to search header blocks for. */
class Needle {
  private readonly text: Buffer;
  /** 32 where case is folded, by setting that bit of each byte; else 0. */
  private readonly fold: number;
  /** By the pair of bytes at the end of the window: how far the window may be moved; 0: the name may end there. */
  private readonly shifts: Uint8Array;

  /** @param text in lower case where `foldsCase` */
  constructor(text: string, foldsCase: boolean) {
    this.text = Buffer.from(text);
    this.fold = foldsCase ? 32 : 0;
    const last = text.length - 1;
    this.shifts = new Uint8Array(PAIRS).fill(last);
    for (let i = 1; i <= last; i++) this.shifts[hashOf(this.text[i - 1]!, this.text[i]!)] = last - i;
  }

  /** Whether it is somewhere in the header block `bytes[start, end)`. */
  isIn(bytes: Buffer, start: number, end: number): boolean {
    const { shifts, fold } = this;
    const last = this.text.length - 1;
    for (let at = start + VERSION_BYTES + last; at < end; ) {
      const shift = shifts[hashOf(bytes[at - 1]! | fold, bytes[at]! | fold)]!;
      if (shift > 0) at += shift;
      else if (this.isAt(bytes, at - last)) return true;
      else at++;
    }
    return false;
  }

  private isAt(bytes: Buffer, start: number): boolean {
    const { text, fold } = this;
    for (let i = 0; i < text.length; i++) if ((bytes[start + i]! | fold) !== text[i]!) return false;
    return true;
  }
}

const WORD_BYTES = 4;
/** Every place of the name has a whole word within it that starts at a multiple of so many bytes. */
const STRIDE = 12;
const WORD_SLOTS = 4_096;

function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> 20;
}

const DESTINATION_NAME = 'Nats-Trace-Dest';
/** 1 for the words that are in the name, wherever it starts. */
const WORDS = new Uint8Array(WORD_SLOTS);
const DESTINATION_VIEW = new DataView(Uint8Array.from(Buffer.from(DESTINATION_NAME)).buffer);
for (let at = 0; at <= DESTINATION_NAME.length - WORD_BYTES; at++)
  WORDS[slotOf(DESTINATION_VIEW.getInt32(at, true))] = 1;

/**
 * Whether `Nats-Trace-Dest` may be in the header block `[start, end)` of a view: one word in twelve bytes is looked at, so
 * that a block without it costs next to nothing.
 */
export function mayHaveDestination(view: DataView, start: number, end: number): boolean {
  for (let at = start + VERSION_BYTES + STRIDE - 1; at <= end - WORD_BYTES; at += STRIDE)
    if (WORDS[slotOf(view.getInt32(at, true))] === 1) return true;
  return false;
}

const DESTINATION = new Needle(DESTINATION_NAME, false);
const PARENT = new Needle('traceparent', true);

/**
 * Whether the header block `bytes[start, end)` may ask for a trace. What it says exactly is read by the tracing code.
 * @param takesParents whether `traceparent` does
 */
export function mayAskTrace(bytes: Buffer, start: number, end: number, takesParents: boolean): boolean {
  return DESTINATION.isIn(bytes, start, end) || (takesParents && PARENT.isIn(bytes, start, end));
}
