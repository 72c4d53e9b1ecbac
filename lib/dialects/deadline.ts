import { performance } from 'node:perf_hooks';
import { LATE_MS } from '../domain/clock.js';
import type { Link } from './codec.js';

/**
 * Calls `expired` once, after `ms`. Where this process comes to it late, once more so much later: it has not run, and what the
 * peer has sent in time may be there and unread. Returns what calls it off.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function deadline(
  link: Pick<Link<unknown>, 'later'>,
  ms: number,
  expired: () => void,
  now: () => number = () => performance.now(),
): () => void {
  const dueAt = now() + ms;
  let cancel = link.later(ms, () => {
    if (now() - dueAt < LATE_MS) expired();
    else cancel = link.later(ms, expired);
  });
  return () => cancel();
}
