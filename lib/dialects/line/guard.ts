const LF = 10;
const CR = 13;
/** Telnet's "interpret as command", RFC 854; never part of valid UTF-8. */
const IAC = 255;
const SB = 250;
const SE = 240;
const WILL = 251;
const DONT = 254;

type TelnetState = 'data' | 'iac' | 'option' | 'sub' | 'sub-iac';

/** What of a read may be split into lines. */
export interface Whole {
  /** Whole lines, each with its LF; their number is `lines`. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** The beginning of the line after them, unfinished or too long. */
  readonly rest: Buffer;
  /** Whether that line is longer than allowed: the last there will ever be. */
  readonly overflow: boolean;
}

/**
 * Lets only whole lines through, none longer than the limit, and takes telnet's option negotiation out. So the
 * splitter behind it never sees a line's beginning without its end, and needs no limit of its own.
 */
export class LineGuard {
  private readonly maxLineBytes: () => number;
  private tail: Buffer = Buffer.alloc(0);
  private state: TelnetState = 'data';

  /** @param maxLineBytes longest line now, in bytes, its line end not counted */
  constructor(maxLineBytes: () => number) {
    this.maxLineBytes = maxLineBytes;
  }

  /** Takes one read. After an `overflow` it must not be called again. */
  feed(chunk: Buffer): Whole {
    const data = this.state === 'data' && !chunk.includes(IAC) ? chunk : this.withoutTelnet(chunk);
    const last = data.lastIndexOf(LF);
    const bytes = last < 0 ? Buffer.alloc(0) : this.joined(data.subarray(0, last + 1));
    const rest = data.subarray(last + 1);
    // A copy: an idle connection must not keep the whole read for the sake of a few bytes.
    if (rest.length > 0) this.tail = this.tail.length === 0 ? Buffer.from(rest) : this.joined(rest);
    return this.measured(bytes);
  }

  private joined(data: Buffer): Buffer {
    if (this.tail.length === 0) return data;
    const joined = Buffer.concat([this.tail, data]);
    this.tail = Buffer.alloc(0);
    return joined;
  }

  /** Counts the lines and stops before the first that is too long, finished or not. */
  private measured(bytes: Buffer): Whole {
    const maxLineBytes = this.maxLineBytes();
    let lines = 0;
    let start = 0;
    while (start < bytes.length) {
      const newline = bytes.indexOf(LF, start);
      const crBytes = newline > start && bytes[newline - 1] === CR ? 1 : 0;
      if (newline - start - crBytes > maxLineBytes) {
        return { bytes: bytes.subarray(0, start), lines, rest: bytes.subarray(start), overflow: true };
      }
      lines++;
      start = newline + 1;
    }
    const unfinished = this.tail.length - (this.tail[this.tail.length - 1] === CR ? 1 : 0);
    return { bytes, lines, rest: this.tail, overflow: unfinished > maxLineBytes };
  }

  /** Drops IAC commands, wherever reads cut them; an escaped 255 is dropped too, as no UTF-8 has one. */
  private withoutTelnet(chunk: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      switch (this.state) {
        case 'data':
          if (byte === IAC) this.state = 'iac';
          else kept[length++] = byte;
          break;
        case 'iac':
          if (byte === SB) this.state = 'sub';
          else this.state = byte >= WILL && byte <= DONT ? 'option' : 'data';
          break;
        case 'option':
          this.state = 'data';
          break;
        case 'sub':
          if (byte === IAC) this.state = 'sub-iac';
          break;
        case 'sub-iac':
          this.state = byte === SE ? 'data' : 'sub';
          break;
      }
    }
    return kept.subarray(0, length);
  }
}
