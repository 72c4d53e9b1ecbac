import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import type { ConnectionLimiter } from '../limits/connection-limiter.js';
import type { Core } from '../routing/core.js';
import type { SystemServices } from '../system/system-services.js';
import { type AccessOptions, accessOf } from './access.js';
import type { AccountRegistry } from './accounts.js';
import type { Connections } from './connections.js';
import type { InForce } from './in-force.js';
import type { JetStreamService } from './jetstream-service.js';
import type { Leafs } from './leafs.js';
import { diffSettings } from './reload.js';
import { renewAll } from './renewals.js';
import type { Shutdown } from './shutdown.js';

/** What a reload changes. */
export interface ReloaderOptions extends AccessOptions {
  readonly inForce: InForce;
  readonly log: Logger;
  readonly limiter: ConnectionLimiter;
  readonly accounts: AccountRegistry;
  readonly system: SystemServices;
  readonly jetstream: Pick<JetStreamService, 'configure'>;
  readonly connections: Connections;
  readonly links: Leafs;
  readonly core: Core;
  readonly shutdown: Shutdown;
  /** Tells the clients, where their dialect can, what INFO says now. */
  readonly inform: () => void;
}

/** Replaces the configuration of a running broker; reloads asked for meanwhile follow one after another. */
export class Reloader {
  private readonly options: ReloaderOptions;
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.options = options;
  }

  /** See `Broker.reload`. */
  reload(config: Config): Promise<readonly string[]> {
    const reloaded = this.last.then(() => this.changeTo(config));
    this.last = reloaded.catch(() => {}); // the caller gets the error; the next reload starts from what is in force
    return reloaded;
  }

  private async changeTo(config: Config): Promise<readonly string[]> {
    const { inForce, log, limiter, accounts, system, connections, core, links, shutdown, inform } =
      this.options;
    const { jetstream } = this.options;
    const previous = inForce.config;
    const changes = diffSettings(previous, config);
    const access = await accessOf(config, log, this.options);
    if (shutdown.isClosing) throw new SluiceError('SERVER_SHUTDOWN', 'the broker is closing');
    inForce.replace(config, access);
    limiter.configure(config.limits);
    accounts.apply(access.readAccounts(), access.joins);
    jetstream.configure();
    system.rename(access.systemAccount);
    await Promise.race([renewAll(connections.open, core.scheduler), shutdown.closing]);
    if (shutdown.isClosing) return changes;
    this.closeExcess();
    await links.apply();
    // Everything else that INFO says concerns new connections only.
    if (config.nats.statedMaxPayload !== previous.nats.statedMaxPayload) inform();
    return changes;
  }

  /** Closes the newest connections beyond the maximum, and beyond those of their accounts. */
  private closeExcess(): void {
    const { connections, limiter, log, core } = this.options;
    const { maxConnections } = limiter;
    const excess = connections.staying.slice(maxConnections).reverse();
    for (const connection of excess) core.endings.add(() => connection.close('MAX_CONNECTIONS'), 1);
    if (excess.length > 0) log.warn({ maxConnections, count: excess.length }, 'connections closed, too many');
    for (const connection of connections.beyondAccountLimits)
      core.endings.add(() => connection.close('MAX_ACCOUNT_CONNECTIONS'), 1);
  }
}
