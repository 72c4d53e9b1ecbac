import { bytesInUse } from './memory.js';
import { PATIENCE_MS } from './until.js';

/**
 * Bytes that are in use beyond `before` (of `bytesInUse`). Buffers are freed in the background, so it looks again
 * while they are more than `most`; what is really kept is still there at the last look.
 */
export async function bytesKept(before: number, most: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  let kept = bytesInUse() - before;
  while (kept > most && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    kept = bytesInUse() - before;
  }
  return kept;
}
