import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers';

/** Bytes either side buffers before the other's writes wait. */
const HIGH_WATER_BYTES = 16 * 1024;

class Side extends Duplex {
  /** The other end; set by `pair`. */
  private other: Side = this;
  private written: ((error?: Error | null) => void) | undefined;
  private ended = false;

  static pair(): [Side, Side] {
    const left = new Side({ highWaterMark: HIGH_WATER_BYTES });
    const right = new Side({ highWaterMark: HIGH_WATER_BYTES });
    left.other = right;
    right.other = left;
    return [left, right];
  }

  override _read(): void {
    const { written } = this;
    this.written = undefined;
    written?.();
  }

  /** Done only once the other side wants more, so that unread bytes stay with this side. */
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { other } = this;
    if (other.destroyed) done(brokenPipe());
    else if (chunk.length === 0) done();
    else {
      other.written = done;
      other.push(chunk);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.ended = true;
    if (!this.other.destroyed) this.other.push(null);
    done();
  }

  /** Like a socket's: said everything means FIN, anything else means RST. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { other, written } = this;
    this.written = undefined;
    written?.(brokenPipe());
    if (!this.ended && !other.destroyed) setImmediate(() => other.destroy(connectionReset()));
    done(error);
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
}

/** What a connection fails with that the other end has broken off. */
export function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/**
 * Both ends of one connection in memory: two byte streams joined back to back, as a socket and its peer are, without
 * the kernel's buffers. Neither holds more than 16 KiB, and one chunk, for the other.
 */
export function duplexPair(): [Duplex, Duplex] {
  return Side.pair();
}
