import { randomFillSync } from 'node:crypto';

/*
 * Subjects are hashed while they are parsed, byte by byte, with a key that each process draws anew:
 *
 *   mixed = Math.imul(hash ^ HASH_KEY[byte], HASH_FACTOR)      hash = mixed rotated left by 13 bits
 *
 * Peers choose the subjects, so they must not be able to compute which collide. A start that is secret is not enough: with
 * a known factor, and the byte itself as what is mixed in, whether two subjects collide depends on 8 bits of it. Here it
 * depends on the table's 32-bit words for the bytes that differ, on the factor, and on all that came before; the rotation
 * brings high bits down, so that low bits of the hash depend on more than low bits of the key, and multiplications do not
 * add up to a polynomial, which has collisions for every factor. It is no cryptographic hash: no table may rely on it
 * alone. Each has a bound on what a look-up costs when all hashes are equal.
 *
 * A hash only finds a slot; equality is always decided on the bytes.
 */

/** A secret word for each byte. */
export const HASH_KEY = randomFillSync(new Int32Array(256));
const [seed = 0, factor = 0] = randomFillSync(new Int32Array(2));
/** The secret hash of no bytes. */
export const HASH_SEED = seed;
/** The secret factor, odd, so that no bit is lost. */
export const HASH_FACTOR = (factor & ~7) | 5;
/** Bits to rotate left by after each byte. Loops that cannot afford a call have it written out. */
export const HASH_TURN = 13;

/** Hash of `bytes[start, end)`, as the decoders compute it in passing. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = hashOn(hash, bytes[i]!);
  return hash;
}

/** Hash of what `hash` is the hash of, and one more byte. */
export function hashOn(hash: number, byte: number): number {
  const mixed = Math.imul(hash ^ HASH_KEY[byte]!, HASH_FACTOR);
  return (mixed << HASH_TURN) | (mixed >>> (32 - HASH_TURN));
}
