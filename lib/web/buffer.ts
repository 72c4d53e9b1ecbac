/*
 * The few ways of Node's Buffer that the codecs use, for where there is none: script/bundle-web.mjs puts them in its
 * place. Nothing else imports this.
 */
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
const encoder = new TextEncoder();

class Bytes extends Uint8Array {
  override toString(encoding: 'utf8' | 'latin1' = 'utf8', start = 0, end = this.length): string {
    const part = this.subarray(start, end);
    if (encoding === 'utf8') return lenient.decode(part);
    let text = '';
    for (const byte of part) text += String.fromCharCode(byte);
    return text;
  }

  copy(target: Uint8Array, at: number, start: number, end: number): number {
    target.set(this.subarray(start, end), at);
    return end - start;
  }
}

function view(bytes: Uint8Array): Bytes {
  return new Bytes(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

/** What stands for `Buffer`. */
export const WebBuffer = {
  from(source: string | Uint8Array | ArrayBuffer, offset?: number, length?: number): Bytes {
    if (typeof source === 'string') return view(encoder.encode(source));
    return offset === undefined ? new Bytes(source) : new Bytes(source as ArrayBuffer, offset, length);
  },
  of: (...octets: readonly number[]): Bytes => new Bytes(octets),
  alloc: (size: number): Bytes => new Bytes(size),
  allocUnsafe: (size: number): Bytes => new Bytes(size),
  allocUnsafeSlow: (size: number): Bytes => new Bytes(size),
  isBuffer: (value: unknown): boolean => value instanceof Bytes,
  byteLength: (text: string): number => encoder.encode(text).length,
  concat(parts: readonly Uint8Array[]): Bytes {
    const whole = new Bytes(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  },
};

/** As `isUtf8` of node:buffer. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** As `isAscii` of node:buffer. */
export function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 127) return false;
  return true;
}

/** As `randomFillSync` of node:crypto, but for its quality: nothing here is found by the hash that is seeded with it. */
export function randomFillSync(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  for (const i of words.keys()) words[i] = Math.floor(Math.random() * 2 ** 32);
  return words;
}
