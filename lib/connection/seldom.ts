import { performance } from 'node:perf_hooks';

/** A repeated complaint is passed on this often at most, in milliseconds. */
const INTERVAL_MS = 5_000;

/** Passes the first call on at once and then one in five seconds at most, with the number of calls since the last. */
export function seldom<T>(complain: (subject: T, count: number) => void): (subject: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (subject) => {
    count++;
    const now = performance.now();
    if (now - last < INTERVAL_MS) return;
    complain(subject, count);
    last = now;
    count = 0;
  };
}
