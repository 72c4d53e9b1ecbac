/** Frames are rendered into blocks of this size, which all connections share. */
const SLAB_BYTES = 256 * 1024;

/**
 * The memory frames are rendered into. What was written is never written again, so views of it may be passed on.
 * Idle connections own none of it; one slab serves all encoders, because rendering is synchronous.
 */
export const slab = {
  buffer: Buffer.alloc(0),
  /** Where free memory starts. */
  used: 0,

  /** Whether `bytes` more bytes fit. */
  fits(bytes: number): boolean {
    return this.buffer.length - this.used >= bytes;
  },

  /** Starts a new block with room for `bytes` bytes at least. */
  renew(bytes: number): void {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.used = 0;
  },
};
