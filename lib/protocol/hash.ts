import { randomInt } from 'node:crypto';

/**
 * Subjects are hashed while they are parsed, byte by byte: `hash = Math.imul(hash ^ byte, HASH_PRIME)` from
 * HASH_SEED (FNV-1a's step from a secret start, as subjects are chosen by peers). A hash only finds a slot;
 * equality is always decided on the bytes.
 */
export const HASH_SEED = randomInt(0x7fffffff);
export const HASH_PRIME = 0x01000193;

/** Hash of `bytes[start, end)`, as the decoders compute it in passing. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME);
  return hash;
}

/** Hash of what `hash` is the hash of, and one more byte. */
export function hashOn(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, HASH_PRIME);
}
