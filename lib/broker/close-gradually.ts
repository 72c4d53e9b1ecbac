import { performance } from 'node:perf_hooks';
import { pause } from './drain.js';
import type { Member } from './member.js';

/** Longest wait between two clients, in milliseconds. As nats-server's. */
const MAX_APART_MS = 1_000;
/** Time, and how to wait. */
interface Waiting {
  now(): number;
  /** Resolves after so many milliseconds, or as soon as `cancelled` does. */
  pause(ms: number, cancelled: Promise<unknown>): Promise<void>;
}

const REAL: Waiting = { now: () => performance.now(), pause };

/** Waits below this are added up, in milliseconds: timers are no finer. */
const MIN_PAUSE_MS = 1;

/**
 * Lets connections go one by one over `durationMs`, sooner where they are few; between two of them half of what is due
 * at least, at random, so that clients of several such brokers do not come back in step. Over at once when `cancelled`
 * resolves; what is left is the caller's.
 *
 * @param waiting real time; a test's own
 */
export async function closeGradually(
  connections: readonly Pick<Member, 'reason' | 'close'>[],
  durationMs: number,
  cancelled: Promise<unknown>,
  waiting: Waiting = REAL,
): Promise<void> {
  const apartMs = Math.min(MAX_APART_MS, durationMs / Math.max(1, connections.length));
  let isOver = false;
  void cancelled.then(() => {
    isOver = true;
  });
  let due = waiting.now();
  for (const connection of connections) {
    if (isOver) return;
    if (connection.reason !== undefined) continue; // it went by itself
    connection.close('SERVER_SHUTDOWN');
    due += apartMs * Math.max(0.5, Math.random());
    const waitMs = due - waiting.now();
    if (waitMs >= MIN_PAUSE_MS) await waiting.pause(waitMs, cancelled);
  }
}
