/** What a broker sends, cut into messages and lines. One reader a connection; none keeps more than one frame. */

/** Where the payload of a message lies, and where its frame begins; valid during the call only. */
export type OnMessage = (bytes: Buffer, start: number, end: number, frame: number) => void;

export interface Hearing {
  readonly onMessage: OnMessage;
  /** Everything that is no message, without its line end: `PONG`, `-ERR '…'`, `OK SUB a`. */
  readonly onLine: (line: string) => void;
}

export interface Reader {
  feed(chunk: Buffer): void;
}

const LF = 10;
const CR = 13;
const BLANK = 32;

/** Longer lines are no answer of a broker. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;

/** Keeps what is unfinished, and asks its subclass for one frame at a time. */
abstract class FrameReader implements Reader {
  protected readonly hearing: Hearing;
  private kept: Buffer[] = [];
  private keptBytes = 0;
  /** Bytes that the frame begun has at least. */
  private wanted = 0;

  constructor(hearing: Hearing) {
    this.hearing = hearing;
  }

  feed(chunk: Buffer): void {
    let bytes = chunk;
    if (this.keptBytes > 0) {
      this.kept.push(chunk);
      this.keptBytes += chunk.length;
      if (this.keptBytes < this.wanted) return;
      bytes = Buffer.concat(this.kept);
      this.kept = [];
      this.keptBytes = 0;
    }
    let at = 0;
    while (at < bytes.length) {
      const next = this.frame(bytes, at);
      if (next < 0) {
        this.wanted = -next;
        this.kept = [Buffer.from(bytes.subarray(at))];
        this.keptBytes = bytes.length - at;
        if (this.keptBytes > MAX_LINE_BYTES) throw new Error('a line without an end');
        return;
      }
      at = next;
    }
  }

  /** Takes the frame at `at` and returns its end, or minus the bytes it has at least where it is not all there. */
  protected abstract frame(bytes: Buffer, at: number): number;

  /** The line `[at, newline)` as text. */
  protected line(bytes: Buffer, at: number, newline: number): string {
    const end = bytes[newline - 1] === CR ? newline - 1 : newline;
    return bytes.toString('latin1', at, Math.max(at, end));
  }
}

/** `MSG subject sid [reply] size␍␊payload␍␊` and the like. */
class NatsReader extends FrameReader {
  protected frame(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) return -(bytes.length - at + 1);
    const first = bytes[at]!;
    const headed = first === 72; // HMSG
    if (first !== 77 && !headed) {
      this.hearing.onLine(this.line(bytes, at, newline));
      return newline + 1;
    }
    let size = 0;
    let scale = 1;
    let digit = newline - 2;
    for (; bytes[digit] !== BLANK && digit > at; digit--, scale *= 10) size += (bytes[digit]! - 48) * scale;
    const end = newline + 1 + size + 2;
    if (!(end > newline)) throw new Error(`no size in ${this.line(bytes, at, newline)}`);
    if (end > bytes.length) return -(end - at);
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) throw new Error('no line end after a payload');
    if (headed) this.hearing.onLine(this.line(bytes, at, newline));
    else this.hearing.onMessage(bytes, newline + 1, end - 2, at);
    return end;
  }
}

const UPDATE = Buffer.from('UPDATE ');

/** `UPDATE topic text␊` and the like. */
class LineReader extends FrameReader {
  protected frame(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) return -(bytes.length - at + 1);
    if (bytes.compare(UPDATE, 0, UPDATE.length, at, Math.min(at + UPDATE.length, newline)) !== 0) {
      this.hearing.onLine(this.line(bytes, at, newline));
      return newline + 1;
    }
    const text = bytes.indexOf(BLANK, at + UPDATE.length) + 1;
    const end = bytes[newline - 1] === CR ? newline - 1 : newline;
    this.hearing.onMessage(bytes, text, end, at);
    return newline + 1;
  }
}

/** Redis' RESP2: `*3␍␊$7␍␊message␍␊$n␍␊channel␍␊$m␍␊payload␍␊`, `:1␍␊`, `+PONG␍␊`. */
class RedisReader extends FrameReader {
  protected frame(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) return -(bytes.length - at + 1);
    if (bytes[at] !== 42) {
      this.hearing.onLine(this.line(bytes, at, newline));
      return newline + 1;
    }
    const count = Number(this.line(bytes, at + 1, newline));
    const parts: [number, number][] = [];
    let next = newline + 1;
    for (let i = 0; i < count; i++) {
      const lineEnd = bytes.indexOf(LF, next);
      if (lineEnd < 0) return -(bytes.length - at + 1);
      if (bytes[next] !== 36) {
        parts.push([next + 1, lineEnd - 1]); // a number
        next = lineEnd + 1;
        continue;
      }
      const end = lineEnd + 1 + Number(this.line(bytes, next + 1, lineEnd));
      if (end + 2 > bytes.length) return -(end + 2 - at);
      parts.push([lineEnd + 1, end]);
      next = end + 2;
    }
    const [kind, , body] = parts;
    const name = bytes.toString('latin1', kind?.[0] ?? 0, kind?.[1] ?? 0);
    if (name === 'message' && body !== undefined) this.hearing.onMessage(bytes, body[0], body[1], at);
    else this.hearing.onLine(name.toUpperCase());
    return next;
  }
}

/** Who can be talked to. */
export type ClientProtocol = 'nats' | 'line' | 'redis';

/** Reads what a broker says in one of the tongues. `feed` throws where it says what it never would. */
export function readerOf(protocol: ClientProtocol, hearing: Hearing): Reader {
  if (protocol === 'line') return new LineReader(hearing);
  return protocol === 'nats' ? new NatsReader(hearing) : new RedisReader(hearing);
}
