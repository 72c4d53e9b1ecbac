import { createHmac, randomBytes } from 'node:crypto';

/**
 * New with each process: what is derived from secrets tells nothing of them elsewhere, and can be compared within the
 * process, so across reloads.
 */
const PEPPER = randomBytes(32);

/** HMAC-SHA256 of a text under a random key of the process. */
export function digest(text: string): Buffer {
  return createHmac('sha256', PEPPER).update(text).digest();
}
