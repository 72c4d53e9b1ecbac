/** Up to this many bytes a loop over words copies faster than a call does, within the arena and between two pieces. */
export const WORDS_BYTES = 128;
/** A larger piece of memory is not kept alive for the sake of its view. In bytes. */
const KEPT_VIEW_BYTES = 64 * 1024;

const setBytes = Uint8Array.prototype.set;
/**
 * A view of the memory asked for last: small reads lie side by side in one of Node's. It is found by the identity of that
 * memory, so which broker asked for it last makes no difference.
 */
let lastView: DataView = new DataView(new ArrayBuffer(0));

/**
 * The memory that `bytes` lies in, to read and write words at any position: `bytes.byteOffset` is where it starts.
 * A loop over words is five times as fast as one over bytes. They are little-endian, as processors have them.
 */
export function viewOf(bytes: Uint8Array): DataView {
  const memory = bytes.buffer;
  if (memory === lastView.buffer) return lastView;
  const view = new DataView(memory);
  if (memory.byteLength <= KEPT_VIEW_BYTES) lastView = view;
  return view;
}

/** Copies `length` bytes at `start` of `from` to `at` of `to`, which are views; for up to `WORDS_BYTES` bytes. */
export function copyWords(from: DataView, start: number, length: number, to: DataView, at: number): void {
  if (length < 8) {
    copyFew(from, start, length, to, at);
    return;
  }
  const last = length - 8; // the last two words may overlap those before them
  for (let i = 0; i < last; i += 8) {
    to.setInt32(at + i, from.getInt32(start + i, true), true);
    to.setInt32(at + i + 4, from.getInt32(start + i + 4, true), true);
  }
  to.setInt32(at + last, from.getInt32(start + last, true), true);
  to.setInt32(at + last + 4, from.getInt32(start + last + 4, true), true);
}

/** The same for less than eight bytes. */
function copyFew(from: DataView, start: number, length: number, to: DataView, at: number): void {
  if (length >= 4) {
    to.setInt32(at, from.getInt32(start, true), true);
    to.setInt32(at + length - 4, from.getInt32(start + length - 4, true), true);
  } else for (let i = 0; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}

/**
 * Whether `length` bytes at `one` of a view are those at `two` of another. Looks from the end, where lines and subjects
 * that are not the same tend to differ.
 */
export function sameWords(a: DataView, one: number, b: DataView, two: number, length: number): boolean {
  if (length < 4) {
    for (let i = 0; i < length; i++) if (a.getUint8(one + i) !== b.getUint8(two + i)) return false;
    return true;
  }
  for (let i = length - 4; i > 0; i -= 4)
    if (a.getInt32(one + i, true) !== b.getInt32(two + i, true)) return false;
  return a.getInt32(one, true) === b.getInt32(two, true);
}

/**
 * Copies `from[start, end)` to `out` at `at`; returns the position after it.
 * @param source the memory that `from` lies in, as `viewOf` has it
 * @param target the same of `out`
 */
export function copyBytes(
  from: Uint8Array,
  source: DataView,
  start: number,
  end: number,
  out: Uint8Array,
  target: DataView,
  at: number,
): number {
  const length = end - start;
  if (length > WORDS_BYTES)
    setBytes.call(out, new Uint8Array(from.buffer, from.byteOffset + start, length), at);
  else copyWords(source, from.byteOffset + start, length, target, out.byteOffset + at);
  return at + length;
}
