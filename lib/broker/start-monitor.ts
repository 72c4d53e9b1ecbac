import type { Logger } from 'pino';
import type { Address } from '../config.js';
import type { Monitor, MonitorOptions } from '../monitor/monitor.js';
import type { Observable } from '../monitor/snapshot.js';

/**
 * Starts the monitor of a broker. Its HTTP server is loaded only here, since most brokers have none.
 *
 * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function observe(
  listener: Address,
  observed: Observable,
  log: Logger,
  options: MonitorOptions,
): Promise<Monitor> {
  const { startMonitor } = await import('../monitor/monitor.js');
  return startMonitor(listener, observed, log, options);
}
