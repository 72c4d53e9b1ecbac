import type { ErrorCode } from '../../domain/errors.js';
import { MAX_PAYLOAD_BYTES } from '../../domain/limits.js';
import { asBuffer } from '../../frame/as-buffer.js';
import { Assembler } from '../assembler.js';
import { LineReader } from '../line-reader.js';
import type { Parser } from '../parser.js';
import { errorMessage, sizeAt, wordAt, words } from './arguments.js';
import type { NatsMessage, NatsServerFrame } from './commands.js';
import { parse } from './json.js';
import type { NatsServerParserOptions } from './options.js';

/*
 * server → client, every line ending in CRLF (LF alone is taken too, but not after a payload):
 *
 *   INFO {json}                                         PING   PONG   +OK
 *   MSG subject sid [reply] bytes␍␊payload␍␊            -ERR 'text'
 *   HMSG subject sid [reply] hdr total␍␊hdr payload␍␊
 *
 * https://docs.nats.io/reference/reference-protocols/nats-protocol
 */

const MAX_LINE_BYTES = 65_536;
/** What a server may be configured to take at most. */
const MAX_MESSAGE_BYTES = 64 * MAX_PAYLOAD_BYTES;

/** The line of a message whose payload comes next. */
interface Head {
  readonly subject: string;
  readonly sid: string;
  readonly reply?: string;
  /** Bytes of the header block; undefined for a MSG. */
  readonly headerBytes: number | undefined;
  /** Bytes of headers and payload. */
  readonly bytes: number;
}

class NatsServerParser implements Parser<NatsServerFrame> {
  private readonly maxPayloadBytes: number;
  private readonly lines: LineReader;
  private frames: NatsServerFrame[] = [];
  private head: Head | undefined;
  private body: Assembler | undefined;
  private failed = false;

  constructor(options: NatsServerParserOptions) {
    this.maxPayloadBytes = options.maxPayloadBytes ?? MAX_MESSAGE_BYTES;
    this.lines = new LineReader(options.maxControlLineBytes ?? MAX_LINE_BYTES);
  }

  feed(chunk: Uint8Array | string): readonly NatsServerFrame[] {
    const bytes = asBuffer(chunk);
    this.frames = [];
    let at = 0;
    while (at < bytes.length && !this.failed)
      at = this.head === undefined ? this.takeLine(bytes, at) : this.takeBody(bytes, at, this.head);
    return this.frames;
  }

  /** Takes a control line or its beginning; returns the position after it. */
  private takeLine(bytes: Buffer, at: number): number {
    const found = this.lines.next(bytes, at);
    if (found === 'too-long') this.fault('MAX_CONTROL_LINE');
    else if (found === 'line') this.readLine(this.lines.line);
    return this.lines.at;
  }

  /** Takes a payload with its line end, or a part of them; returns the position after what it took. */
  private takeBody(bytes: Buffer, at: number, head: Head): number {
    const size = head.bytes + 2;
    if (this.body === undefined && bytes.length - at >= size) {
      this.finish(head, bytes.subarray(at, at + size));
      return at + size;
    }
    this.body ??= new Assembler(size);
    const end = this.body.take(bytes, at);
    if (this.body.missing === 0) this.finish(head, joined(this.body.finish()));
    return end;
  }

  private finish(head: Head, body: Buffer): void {
    const { headerBytes, bytes, ...words } = head;
    this.head = undefined;
    this.body = undefined;
    if (body[bytes] !== 13 || body[bytes + 1] !== 10) {
      this.fault('UNKNOWN_OPERATION');
      return;
    }
    const message: NatsMessage = {
      op: 'MSG',
      ...words,
      ...(headerBytes === undefined ? {} : { headers: body.subarray(0, headerBytes) }),
      payload: body.subarray(headerBytes ?? 0, bytes),
    };
    this.frames.push(message);
  }

  private fault(code: ErrorCode): void {
    this.failed = true;
    this.frames.push({ op: 'FAULT', code });
  }

  private readLine(line: Buffer): void {
    let verbEnd = 0;
    while (verbEnd < line.length && line[verbEnd] !== 32 && line[verbEnd] !== 9) verbEnd++;
    const verb = line.toString('latin1', 0, verbEnd).toUpperCase();
    switch (verb) {
      case 'MSG':
      case 'HMSG':
        this.readMessage(line, verbEnd, verb === 'HMSG');
        return;
      case 'PING':
      case 'PONG':
      case '+OK':
        this.frames.push({ op: verb });
        return;
      case '-ERR': {
        this.frames.push({ op: '-ERR', message: errorMessage(line, verbEnd, line.length) });
        return;
      }
      case 'INFO': {
        const info = parse(line.toString('utf8', verbEnd, line.length));
        if (typeof info !== 'object' || info === null || Array.isArray(info)) this.fault('PARSER_ERROR');
        else this.frames.push({ op: 'INFO', info: info as Readonly<Record<string, unknown>> });
        return;
      }
      default:
        this.fault('UNKNOWN_OPERATION');
    }
  }

  /** `subject sid [reply] [hdr] total` */
  private readMessage(line: Buffer, start: number, withHeaders: boolean): void {
    const found = words(line, start, line.length, false);
    const word = (index: number): string => wordAt(line, found, index);
    const size = (index: number): number => sizeAt(line, found, index);
    const count = found.length / 2;
    const sizes = withHeaders ? 2 : 1;
    if (count < sizes + 2 || count > sizes + 3) {
      this.fault('PARSER_ERROR');
      return;
    }
    const bytes = size(count - 1);
    const headerBytes = withHeaders ? size(count - 2) : undefined;
    if (bytes < 0 || (headerBytes !== undefined && (headerBytes < 0 || headerBytes > bytes))) {
      this.fault('PARSER_ERROR');
    } else if (bytes > this.maxPayloadBytes) {
      this.fault('MAX_PAYLOAD');
    } else {
      const reply = count === sizes + 3 ? { reply: word(2) } : {};
      this.head = { subject: word(0), sid: word(1), ...reply, headerBytes, bytes };
    }
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/**
 * What `natsServerDecoder` reads, without a stream: bytes of a NATS server in, frames out. A fault is the last of them,
 * and bytes after it are ignored.
 */
export function natsServerParser(options: NatsServerParserOptions = {}): Parser<NatsServerFrame> {
  return new NatsServerParser(options);
}
