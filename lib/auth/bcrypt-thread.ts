import { Worker } from 'node:worker_threads';
import type { Question } from './bcrypt-worker.js';

/** Computes one bcrypt check at a time. */
export interface Checker {
  /** Starts a check; `done` is called once, with false if the checker fails. Call only after the last one is done. */
  check(question: Question, done: (same: boolean) => void): void;
  /** Ends it. A check that runs is done with false. */
  stop(): void;
}

/** Starts a thread that computes bcrypt checks. `failed` is called if it ends by itself: it is of no use afterwards. */
export function startBcryptThread(failed: () => void): Checker {
  const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url));
  let done: ((same: boolean) => void) | undefined;
  const finish = (same: boolean): void => {
    const last = done;
    done = undefined;
    last?.(same);
  };
  const end = (): void => {
    worker.removeAllListeners();
    worker.on('error', () => {});
    void worker.terminate();
  };
  const fail = (): void => {
    end();
    failed();
    finish(false);
  };
  worker.on('message', (same: boolean) => {
    worker.unref();
    finish(same);
  });
  worker.on('error', (error) => {
    // Every login that needs it fails from now on, and nothing else says why.
    process.emitWarning(`bcrypt hashes cannot be checked: ${error.message}`, 'SluiceWarning');
    fail();
  });
  worker.on('exit', fail);
  worker.unref();
  return {
    check(question, whenDone) {
      done = whenDone;
      worker.ref(); // a check that runs keeps the process alive; a thread that waits does not
      worker.postMessage(question);
    },
    stop() {
      end();
      finish(false);
    },
  };
}
