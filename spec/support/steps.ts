import type { Steps } from '../../lib/monitor/turns.js';

/** Runs work that may pause to its end at once. */
export function finish<T>(work: Steps<T>): T {
  return count(work).result;
}

/** The same, and how often it could have paused. */
export function count<T>(work: Steps<T>): { readonly result: T; readonly pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const step = work.next();
    if (step.done === true) return { result: step.value, pauses };
  }
}
