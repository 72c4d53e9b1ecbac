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
/** Frames longer than this may not lie whole in a read: pieces of them are compared. */
const LARGE_FRAME_BYTES = 8 * 1024;
/** A line that is no frame is kept up to this length: an error text is shorter. */
const MAX_CONTROL_BYTES = 4096;

/** What may arrive: for each publisher number that feeds the connection, its block as delivered. */
export type Expected = ReadonlyMap<number, Block>;

export interface CounterOptions {
  /** All blocks have the same frame length. Empty: every line is a control line. */
  readonly expected: Expected;
  /**
   * Whether frames may be any of the blocks', in any order and not all of them, as a member of a queue group gets them.
   * The index of every frame then goes into {@link FrameCounter.tally}.
   */
  readonly scattered?: boolean;
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
  /** Frames whose every byte was compared; of large ones, pieces. */
  verified = 0;
  /** Of scattered frames: a sum that tells which they were, as of {@link tallyOf}; of others 0. */
  tally = 0;
  private readonly expected: Expected;
  private readonly only: Block | undefined;
  private readonly onControl: (line: string) => void;
  private readonly frameBytes: number;
  private readonly head: Buffer;
  private readonly payloadAt: number;
  private readonly scattered: boolean;
  /** Of scattered frames: the unfinished one. */
  private readonly carry: Buffer;
  /** Bytes of the unfinished frame that came in earlier reads. */
  private partialBytes = 0;
  private control = '';
  private reads = 0;

  constructor({ expected, onControl, scattered = false }: CounterOptions) {
    const first = expected.values().next().value;
    this.expected = expected;
    this.scattered = scattered;
    this.only = expected.size === 1 && !scattered ? first : undefined;
    this.onControl = onControl;
    this.frameBytes = first?.frameBytes ?? 0;
    this.head = Buffer.from(first?.bytes.subarray(0, Math.min(HEAD_BYTES, this.frameBytes)) ?? []);
    this.payloadAt = first?.payloadAt ?? 0;
    this.carry = Buffer.alloc(scattered ? this.frameBytes : 0);
  }

  /** Takes the first `length` bytes of `chunk`, which is not kept. */
  feed(chunk: Buffer, length: number): void {
    const start = this.partialBytes === 0 ? 0 : this.frameBytes - this.partialBytes;
    if (this.control === '' && start >= length) {
      if (this.frameBytes > LARGE_FRAME_BYTES && this.reads++ % SAMPLE_EVERY === 0)
        this.verifyPiece(chunk, length);
      this.take(chunk, 0, length);
    } else if (this.control === '' && this.frameBytes > 0) {
      const last = length - 1 - ((length - 1 - start) % this.frameBytes);
      if (this.isFrame(chunk, last, length)) {
        if (this.reads++ % SAMPLE_EVERY === 0) this.verify(chunk, start, length);
        this.take(chunk, 0, length);
      } else {
        this.walk(chunk, length);
      }
    } else {
      this.walk(chunk, length);
    }
  }

  private take(chunk: Buffer, at: number, bytes: number): void {
    if (this.scattered) this.addUp(chunk, at, at + bytes);
    const total = this.partialBytes + bytes;
    this.partialBytes = total % this.frameBytes;
    this.frames += (total - this.partialBytes) / this.frameBytes;
  }

  /** Adds every frame that ends between the two places to the tally. */
  private addUp(chunk: Buffer, from: number, to: number): void {
    let carried = this.partialBytes;
    for (let at = from; at < to; ) {
      const bytes = Math.min(this.frameBytes - carried, to - at);
      if (bytes === this.frameBytes) {
        this.addFrame(chunk, at);
      } else {
        chunk.copy(this.carry, carried, at, at + bytes);
        carried = (carried + bytes) % this.frameBytes;
        if (carried === 0) this.addFrame(this.carry, 0);
      }
      at += bytes;
    }
  }

  private addFrame(chunk: Buffer, at: number): void {
    this.tally = (this.tally + weight(this.digits(chunk, at, 0, PUBLISHER_DIGITS + INDEX_DIGITS))) | 0;
  }

  private isFrame(chunk: Buffer, at: number, length: number): boolean {
    const bytes = Math.min(this.head.length, length - at);
    for (let n = 0; n < bytes; n++) if (chunk[at + n] !== this.head[n]) return false;
    return bytes > 0;
  }

