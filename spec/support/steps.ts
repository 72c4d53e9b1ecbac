import type { Steps } from '../../lib/domain/steps.js';

/** Runs work that may pause to its end at once; `between` is called wherever it could have paused. */
export function finish<T>(work: Steps<T>, between: () => void = () => {}): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    between();
  }
}

/** The same, and how often it could have paused. */
export function count<T>(work: Steps<T>): { readonly result: T; readonly pauses: number } {
  let pauses = 0;
  const result = finish(work, () => {
    pauses++;
  });
  return { result, pauses };
}
