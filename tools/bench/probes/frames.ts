/** Frames of a fixed length and the lines between them, cut out of a stream; and frames with a number in them. Pure. */

const NEWLINE = 0x0a;
/** `MSG` begins so, and nothing else a broker says. */
const M = 0x4d;
const ZERO = 0x30;
/** A line is kept up to this length: INFO is shorter. */
const MAX_LINE_BYTES = 8_192;

export interface Handlers {
  /** A whole frame lies at `at`; the chunk is not kept. */
  readonly onFrame?: (chunk: Buffer, at: number) => void;
  /** A whole line that is no frame, without its line end. */
  readonly onLine: (line: string) => void;
}

/** Feed it every read. With `frameBytes` 0 all is lines. Throws what the handlers throw. */
export class FrameCutter {
  frameBytes: number;
  private readonly handlers: Handlers;
  private partial = Buffer.alloc(0);
  private held = 0;
  private line = '';

  constructor(frameBytes: number, handlers: Handlers) {
    this.frameBytes = frameBytes;
    this.handlers = handlers;
  }

  /** Takes the first `length` bytes of `chunk`. */
  feed(chunk: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.held > 0 || (this.line === '' && this.frameBytes > 0 && chunk[at] === M)) {
        at = this.frame(chunk, at, length);
      } else {
        at = this.lines(chunk, at, length);
      }
    }
  }

  /** Returns where it has got to. */
  private frame(chunk: Buffer, at: number, length: number): number {
    const { frameBytes } = this;
    if (this.held === 0 && at + frameBytes <= length) {
      this.handlers.onFrame?.(chunk, at);
      return at + frameBytes;
    }
    if (this.partial.length !== frameBytes) this.partial = Buffer.alloc(frameBytes);
    const bytes = Math.min(frameBytes - this.held, length - at);
    chunk.copy(this.partial, this.held, at, at + bytes);
    this.held += bytes;
    if (this.held === frameBytes) {
      this.held = 0;
      this.handlers.onFrame?.(this.partial, 0);
    }
    return at + bytes;
  }

  private lines(chunk: Buffer, at: number, length: number): number {
    const newline = chunk.indexOf(NEWLINE, at);
    const whole = newline !== -1 && newline < length;
    const end = whole ? newline + 1 : length;
    this.line += chunk.toString('latin1', at, end);
    if (this.line.length > MAX_LINE_BYTES)
      throw new Error(`not a line: ${JSON.stringify(this.line.slice(0, 80))}…`);
    if (whole) {
      const line = this.line.trimEnd();
      this.line = '';
      this.handlers.onLine(line);
    }
    return end;
  }
}

/** Bytes with a number in them: in `PUB a 16 ####`, every run of `#` stands for all its digits. */
export class Template {
  readonly bytes: Buffer;
  private readonly places: readonly (readonly [from: number, digits: number])[];

  constructor(text: string) {
    this.bytes = Buffer.from(text.replaceAll('#', '0'), 'latin1');
    this.places = [...text.matchAll(/#+/g)].map(({ 0: run, index }) => [index, run.length]);
  }

  /** The same bytes every time, with this number in them; its last digits, where there is no room for all. */
  with(number: number): Buffer {
    for (const [from, digits] of this.places) {
      for (let rest = number, at = from + digits - 1; at >= from; at--) {
        const digit = rest % 10;
        this.bytes[at] = ZERO + digit;
        rest = (rest - digit) / 10;
      }
    }
    return this.bytes;
  }

  /** The number in the first place, of a chunk with such bytes at `at`; NaN or senseless if they are others. */
  read(chunk: Buffer, at: number): number {
    const [from, digits] = this.places[0] ?? [0, 0];
    let value = 0;
    for (let n = at + from; n < at + from + digits; n++)
      value = value * 10 + ((chunk[n] ?? Number.NaN) - ZERO);
    return value;
  }

  /** Throws unless the chunk has exactly these bytes with that number at `at`. */
  check(number: number, chunk: Buffer, at: number): void {
    const end = Math.min(at + this.bytes.length, chunk.length);
    if (this.with(number).compare(chunk, at, end) === 0) return;
    const [got, wanted] = [chunk.toString('latin1', at, end), this.bytes.toString('latin1')];
    throw new Error(`got ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`);
  }
}
