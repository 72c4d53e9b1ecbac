import type { Logger } from 'pino';
import type { Address } from '../config.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Monitor, MonitorOptions } from '../monitor/monitor.js';
import type { Observable } from '../monitor/snapshot.js';
import type { InForce } from './in-force.js';
import type { PageParts } from './page/page-source.js';

/** What a monitor goes by, of a configuration. */
export function monitorOptions(inForce: InForce, reports: RateLimits): MonitorOptions {
  const { basePath } = inForce.config.monitor;
  // Whether it speaks HTTPS cannot be reloaded; the certificate can.
  const { monitorSecurity: first } = inForce;
  return {
    settings: () => inForce.config.monitor,
    reports,
    basePath,
    security: first && (() => inForce.monitorSecurity ?? first),
  };
}

/**
 * Starts the monitor of a broker. Its HTTP server is loaded only here, since most brokers have none.
 *
 * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function observe(
  listener: Address,
  observed: Observable,
  page: PageParts,
  log: Logger,
  options: MonitorOptions,
): Promise<Monitor> {
  const { startMonitor } = await import('../monitor/monitor.js');
  const { BrokerPageSource } = await import('./page/page-source.js');
  return startMonitor(listener, observed, log, { ...options, page: new BrokerPageSource(page) });
}
