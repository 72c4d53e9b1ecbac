import { randomBytes } from 'node:crypto';
import { endianness } from 'node:os';

/** Operation codes of frames. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** First bit of a frame: it is the last one of its message. */
export const FINAL = 0x80;
/** First bit of the second byte: the payload is masked, as all that clients send has to be. */
export const MASKED = 0x80;
/** Most bytes in the payload of a control frame. */
export const MAX_CONTROL_BYTES = 125;
/** Lengths of the second byte that say that two, or eight, more bytes are the length. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;

/** Most bytes of a frame that is sent: clients put a frame together before they look at it, and some limit its size. */
export const MAX_FRAME_BYTES = 0xffff;

/**
 * The head of a frame as a server sends it, which is never masked.
 *
 *    1 byte     1 byte            2 bytes, from 126 on
 *   ┌──────────┬─────────────────┬─────────────────────┐
 *   │ FIN │ op │ length, or 126  │ length              │
 *   └──────────┴─────────────────┴─────────────────────┘
 *
 * @param length at most {@link MAX_FRAME_BYTES}
 */
export function frameHead(op: number, length: number): Buffer {
  if (length < LENGTH_16) {
    const short = Buffer.allocUnsafe(2);
    short[0] = FINAL | op;
    short[1] = length;
    return short;
  }
  const head = Buffer.allocUnsafe(4);
  head[0] = FINAL | op;
  head[1] = LENGTH_16;
  head.writeUInt16BE(length, 2);
  return head;
}

/** A whole control frame. */
export function controlFrame(op: number, payload: Uint8Array): Buffer {
  const length = Math.min(payload.length, MAX_CONTROL_BYTES);
  const frame = Buffer.allocUnsafe(2 + length);
  frame[0] = FINAL | op;
  frame[1] = length;
  frame.set(payload.subarray(0, length), 2);
  return frame;
}

/** Bytes of a masking key. */
export const KEY_BYTES = 4;

/**
 * A whole frame as a client sends it: masked.
 *
 * @param parts what its payload consists of, {@link MAX_FRAME_BYTES} at most; they are left as they are
 */
export function maskedFrame(op: number, parts: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = frameHead(op, length);
  const start = head.length + KEY_BYTES;
  const frame = Buffer.allocUnsafe(start + length);
  frame.set(head);
  frame[1]! |= MASKED;
  frame.set(randomBytes(KEY_BYTES), head.length);
  let at = start;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  unmask(frame, start, at, frame.readInt32LE(head.length), 0);
  return frame;
}

/** The payload of a close frame; a reason that does not fit is cut, between characters. */
export function closePayload(code: number, reason: string): Buffer {
  const payload = Buffer.alloc(MAX_CONTROL_BYTES);
  payload.writeUInt16BE(code, 0);
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}

/** Payloads shorter than this are unmasked byte by byte. */
const SHORT = 32;

const IS_BIG_ENDIAN = endianness() === 'BE';

/** The key that is used from byte `phase` of a payload on. */
function turned(key: number, phase: number): number {
  const bits = 8 * (phase & 3);
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

function swapped(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}

/**
 * Unmasks bytes in place, or masks them.
 *
 * @param key the masking key, its first byte in the lowest bits
 * @param phase how many bytes of the payload came before these
 */
export function unmask(memory: Uint8Array, from: number, to: number, key: number, phase: number): void {
  const start = turned(key, phase);
  let at = from;
  if (to - from >= SHORT) {
    while (((memory.byteOffset + at) & 3) !== 0) {
      memory[at]! ^= start >>> (8 * ((at - from) & 3));
      at++;
    }
    const mask = turned(start, at - from);
    const words = new Int32Array(memory.buffer, memory.byteOffset + at, (to - at) >> 2);
    const wide = IS_BIG_ENDIAN ? swapped(mask) : mask;
    for (let i = 0; i < words.length; i++) words[i]! ^= wide;
    at += words.length << 2;
  }
  for (; at < to; at++) memory[at]! ^= start >>> (8 * ((at - from) & 3));
}
