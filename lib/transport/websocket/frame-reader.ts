import { isUtf8 } from 'node:buffer';
import { WEBSOCKET_BARE_FRAMES } from '../../domain/limits.js';
import { CLOSE, isCloseCode } from './close-codes.js';
import { FINAL, KEY_BYTES, LENGTH_16, LENGTH_64, MASKED, MAX_CONTROL_BYTES, OP, unmask } from './frames.js';

/** What a {@link FrameReader} reports besides payload. */
export interface FrameEvents {
  /** A ping: a pong with the same payload is due. The payload is valid until this returns. */
  onPing(payload: Uint8Array): void;
  /** The peer closes, with a code or without one. Nothing that comes after it is read. */
  onClose(code: number | undefined): void;
  /** The peer breaks the protocol. Nothing that comes after it is read. */
  onFault(code: number, why: string): void;
}

const HEAD = 0;
const DATA = 1;
const CONTROL = 2;
type State = typeof HEAD | typeof DATA | typeof CONTROL;

/** Most bytes of a head: two, eight of length, four of the key. */
const MAX_HEAD_BYTES = 14;

/**
 * Takes the frames of a peer apart. Payload is passed on as it arrives, so nothing is kept of a message or a frame,
 * however long it is; only heads and control frames, of 125 bytes at most, are put together.
 *
 *    FIN RSV op   MASK length   length again, if 126 or 127   masking key   payload
 *   ┌───────────┬─────────────┬─────────────────────────────┬─────────────┬─────────┐
 *   │ 1 byte    │ 1 byte      │ 0, 2 or 8 bytes             │ 0 or 4 bytes│         │
 *   └───────────┴─────────────┴─────────────────────────────┴─────────────┴─────────┘
 *
 * https://www.rfc-editor.org/rfc/rfc6455#section-5.2, without extensions.
 */
export class FrameReader {
  private readonly events: FrameEvents;
  private readonly isMasked: boolean;
  private readonly head = Buffer.alloc(MAX_HEAD_BYTES);
  /** Bytes of the head that have come, and that it has as far as is known. */
  private headBytes = 0;
  private headLength = 2;
  private state: State = HEAD;
  /** Payload of the current frame that is to come, and how much has come. */
  private left = 0;
  private done = 0;
  private key = 0;
  private op = 0;
  /** Whether a message has begun whose last frame has not come. */
  private inMessage = false;
  private control: Buffer | undefined = undefined;
  private over = false;
  /** Frames that the last read ended, and those of them without payload for the dialect. */
  frames = 0;
  private bareFrames = 0;

  /** @param isMasked whether the peer masks its frames, as clients do */
  constructor(events: FrameEvents, isMasked: boolean) {
    this.events = events;
    this.isMasked = isMasked;
  }

  /**
   * Decodes what was read, which is the first `length` bytes of `memory`, and moves the payload in it to its beginning.
   *
   * @returns bytes of payload
   */
  decode(memory: Buffer, length: number): number {
    let at = 0;
    let out = 0;
    this.frames = 0;
    this.bareFrames = 0;
    while (at < length && !this.over) {
      if (this.state === HEAD) {
        at = this.readHead(memory, at, length);
        continue;
      }
      const to = at + Math.min(this.left, length - at);
      if (this.isMasked) unmask(memory, at, to, this.key, this.done);
      if (this.state === DATA) {
        if (out !== at) memory.copyWithin(out, at, to);
        out += to - at;
      } else this.control?.set(memory.subarray(at, to), this.done);
      this.done += to - at;
      this.left -= to - at;
      at = to;
      if (this.left === 0) this.endFrame();
    }
    return out;
  }

  private readHead(memory: Buffer, from: number, length: number): number {
    const { head } = this;
    let at = from;
    while (at < length && this.headBytes < this.headLength) head[this.headBytes++] = memory[at++]!;
    if (this.headBytes < this.headLength) return at;
    if (this.headLength === 2) {
      const why = this.wrongHead(head[0]!, head[1]!);
      if (why !== undefined) this.fail(CLOSE.protocolError, why);
      const short = head[1]! & ~MASKED;
      this.headLength += short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
      if (this.isMasked) this.headLength += KEY_BYTES;
      if (this.over || this.headLength > 2) return at;
    }
    this.beginFrame();
    return at;
  }

  /** What is wrong with the first two bytes of a frame. */
  private wrongHead(first: number, second: number): string | undefined {
    const op = first & 0x0f;
    const isFinal = (first & FINAL) !== 0;
    if ((first & 0x70) !== 0) return 'reserved bits must be clear';
    if (this.isMasked && (second & MASKED) === 0) return 'mask bit missing';
    if (!this.isMasked && (second & MASKED) !== 0) return 'mask bit set';
    switch (op) {
      case OP.close:
      case OP.ping:
      case OP.pong:
        if ((second & ~MASKED) > MAX_CONTROL_BYTES) return 'control frame too long';
        return isFinal ? undefined : 'control frame does not have final bit set';
      case OP.text:
      case OP.binary:
        return this.inMessage ? 'new message before the last one was complete' : undefined;
      case OP.continuation:
        return this.inMessage ? undefined : 'continuation without a message';
      default:
        return `unknown opcode ${op}`;
    }
  }

  private beginFrame(): void {
    const { head } = this;
    const op = head[0]! & 0x0f;
    const short = head[1]! & ~MASKED;
    const length =
      short === LENGTH_16
        ? head.readUInt16BE(2)
        : short === LENGTH_64
          ? Number(head.readBigUInt64BE(2))
          : short;
    this.key = this.isMasked ? head.readInt32LE(this.headLength - KEY_BYTES) : 0;
    this.headBytes = 0;
    this.headLength = 2;
    if (length > Number.MAX_SAFE_INTEGER)
      return this.fail(CLOSE.protocolError, 'invalid 64-bit payload length');
    this.op = op;
    this.left = length;
    this.done = 0;
    if (op >= OP.close) {
      this.state = CONTROL;
      this.control = Buffer.allocUnsafe(length);
    } else {
      this.state = DATA;
      this.inMessage = (head[0]! & FINAL) === 0;
    }
    if (length === 0) this.endFrame();
  }

  private endFrame(): void {
    const { control } = this;
    this.state = HEAD;
    this.control = undefined;
    this.frames++;
    if ((control !== undefined || this.done === 0) && ++this.bareFrames > WEBSOCKET_BARE_FRAMES)
      return this.fail(CLOSE.policyViolation, 'too many frames without payload');
    if (control === undefined) return;
    if (this.op === OP.ping) this.events.onPing(control);
    else if (this.op === OP.close) this.readClose(control);
  }

  private readClose(payload: Buffer): void {
    if (payload.length === 1) return this.fail(CLOSE.protocolError, 'close frame payload cannot be 1 byte');
    const code = payload.length === 0 ? undefined : payload.readUInt16BE(0);
    if (code !== undefined && !isCloseCode(code))
      return this.fail(CLOSE.protocolError, `invalid close status code ${code}`);
    this.over = true;
    this.events.onClose(isUtf8(payload.subarray(2)) ? code : CLOSE.invalidPayload);
  }

  private fail(code: number, why: string): void {
    this.over = true;
    this.events.onFault(code, why);
  }
}
