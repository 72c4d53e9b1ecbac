import { deleteOldest } from '../domain/oldest.js';
import { digest } from './digest.js';

/** Passwords remembered, those that were presented last. */
const MAX_REMEMBERED = 10_000;

/**
 * Passwords that were right, so that a client that reconnects costs no bcrypt check. Keeps neither passwords nor hashes
 * but one digest of both, keyed with a random number of the process. A changed hash makes another digest, so what is
 * remembered of the old one is of no use.
 */
export class VerifiedPasswords {
  private readonly most: number;
  /** Least recently presented first. */
  private readonly digests = new Set<string>();

  constructor(most = MAX_REMEMBERED) {
    this.most = most;
  }

  /** Whether `presented` has been found to be what `hash` was made of. */
  has(presented: string, hash: string): boolean {
    if (this.digests.size === 0) return false;
    const key = keyOf(presented, hash);
    if (!this.digests.delete(key)) return false;
    this.digests.add(key);
    return true;
  }

  /** Remembers that it has. */
  add(presented: string, hash: string): void {
    const key = keyOf(presented, hash);
    this.digests.delete(key);
    this.digests.add(key);
    if (this.digests.size > this.most) deleteOldest(this.digests);
  }
}

/** A hash has no line break, so no other pair makes the same text. */
function keyOf(presented: string, hash: string): string {
  return digest(`${hash}\n${presented}`).toString('base64');
}
