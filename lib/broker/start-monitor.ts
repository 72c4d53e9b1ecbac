import type { Logger } from 'pino';
import type { Address } from '../config.js';
import type { Monitor, MonitorOptions } from '../monitor/monitor.js';
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
  options: MonitorOptions,
): Promise<Monitor> {
  const { startMonitor } = await import('../monitor/monitor.js');
  return startMonitor(listener, new MonitorSource(sources), log, options);
}