  /** Frame by frame, with whatever lines stand between them. */
  private walk(chunk: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.control === '' && (this.partialBytes > 0 || this.isFrame(chunk, at, length))) {
        const bytes = Math.min(this.frameBytes - this.partialBytes, length - at);
        if (this.partialBytes === 0 && bytes === this.frameBytes) this.verifyFrame(chunk, at, this.frames);
        this.take(chunk, at, bytes);
        at += bytes;
        continue;
      }
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 || newline >= length ? length : newline + 1;
      this.control += chunk.toString('latin1', at, end);
      at = end;
      if (this.control.length > MAX_CONTROL_BYTES) throw new Error(`not a frame: ${quoted(this.control)}`);
      if (!this.control.endsWith('\n')) continue;
      const line = this.control.trimEnd();
      this.control = '';
      this.onControl(line);
    }
  }

  /** The first frames that lie whole in the chunk, and the last one. */
  private verify(chunk: Buffer, start: number, length: number): void {
    if (this.frameBytes > LARGE_FRAME_BYTES) return this.verifyPiece(chunk, length);
    const whole = Math.floor((length - start) / this.frameBytes);
    if (whole === 0) this.verifyPiece(chunk, length);
    const firstFrame = this.frames + (this.partialBytes === 0 ? 0 : 1);
    const previous = this.scattered ? undefined : new Map<Block, number>();
    for (let n = 0; n < Math.min(whole, SAMPLE_FRAMES); n++) {
      this.verifyFrame(chunk, start + n * this.frameBytes, firstFrame + n, previous);
    }
    if (whole > SAMPLE_FRAMES) {
      this.verifyFrame(chunk, start + (whole - 1) * this.frameBytes, firstFrame + whole - 1);
    }
  }

  /** The read itself, up to the end of the block, where one publisher alone feeds the connection. */
  private verifyPiece(chunk: Buffer, length: number): void {
    if (this.only === undefined) return;
    const { bytes, frames } = this.only;
    const from = (this.frames % frames) * this.frameBytes + this.partialBytes;
    const compared = Math.min(length, bytes.length - from);
    if (bytes.compare(chunk, 0, compared, from, from + compared) !== 0) {
      throw new Error(
        `frame ${this.frames} or one after it is wrong: got ${quoted(chunk.toString('latin1', 0, 80))}`,
      );
    }
    this.verified++;
  }

  /**
   * `position`: how many frames of this connection came before it; with one publisher that fixes the frame. With
   * several, `previous` holds the index each publisher's last frame had, where the frames seen are consecutive.
   */
  private verifyFrame(chunk: Buffer, at: number, position: number, previous?: Map<Block, number>): void {
    const end = at + this.frameBytes;
    const block = this.only ?? this.expected.get(this.digits(chunk, at, 0, PUBLISHER_DIGITS));
    const got = (): string => `got ${quoted(chunk.toString('latin1', at, end))}`;
    if (block === undefined) throw new Error(`frame ${position} is of no known publisher: ${got()}`);
    const index =
      this.only === undefined
        ? this.digits(chunk, at, PUBLISHER_DIGITS, INDEX_DIGITS)
        : position % block.frames;
    const from = index * this.frameBytes;
    const fits = index >= 0 && index < block.frames;
    if (!fits || block.bytes.compare(chunk, at, end, from, from + this.frameBytes) !== 0) {
      const wanted = fits
        ? `, expected ${quoted(block.bytes.toString('latin1', from, from + this.frameBytes))}`
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
  private digits(chunk: Buffer, at: number, skip: number, digits: number): number {
    const from = at + this.payloadAt + skip;
    let value = 0;
    for (let n = 0; n < digits; n++) value = value * 10 + ((chunk[from + n] ?? Number.NaN) - ZERO);
    return value;
  }
}

/** What {@link FrameCounter.tally} is over all connections that together got `blocks` whole blocks of a publisher. */
export function tallyOf(publisher: number, { frames }: Block, blocks: number): number {
  let tally = 0;
  for (let index = 0; index < frames; index++)
    tally = (tally + weight(publisher * 10 ** INDEX_DIGITS + index)) | 0;
  return Math.imul(tally, blocks);
}

/** Spreads neighbouring numbers over 32 bits, so that no two frames make up for two others. */
function weight(number: number): number {
  const spread = Math.imul(number + 1, 0x9e3779b1);
  return Math.imul(spread ^ (spread >>> 15), 0x85ebca6b);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
