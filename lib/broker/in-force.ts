import type { PendingTotal } from '../clients/pending-total.js';
import type { Config } from '../config.js';
import type { Access } from './access.js';
import { LiveOptions } from './live.js';

/** The configuration in force, and what was made of it and of the files it names. A reload replaces all of it at once. */
export class InForce {
  config: Config;
  /** How logins and TLS are checked. */
  access: Access;
  /** When the configuration was loaded, in milliseconds of Unix time. */
  loadedAt = Date.now();
  /** Limits that connections read where they use them. */
  readonly live: LiveOptions;

  constructor(config: Config, access: Access, pendingTotal: PendingTotal) {
    this.config = config;
    this.access = access;
    this.live = new LiveOptions(config, pendingTotal);
  }

  replace(config: Config, access: Access): void {
    this.config = config;
    this.loadedAt = Date.now();
    this.access = access;
    this.live.take(config);
  }
}
