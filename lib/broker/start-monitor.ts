import type { Logger } from 'pino';
import type { Address } from '../config.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Monitor } from '../monitor/monitor.js';
import { MonitorSource, type SnapshotSources } from './monitor-source.js';

/**
 * Starts the monitor of a broker. Its HTTP server is loaded only here, since most brokers have none.
 *
 * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function observe(
  listener: Address,
  sources: SnapshotSources,
  log: Logger,
  reports: RateLimits,
): Promise<Monitor> {
  const { startMonitor } = await import('../monitor/monitor.js');
  return startMonitor(listener, new MonitorSource(sources), log, () => sources.config().monitor, reports);
}
