import type { Duplex } from 'node:stream';
import { clearInterval, setInterval } from 'node:timers';
import type { Outbox } from '../clients/outbox.js';
import { type Clock, CONNECTION_CLOCK } from '../domain/clock.js';
import type { TurnQueue } from '../domain/turn-queue.js';

/** How long a connection that has sent everything waits for the peer to hang up, in milliseconds. */
const LINGER_MS = 1_000;
/** How often the progress of a closing connection is checked, in milliseconds. */
const CHECK_MS = 250;

/**
 * Sees a closing connection off: it may take as long as it makes progress with what is queued for it, then the peer
 * has a moment to hang up, then the wire is destroyed. Returns what cancels it.
 * @param endings where it waits for its turn to be destroyed: thousands may close together
 * @param clock what that moment is measured by
 */
export function lingerThenDestroy(
  wire: Duplex,
  outbox: Outbox,
  endings: TurnQueue,
  clock: Clock = CONNECTION_CLOCK,
): () => void {
  const destroy = (): void => endings.add(() => wire.destroy(), 1);
  let checkedAt = outbox.now();
  outbox.congest(checkedAt);
  const check = setInterval(() => {
    const now = outbox.now();
    // Time in which this process did not run is no fault of the peer.
    const lateMs = Math.max(0, now - checkedAt - 2 * CHECK_MS);
    checkedAt = now;
    if (hasStopped(outbox, now, lateMs)) destroy();
  }, CHECK_MS);
  let cancel = (): void => clearInterval(check);
  const linger = (): void => {
    clearInterval(check);
    cancel = clock.after(LINGER_MS, destroy);
  };
  if (wire.writableFinished) linger();
  else wire.once('finish', linger);
  return () => {
    wire.off('finish', linger);
    cancel();
  };
}

function hasStopped(outbox: Outbox, now: number, excusedMs: number): boolean {
  try {
    outbox.settle();
    return outbox.stalledMs(now, excusedMs) >= outbox.limits.writeDeadlineMs;
  } catch {
    return true; // a fault of ours: it must not end more than this connection, which is ending
  }
}
