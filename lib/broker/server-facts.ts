import { hostname } from 'node:os';
import type { Address } from '../config.js';
import type { ServerIdentity } from '../system/server-description.js';
import { clusterNameOf } from './cluster-name.js';
import type { InForce } from './in-force.js';
import { InfoCache, type ServerState } from './info-cache.js';

/** Where the facts about a broker come from. */
export interface FactSources {
  readonly serverId: string;
  readonly inForce: InForce;
  readonly natsAddress: () => Address | undefined;
  readonly websocketAddress: () => Address | undefined;
  readonly leafAddress: () => Address | undefined;
  readonly isLameDuck: () => boolean;
  readonly isClosing: () => boolean;
}

/** What a broker says of itself: in INFO, to the monitor, in the system account. */
export class ServerFacts {
  private readonly sources: FactSources;
  private readonly infoCache = new InfoCache();

  constructor(sources: FactSources) {
    this.sources = sources;
  }

  /** What INFO says to NATS clients, over TLS or not. */
  info(secured: boolean): Readonly<Record<string, unknown>> {
    return this.infoCache.of(this.sources.inForce.config, this.serverState, secured);
  }

  get serverState(): ServerState {
    const { serverId, inForce, natsAddress, websocketAddress, isLameDuck } = this.sources;
    const { authenticator, security, websocket } = inForce.access;
    return {
      serverId,
      natsAddress: natsAddress(),
      authRequired: authenticator.required,
      lameDuck: isLameDuck(),
      security,
      websocketAddress: websocketAddress(),
      websocketTls: websocket.security,
    };
  }

  get monitoredState() {
    const { inForce, isClosing, leafAddress } = this.sources;
    const { loadedAt: configLoadedAt, access } = inForce;
    const { systemAccount } = access;
    return {
      ...this.serverState,
      leafAddress: leafAddress(),
      closing: isClosing(),
      configLoadedAt,
      systemAccount,
    };
  }

  get identity(): ServerIdentity {
    const { serverId, inForce } = this.sources;
    const { serverName, nats, serverTags, jetstream } = inForce.config;
    return {
      id: serverId,
      name: serverName ?? serverId,
      domain: jetstream?.domain,
      cluster: clusterNameOf(inForce.config, serverId),
      host: nats.listeners[0]?.host ?? hostname(),
      tags: serverTags,
      jetstream: jetstream !== undefined,
    };
  }
}
