/** The thread that checks passwords against bcrypt hashes: each check is a tenth of a second of pure arithmetic. */
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

/** A question to the thread. */
export interface Question {
  readonly presented: string;
  readonly hash: string;
}

/** Added to the thread's niceness: the thread that routes messages goes first where both want the same core. */
const NICENESS = 5;

// Linux has a priority for each thread; elsewhere this would be that of the whole process.
if (process.platform === 'linux') {
  try {
    setPriority(NICENESS);
  } catch {
    // Not permitted in this container: the check runs as everything else does.
  }
}

parentPort?.on('message', ({ presented, hash }: Question) => {
  let same = false;
  try {
    same = compareSync(presented, hash);
  } catch {
    // A hash that nothing matches.
  }
  parentPort?.postMessage(same);
});
