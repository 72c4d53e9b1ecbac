/** The thread that checks passwords against bcrypt hashes: each check is a tenth of a second of pure arithmetic. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** A question to the thread. */
export interface Question {
  readonly presented: string;
  readonly hash: string;
}

parentPort?.on('message', ({ presented, hash }: Question) => {
  let same = false;
  try {
    same = compareSync(presented, hash);
  } catch {
    // A hash nobody can match.
  }
  parentPort?.postMessage(same);
});
