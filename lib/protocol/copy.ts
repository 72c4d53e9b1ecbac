import { arena } from './arena.js';

/** Below this many bytes a loop copies faster than a call does, within the arena and between two pieces of memory. */
export const LOOP_BYTES = 48;

const setBytes = Uint8Array.prototype.set;

/** Copies `from[start, end)` to `out` at `at`; returns the position after it. */
export function copyBytes(from: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  if (end - start > LOOP_BYTES) {
    setBytes.call(out, new Uint8Array(from.buffer, from.byteOffset + start, end - start), at);
    return at + end - start;
  }
  for (let i = start; i < end; i++) out[at++] = from[i]!;
  return at;
}

/** Whether both lie in the arena, where `arena.bytes.copyWithin` copies between them. */
export function shareArena(from: Uint8Array, out: Uint8Array): boolean {
  return arena.memory !== undefined && from.buffer === arena.memory && out.buffer === arena.memory;
}
