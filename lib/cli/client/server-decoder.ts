/** What a broker sends, taken apart. */

import { sizeAt, wordAt, words } from '../../dialects/nats/arguments.js';
import type { Err, Info, Msg, Ok, Ping, Pong } from '../../dialects/nats/commands.js';
import { SluiceError } from '../../domain/errors.js';
import { textOf } from '../../frame/text.js';

/** Everything a broker says. The payload of a message is a Buffer, a view of what was read. */
export type ServerFrame =
  | Info
  | Ping
  | Pong
  | Ok
  | Err
  | (Omit<Msg, 'payload' | 'headers'> & { readonly headers?: Buffer; readonly payload: Buffer });

/** Longest line, in bytes. INFO may be long: it can name every other broker. */
const MAX_LINE_BYTES = 1_048_576;

/** Largest message, in bytes, headers included: as much as any broker may be told to take. */
const MAX_MESSAGE_BYTES = 67_108_864;

const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

function garbled(what: string): SluiceError {
  return new SluiceError('UNREACHABLE', `what answers there is no NATS broker: ${what}`);
}

/** Takes reads as they come, and gives frames in their order. */
export class ServerDecoder {
  private readonly take: (frame: ServerFrame) => void;
  /** Reads that hold the beginning of a frame; joined once there is enough. */
  private pieces: Buffer[] = [];
  private held = 0;
  /** Bytes of the frame, or as many as are known to be needed. */
  private needed = 1;

  constructor(take: (frame: ServerFrame) => void) {
    this.take = take;
  }

  /** Throws SluiceError UNREACHABLE where these are no frames. */
  feed(chunk: Buffer): void {
    this.pieces.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return;
    const bytes = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces);
    let at = 0;
    let needed = 1;
    while (at < bytes.length) {
      const next = this.frameAt(bytes, at);
      if (next <= 0) {
        needed = -next;
        break;
      }
      at = next;
    }
    this.pieces = at < bytes.length ? [bytes.subarray(at)] : [];
    this.held = bytes.length - at;
    this.needed = needed;
  }

  /** Where the next frame begins; or, negative, how many bytes of this one there must be before it is looked at again. */
  private frameAt(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0 || newline - at > MAX_LINE_BYTES) {
      if (bytes.length - at > MAX_LINE_BYTES) throw garbled('a line without end');
      return at - bytes.length - 1;
    }
    const end = bytes[newline - 1] === 13 && newline > at ? newline - 1 : newline;
    const verbEnd = verbEndIn(bytes, at, end);
    const verb = bytes.toString('latin1', at, verbEnd).toUpperCase();
    if (verb === 'MSG' || verb === 'HMSG')
      return this.message(bytes, at, verbEnd, end, newline, verb === 'HMSG');
    const rest = textOf(bytes, verbEnd, end).trim();
    switch (verb) {
      case 'PING':
      case 'PONG':
      case '+OK':
        this.take({ op: verb });
        break;
      case '-ERR':
        this.take({ op: '-ERR', message: rest.replace(/^'(.*)'$/s, '$1') });
        break;
      case 'INFO':
        this.take({ op: 'INFO', info: infoIn(rest) });
        break;
      default:
        throw garbled('it says what no broker says');
    }
    return newline + 1;
  }

  /**
   *   MSG  subject sid [reply] size␍␊payload␍␊
   *   HMSG subject sid [reply] headersize size␍␊headers payload␍␊
   */
  private message(
    bytes: Buffer,
    at: number,
    from: number,
    end: number,
    newline: number,
    hasHeaders: boolean,
  ): number {
    const found = words(bytes, from, end, false);
    const count = found.length / 2;
    const sizes = hasHeaders ? 2 : 1;
    if (count < 2 + sizes || count > 3 + sizes) throw garbled('a message with arguments that none has');
    const text = (index: number) => wordAt(bytes, found, index);
    const size = (index: number) => sizeAt(bytes, found, index);
    const total = size(count - 1);
    const headerBytes = hasHeaders ? size(count - 2) : 0;
    if (headerBytes < 0 || total < headerBytes || total > MAX_MESSAGE_BYTES)
      throw garbled('a message of an impossible size');
    const start = newline + 1;
    const stop = start + total + 2;
    if (bytes.length < stop) return at - stop;
    if (bytes[stop - 2] !== 13 || bytes[stop - 1] !== NEWLINE)
      throw garbled('a message that is longer than it says');
    this.take({
      op: 'MSG',
      subject: text(0),
      sid: text(1),
      ...(count === 3 + sizes ? { reply: text(2) } : {}),
      ...(hasHeaders ? { headers: bytes.subarray(start, start + headerBytes) } : {}),
      payload: total === headerBytes ? NOTHING : bytes.subarray(start + headerBytes, start + total),
    });
    return stop;
  }
}

function verbEndIn(bytes: Buffer, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] !== 32 && bytes[i] !== 9) i++;
  return i;
}

function infoIn(json: string): Readonly<Record<string, unknown>> {
  try {
    const info: unknown = JSON.parse(json);
    if (typeof info === 'object' && info !== null) return info as Record<string, unknown>;
  } catch {
    // said below
  }
  throw garbled('its INFO is no JSON');
}
