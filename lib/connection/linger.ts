import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { clearInterval, setInterval } from 'node:timers';
import type { Outbox } from '../clients/outbox.js';

/** How long a connection that has said its last word waits for the peer to hang up, in milliseconds. */
const LINGER_MS = 1_000;
/** How often a closing connection is looked at, in milliseconds. */
const CHECK_MS = 250;

/**
 * Sees a closing connection off: it may take as long as it makes progress with what is queued for it, then the peer
 * has a moment to hang up, then the wire is destroyed. Returns what cancels it.
 */
export function lingerThenDestroy(wire: Duplex, outbox: Outbox): () => void {
  let lingered = 0;
  outbox.congest(performance.now());
  const timer = setInterval(() => {
    if (wire.writableFinished) lingered += CHECK_MS;
    const isOver = lingered > 0 ? lingered >= LINGER_MS : hasStopped(outbox);
    if (isOver) wire.destroy();
  }, CHECK_MS);
  return () => clearInterval(timer);
}

function hasStopped(outbox: Outbox): boolean {
  try {
    outbox.settle();
    return outbox.stalledMs(performance.now()) >= outbox.limits.writeDeadlineMs;
  } catch {
    return true; // a fault of ours: it must not end more than this connection, which is ending
  }
}
