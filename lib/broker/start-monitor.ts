import type { Logger } from 'pino';
import type { LoginThrottle } from '../auth/throttle.js';
import type { LoginLog } from '../connection/login-log.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Monitor, MonitorOptions } from '../monitor/monitor.js';
import type { Observable } from '../monitor/snapshot.js';
import type { InForce } from './in-force.js';
import type { ControlActions } from './monitor-control.js';
import type { PageParts } from './page/page-source.js';

/** What the monitor of a broker is made of. */
export interface MonitorParts {
  readonly observed: Observable;
  readonly page: PageParts;
  readonly inForce: InForce;
  readonly reports: RateLimits;
  readonly loginLog: LoginLog;
  readonly throttle: LoginThrottle;
  readonly actions: ControlActions;
}

/** What a monitor goes by, of a configuration. */
function monitorOptions({ inForce, reports }: MonitorParts): MonitorOptions {
  const { basePath } = inForce.config.monitor;
  // Whether it speaks HTTPS cannot be reloaded; the certificate can.
  const { monitorSecurity: first } = inForce.access;
  return {
    settings: () => inForce.config.monitor,
    reports,
    basePath,
    security: first && (() => inForce.access.monitorSecurity ?? first),
  };
}

/**
 * Starts the monitor of a broker; undefined: it has none. Its code is loaded only where there is one.
 *
 * @throws SluiceError (as a rejection) ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function startMonitorOf(parts: MonitorParts, log: Logger): Promise<Monitor | undefined> {
  const { observed, page, inForce, loginLog, throttle, actions } = parts;
  const { listener } = inForce.config.monitor;
  if (listener === undefined) return undefined;
  const { startMonitor } = await import('../monitor/monitor.js');
  const { BrokerPageSource } = await import('./page/page-source.js');
  const { BrokerControl } = await import('./monitor-control.js');
  return startMonitor(listener, observed, log, {
    ...monitorOptions(parts),
    control: new BrokerControl({ inForce, loginLog, throttle, log, actions }),
    page: new BrokerPageSource(page),
  });
}
