import type { Authenticator } from '../auth/grant.js';
import type { PendingTotal } from '../clients/pending-total.js';
import type { Config } from '../config.js';
import type { Security } from '../transport/tls.js';
import type { Access } from './access.js';
import type { LeafAccess } from './leaf-access.js';
import { LiveOptions } from './live.js';
import type { WebSocketAccess } from './websocket-access.js';

/** The configuration in force, and what was made of it and of the files it names. A reload replaces all of it at once. */
export class InForce {
  config: Config;
  authenticator: Authenticator;
  /** Name of the system account. */
  systemAccount: string;
  /** The accounts there are now. */
  readAccounts: Access['readAccounts'];
  /** What joins them. */
  joins: Access['joins'];
  /** TLS of NATS clients; undefined without TLS. */
  security: Security | undefined;
  /** TLS of the monitor; undefined: it speaks HTTP. */
  monitorSecurity: Security | undefined;
  /** The same for clients over WebSockets. */
  websocket: WebSocketAccess;
  /** The same for leafs, and the hubs to connect to. */
  leaf: LeafAccess;
  /** Brings connections to TLS; undefined: none of them has it. */
  negotiator: Access['negotiator'];
  /** When the configuration was loaded, in milliseconds of Unix time. */
  loadedAt = Date.now();
  /** Limits that connections read where they use them. */
  readonly live: LiveOptions;

  constructor(
    config: Config,
    {
      authenticator,
      systemAccount,
      readAccounts,
      security,
      monitorSecurity,
      websocket,
      leaf,
      negotiator,
      joins,
    }: Access,
    pendingTotal: PendingTotal,
  ) {
    this.config = config;
    this.authenticator = authenticator;
    this.systemAccount = systemAccount;
    this.readAccounts = readAccounts;
    this.joins = joins;
    this.security = security;
    this.monitorSecurity = monitorSecurity;
    this.websocket = websocket;
    this.leaf = leaf;
    this.negotiator = negotiator;
    this.live = new LiveOptions(config, pendingTotal);
  }

  replace(
    config: Config,
    {
      authenticator,
      systemAccount,
      readAccounts,
      security,
      monitorSecurity,
      websocket,
      leaf,
      negotiator,
      joins,
    }: Access,
  ): void {
    this.config = config;
    this.loadedAt = Date.now();
    this.authenticator = authenticator;
    this.systemAccount = systemAccount;
    this.readAccounts = readAccounts;
    this.joins = joins;
    this.security = security;
    this.monitorSecurity = monitorSecurity;
    this.websocket = websocket;
    this.leaf = leaf;
    this.negotiator = negotiator;
    this.live.take(config);
  }
}
