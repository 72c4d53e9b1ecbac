import { CLOCK, type Clock } from './clock.js';

/** Shortest time between two reports by default, in milliseconds. */
const INTERVAL_MS = 5_000;

/**
 * Limits how often something is reported: passes the first call on at once, later ones at most once per interval.
 *
 * @param report gets the latest subject and the number of calls since the last report
 * @param intervalMs in milliseconds. Default 5 s
 */
export function rateLimited<T>(
  report: (subject: T, count: number) => void,
  clock: Clock = CLOCK,
  intervalMs = INTERVAL_MS,
): (subject: T) => void {
  let last = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (subject) => {
    count++;
    const now = clock.now();
    if (now - last < intervalMs) return;
    report(subject, count);
    last = now;
    count = 0;
  };
}
