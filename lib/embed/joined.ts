import type { RunningBroker } from '../broker/running.js';
import type { Events } from './events.js';

/**
 * Resolves once the links to all hubs of `broker` are up at the same time.
 * @param signals whichever is aborted first rejects it, with its reason
 */
export async function joined(
  broker: RunningBroker,
  events: Events,
  signals: readonly AbortSignal[],
): Promise<void> {
  const hasJoined = (): boolean => broker.leafs.remotes.every(({ isUp }) => isUp);
  for (const signal of signals) signal.throwIfAborted();
  if (hasJoined()) return;
  const ends: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (hasJoined()) resolve();
      };
      events.on('leafUp', look);
      ends.push(() => events.off('leafUp', look));
      for (const signal of signals) {
        const abort = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', abort);
        ends.push(() => signal.removeEventListener('abort', abort));
      }
      // It may have come up before it was watched.
      look();
    });
  } finally {
    for (const end of ends) end();
  }
}
