/** WebSockets as the load has them: the upgrade request, frames made of bytes, and bytes out of frames. */

/** Takes the first `length` bytes of what was read; valid during the call only. */
export type OnBytes = (chunk: Buffer, length: number) => void;

/** The end of an HTTP head. */
export const HEAD_END = '\r\n\r\n';
export const UPGRADED = 'HTTP/1.1 101 ';
/** The key is of no use to a load, and so the same in each request, as is the mask of each frame. */
export const UPGRADE_REQUEST = `${[
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: c2x1aWNlIGJlbmNoIGtleQ==',
  'Sec-WebSocket-Version: 13',
].join('\r\n')}${HEAD_END}`;
const MASK = Buffer.from([0x5a, 0xc3, 0x96, 0x0f]);
const FINAL_BINARY = 0x82;
const MASKED = 0x80;
const CLOSE = 8;
/** Lengths from here on take two bytes of their own, and eight above {@link LONG}. */
const MEDIUM = 126;
const LONG = 127;
const MOST_MEDIUM = 65_535;

/** The bytes as one masked binary message in one frame. */
export function clientFrame(bytes: Buffer): Buffer {
  const { length } = bytes;
  const wide = length < MEDIUM ? 0 : length <= MOST_MEDIUM ? 2 : 8;
  const start = 2 + wide + MASK.length;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = FINAL_BINARY;
  frame[1] = MASKED + (wide === 0 ? length : wide === 2 ? MEDIUM : LONG);
  if (wide === 2) frame.writeUInt16BE(length, 2);
  if (wide === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  MASK.copy(frame, 2 + wide);
  for (let i = 0; i < length; i++) frame[start + i] = (bytes[i] ?? 0) ^ (MASK[i & 3] ?? 0);
  return frame;
}

/** Takes what a server sends apart, wherever it is cut. What it gives is part of what it was given. */
export class FrameStripper {
  private readonly onBytes: OnBytes;
  /** The part of a frame's head that has come. */
  private head: number[] = [];
  private left = 0;
  private isData = true;

  constructor(onBytes: OnBytes) {
    this.onBytes = onBytes;
  }

  /** Throws where the server closes the WebSocket. */
  feed(chunk: Buffer, length: number): void {
    let at = 0;
    while (at < length) {
      if (this.left === 0) {
        this.readHead(chunk[at++] ?? 0);
        continue;
      }
      const end = Math.min(length, at + this.left);
      this.left -= end - at;
      if (this.isData) this.onBytes(chunk.subarray(at, end), end - at);
      at = end;
    }
  }

  private readHead(byte: number): void {
    const { head } = this;
    head.push(byte);
    const [first = 0, second = 0, ...wide] = head;
    if (head.length < 2) return;
    if (wide.length < (second === MEDIUM ? 2 : second === LONG ? 8 : 0)) return;
    if ((first & 15) === CLOSE) throw new Error('the broker closed the WebSocket');
    this.isData = (first & 8) === 0;
    this.left = wide.length === 0 ? second : wide.reduce((sum, each) => sum * 256 + each, 0);
    this.head = [];
  }
}
