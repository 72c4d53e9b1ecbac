/**
 * Work that may take long, in steps: it yields wherever it may pause, and returns its result. Between two steps messages are
 * routed, so it takes what changes meanwhile into account, or says up to where its result holds.
 */
export type Steps<T> = Generator<void, T, void>;

/** Does all of it now. */
export function finish<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
