/** Frames are rendered into blocks of this size, which all connections share. */
const SLAB_BYTES = 256 * 1024;

let buffer = Buffer.alloc(0);
let used = 0;

/**
 * Renders into memory shared by all encoders: `render` writes at most `bytes` bytes into `out` from `at` on and
 * returns where it stopped; the result is a view of what it wrote. Never written again, so it may be passed on.
 * Idle connections own none of it.
 */
export function renderInSlab(bytes: number, render: (out: Buffer, at: number) => number): Buffer {
  if (buffer.length - used < bytes) {
    buffer = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    used = 0;
  }
  const start = used;
  used = render(buffer, start);
  return buffer.subarray(start, used);
}
