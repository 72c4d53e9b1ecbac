/** Counts the frames of one connection by their bytes, and looks closely at a sample of them. Pure. */
import { type Block, INDEX_DIGITS, PUBLISHER_DIGITS } from './frames.js';

const NEWLINE = 0x0a;
const ZERO = 0x30;
/** Compared at the last frame start of every read: enough to tell a frame from a PING, PONG or -ERR. */
const HEAD_BYTES = 4;
/** One read in this many is looked at closely … */
const SAMPLE_EVERY = 16;
/** … and of it this many frames. */
const SAMPLE_FRAMES = 64;
/** A line that is no frame is kept up to this length: an error text is shorter. */
const MAX_CONTROL_BYTES = 4096;

/** What may arrive: for each publisher number that feeds the connection, its block as delivered. */
export type Expected = ReadonlyMap<number, Block>;

export interface CounterOptions {
  /** All blocks have the same frame length. Empty: every line is a control line. */
  readonly expected: Expected;
  /** A whole line between frames that is no frame itself (`PING`, `PONG`, `-ERR '…'`), without its line end. */
  readonly onControl: (line: string) => void;
}

/**
 * Feed it every read; `frames` is then the number of whole frames so far. The fast path does a constant amount of work
 * a read: it trusts the fixed frame length and looks at the last frame start only. A read where that is not a
 * frame is walked frame by frame. `feed` throws an `Error` that says what was wrong when bytes are not as expected.
 */
export class FrameCounter {
  /** Whole frames so far. */
  frames = 0;
  /** Frames whose every byte was compared. */
  verified = 0;
  readonly #expected: Expected;
  readonly #only: Block | undefined;
  readonly #onControl: (line: string) => void;
  readonly #frameBytes: number;
  readonly #head: Buffer;
  readonly #payloadAt: number;
  /** Bytes of the unfinished frame that came in earlier reads. */
  #partialBytes = 0;
  #control = '';
  #reads = 0;

  constructor({ expected, onControl }: CounterOptions) {
    const first = expected.values().next().value;
    this.#expected = expected;
    this.#only = expected.size === 1 ? first : undefined;
    this.#onControl = onControl;
    this.#frameBytes = first?.frameBytes ?? 0;
    this.#head = Buffer.from(first?.bytes.subarray(0, Math.min(HEAD_BYTES, this.#frameBytes)) ?? []);
    this.#payloadAt = first?.bytes.subarray(0, this.#frameBytes).lastIndexOf('0'.repeat(INDEX_DIGITS)) ?? 0;
    this.#payloadAt -= PUBLISHER_DIGITS;
  }

  /** Takes the first `length` bytes of `chunk`, which is not kept. */
  feed(chunk: Buffer, length: number): void {
    const start = this.#partialBytes === 0 ? 0 : this.#frameBytes - this.#partialBytes;
    if (this.#control === '' && start >= length) {
      this.#take(length);
    } else if (this.#control === '' && this.#frameBytes > 0) {
      const last = length - 1 - ((length - 1 - start) % this.#frameBytes);
      if (this.#isFrame(chunk, last, length)) {
        if (this.#reads++ % SAMPLE_EVERY === 0) this.#verify(chunk, start, length);
        this.#take(length);
      } else {
        this.#walk(chunk, length);
      }
    } else {
      this.#walk(chunk, length);
    }
  }

  #take(bytes: number): void {
    const total = this.#partialBytes + bytes;
    this.#partialBytes = total % this.#frameBytes;
    this.frames += (total - this.#partialBytes) / this.#frameBytes;
  }

  #isFrame(chunk: Buffer, at: number, length: number): boolean {
    const bytes = Math.min(this.#head.length, length - at);
    for (let n = 0; n < bytes; n++) if (chunk[at + n] !== this.#head[n]) return false;
    return bytes > 0;
  }

  /** Frame by frame, with whatever lines stand between them. */
  #walk(chunk: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.#control === '' && (this.#partialBytes > 0 || this.#isFrame(chunk, at, length))) {
        const bytes = Math.min(this.#frameBytes - this.#partialBytes, length - at);
        if (this.#partialBytes === 0 && bytes === this.#frameBytes) this.#verifyFrame(chunk, at, this.frames);
        this.#take(bytes);
        at += bytes;
        continue;
      }
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 || newline >= length ? length : newline + 1;
      this.#control += chunk.toString('latin1', at, end);
      at = end;
      if (this.#control.length > MAX_CONTROL_BYTES) throw new Error(`not a frame: ${quoted(this.#control)}`);
      if (!this.#control.endsWith('\n')) continue;
      const line = this.#control.trimEnd();
      this.#control = '';
      this.#onControl(line);
    }
  }

  /** The first frames that lie whole in the chunk, and the last one. */
  #verify(chunk: Buffer, start: number, length: number): void {
    const whole = Math.floor((length - start) / this.#frameBytes);
    const firstFrame = this.frames + (this.#partialBytes === 0 ? 0 : 1);
    const previous = new Map<Block, number>();
    for (let n = 0; n < Math.min(whole, SAMPLE_FRAMES); n++) {
      this.#verifyFrame(chunk, start + n * this.#frameBytes, firstFrame + n, previous);
    }
    if (whole > SAMPLE_FRAMES) {
      this.#verifyFrame(chunk, start + (whole - 1) * this.#frameBytes, firstFrame + whole - 1);
    }
  }

  /**
   * `position`: how many frames of this connection came before it; with one publisher that fixes the frame. With
   * several, `previous` holds the index each publisher's last frame had, where the frames seen are consecutive.
   */
  #verifyFrame(chunk: Buffer, at: number, position: number, previous?: Map<Block, number>): void {
    const end = at + this.#frameBytes;
    const block = this.#only ?? this.#expected.get(this.#digits(chunk, at, 0, PUBLISHER_DIGITS));
    const got = (): string => `got ${quoted(chunk.toString('latin1', at, end))}`;
    if (block === undefined) throw new Error(`frame ${position} is of no known publisher: ${got()}`);
    const index =
      this.#only === undefined
        ? this.#digits(chunk, at, PUBLISHER_DIGITS, INDEX_DIGITS)
        : position % block.frames;
    const from = index * this.#frameBytes;
    const fits = index >= 0 && index < block.frames;
    if (!fits || block.bytes.compare(chunk, at, end, from, from + this.#frameBytes) !== 0) {
      const wanted = fits
        ? `, expected ${quoted(block.bytes.toString('latin1', from, from + this.#frameBytes))}`
        : '';
      throw new Error(`frame ${position} is wrong: ${got()}${wanted}`);
    }
    const before = previous?.get(block);
    if (before !== undefined && (before + 1) % block.frames !== index) {
      throw new Error(
        `frame ${position} is out of order: ${got()} after index ${before} of the same publisher`,
      );
    }
    previous?.set(block, index);
    this.verified++;
  }

  /** The number that stands `skip` bytes into the payload of the frame at `at`; NaN or senseless if none does. */
  #digits(chunk: Buffer, at: number, skip: number, digits: number): number {
    const from = at + this.#payloadAt + skip;
    let value = 0;
    for (let n = 0; n < digits; n++) value = value * 10 + ((chunk[from + n] ?? Number.NaN) - ZERO);
    return value;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
