import { bytesInUse } from './memory.js';

const LOOKS = 40;

/**
 * Bytes that are in use beyond `before` (of `bytesInUse`). Buffers are freed in the background, so it looks again
 * while they are more than `most`; what is really kept is still there at the last look.
 */
export async function bytesKept(before: number, most: number): Promise<number> {
  let kept = bytesInUse() - before;
  for (let look = 1; look < LOOKS && kept > most; look++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    kept = bytesInUse() - before;
  }
  return kept;
}
