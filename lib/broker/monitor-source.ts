import { type Address, type Config, configDigest } from '../config.js';
import { LEAF_DIALECT } from '../domain/dialect-name.js';
import { type Count, plus } from '../domain/drops.js';
import { TLS_TIMEOUT_MS } from '../domain/limits.js';
import type { Steps } from '../domain/steps.js';
import type { LeafRemote } from '../links/leaf-remote.js';
import type {
  AccountSnapshot,
  ConnectionSnapshot,
  DeliveryCounts,
  JetStreamSnapshot,
  LeafListenerSnapshot,
  LinkSnapshot,
  Observable,
  RemoteSnapshot,
  ServerSnapshot,
  SublistSnapshot,
  SubscriptionSnapshot,
  WebSocketSnapshot,
} from '../monitor/snapshot.js';
import type { Account, LinkTraffic } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { SublistReader } from '../routing/sublist.js';
import { NATS_LEVEL, VERSION } from '../version.js';
import { ConnectionView, describeSubscription } from './connection-view.js';
import type { Connections } from './connections.js';
import type { ServerState } from './info-cache.js';
import { addTraffic, describeLink } from './link-view.js';

/** Connections between two places at which a walk may pause. */
const CONNECTIONS_A_STEP = 64;

/** What there is to see of a broker. */
export interface SnapshotSources {
  readonly core: Core;
  readonly connections: Connections;
  readonly config: () => Config;
  /** Logins refused so far. */
  readonly loginsRefused: () => number;
  /** The hubs that the server is a leaf of. */
  readonly remotes: () => readonly LeafRemote[];
  /** Undefined: there is no JetStream. */
  readonly jetstream: () => JetStreamSnapshot | undefined;
  readonly serverState: () => ServerState & {
    readonly leafAddress: Address | undefined;
    readonly closing: boolean;
    readonly configLoadedAt: number;
    readonly systemAccount: string;
  };
}

/** A broker as its monitor sees it. */
export class MonitorSource implements Observable {
  private readonly sources: SnapshotSources;
  private readonly startedAt = Date.now();

  constructor(sources: SnapshotSources) {
    this.sources = sources;
  }

  server(): ServerSnapshot {
    const { core, connections } = this.sources;
    const config = this.sources.config();
    const serverState = this.sources.serverState();
    const { nats, limits, flow, authorization, tls } = config;
    return {
      serverId: serverState.serverId,
      serverName: config.serverName ?? serverState.serverId,
      version: NATS_LEVEL,
      sluice: VERSION,
      host: serverState.natsAddress?.host ?? '',
      port: serverState.natsAddress?.port ?? 0,
      startedAt: this.startedAt,
      configLoadedAt: serverState.configLoadedAt,
      // Of a user for clients without credentials INFO says that none are required, /varz does not, as in nats-server.
      authRequired: serverState.authRequired || authorization.noAuthUser !== undefined,
      tlsRequired: tls !== undefined && !tls.allowNonTls,
      tlsExpiresAt: serverState.security?.context.expiresAt,
      tlsVerify: tls !== undefined && (tls.verify || tls.verifyAndMap),
      maxConnections: limits.maxConnections,
      maxSubscriptions: limits.maxSubscriptions,
      maxPayloadBytes: nats.statedMaxPayload,
      maxPendingBytes: flow.maxPendingBytes,
      maxControlLineBytes: nats.maxControlLineBytes,
      pingIntervalMs: nats.pingIntervalMs,
      maxPingsOut: nats.maxPingsOut,
      writeDeadlineMs: flow.writeDeadlineMs,
      authTimeoutMs: authorization.timeoutMs,
      tlsTimeoutMs: tls?.timeoutMs ?? TLS_TIMEOUT_MS,
      tags: config.serverTags,
      systemAccount: serverState.systemAccount,
      websocket: websocketOf(config, serverState),
      totalConnections: connections.total,
      connections: connections.open.size - connections.links.size,
      links: connections.links.size,
      leafListener: leafListenerOf(config, serverState.leafAddress),
      get subscriptions() {
        let sum = 0;
        for (const { sublist } of core.accounts.values()) sum += sublist.size;
        return sum;
      },
      inMessages: core.inMessages,
      outMessages: core.router.outMessages,
      inBytes: core.inBytes,
      outBytes: core.router.outBytes,
      linkTraffic: connections.linkTraffic,
      slowConsumers: connections.slowConsumers,
      slowLinks: connections.slowLinks,
      staleConnections: connections.staleConnections,
      staleLinks: connections.staleLinks,
      holds: core.holds,
      closedBy: connections.traffic.closedBy,
      loginsRefused: this.sources.loginsRefused(),
      configDigest: configDigest(config),
      deliveryCounts: () => deliveryCountsOf(core, connections),
      traffic: () => connections.traffic.read(connections.open),
      totalPending: () => {
        const { bytes, limitBytes, cutOff } = core.pendingTotal;
        return { bytes, limitBytes, cutOff };
      },
      lameDuck: serverState.lameDuck,
      closing: serverState.closing,
    };
  }

  *connections(): Iterable<ConnectionSnapshot> {
    for (const connection of [...this.sources.connections.open])
      if (connection.dialect !== LEAF_DIALECT) yield new ConnectionView(connection);
  }

  *links(): Iterable<LinkSnapshot> {
    for (const link of [...this.sources.connections.links]) yield describeLink(link);
  }

  *remotes(): Iterable<RemoteSnapshot> {
    for (const remote of this.sources.remotes()) {
      const { options, urls, hubName: hub, upSince, lastError: error, dropped } = remote;
      yield { account: options.account, urls, hub, upSince, error, dropped };
    }
  }

  jetstream(): JetStreamSnapshot | undefined {
    return this.sources.jetstream();
  }

  closed(): Iterable<ConnectionSnapshot> {
    return this.sources.connections.closed;
  }

  *accounts(): Iterable<AccountSnapshot> {
    const { configLoadedAt } = this.sources.serverState();
    for (const account of [...this.sources.core.accounts.values()])
      yield describeAccount(account, configLoadedAt, this.linksOf(account));
  }

  account(name: string): AccountSnapshot | undefined {
    const account = this.sources.core.accounts.get(name);
    return (
      account && describeAccount(account, this.sources.serverState().configLoadedAt, this.linksOf(account))
    );
  }

  /** The links of an account that are open, and what went over them and those before. */
  private linksOf(account: Account): { readonly count: number; readonly traffic: LinkTraffic } {
    const traffic = { ...account.closedLinks };
    let count = 0;
    for (const { client } of this.sources.connections.links) {
      if (client.account !== account) continue;
      count++;
      addTraffic(traffic, client);
    }
    return { count, traffic };
  }

  *matching(subject: string, name?: string): Iterable<SubscriptionSnapshot> {
    for (const account of this.sources.core.accounts.values()) {
      if (name !== undefined && account.name !== name) continue;
      const { plain, groups } = account.sublist.peek(subject);
      for (const part of [plain, ...groups.map(({ members }) => members)])
        for (const each of part)
          if (each.client !== undefined) yield describeSubscription(each, each.client.id);
    }
  }
}

/**
 * Delivery counts of all connections, those that have closed included. What changes while the connections are walked counts
 * as pending: it is known what was handed to all, and what each had taken when it was looked at.
 */
export function* deliveryCountsOf(core: Core, connections: Connections): Steps<DeliveryCounts> {
  let delivered = connections.deliveredToClosed;
  for (const [i, { client }] of [...connections.open].entries()) {
    delivered = plus(delivered, client.outbox.delivered);
    if (i % CONNECTIONS_A_STEP === 0) yield;
  }
  const handed: Count = { messages: core.router.outMessages, bytes: core.router.outBytes };
  const routed = [handed, core.drops.of('policy'), core.drops.of('permission')].reduce(plus);
  const { total } = core.drops;
  return {
    routed,
    delivered,
    pending: {
      messages: routed.messages - delivered.messages - total.messages,
      bytes: routed.bytes - delivered.bytes - total.bytes,
    },
    dropped: core.drops.describe(),
    heldMs: core.heldMs,
  };
}

function* describeSublist(sublist: SublistReader): Steps<SublistSnapshot> {
  const { entries: cacheEntries, maxFanout, totalFanout } = yield* sublist.census();
  const { size: subscriptions, inserts, removes, matches, misses } = sublist;
  const cacheHits = matches - misses;
  return { subscriptions, cacheEntries, inserts, removes, matches, cacheHits, maxFanout, totalFanout };
}

function describeAccount(
  account: Account,
  updatedAt: number,
  links: { readonly count: number; readonly traffic: LinkTraffic },
): AccountSnapshot {
  const { name, sublist, connections, inMessages, inBytes, outMessages, outBytes, slowConsumers } = account;
  return {
    name,
    updatedAt,
    connections: connections - links.count,
    links: links.count,
    linkTraffic: links.traffic,
    subscriptions: sublist.size,
    inMessages,
    inBytes,
    outMessages,
    outBytes,
    slowConsumers,
    dropped: account.drops.describe(),
    heldMs: account.heldMs,
    sublist: () => describeSublist(sublist),
  };
}

function websocketOf(
  { websocket }: Config,
  { websocketAddress, websocketTls }: ServerState,
): WebSocketSnapshot | undefined {
  if (websocketAddress === undefined) return undefined;
  return {
    ...websocketAddress,
    advertise: websocket.advertise,
    noAuthUser: websocket.login?.noAuthUser,
    jwtCookie: websocket.cookies.jwt,
    handshakeTimeoutMs: websocket.handshakeTimeoutMs,
    authTimeoutMs: websocket.authTimeoutMs,
    noTls: websocket.noTls,
    tlsMap: websocket.tls?.verifyAndMap === true,
    sameOrigin: websocket.sameOrigin,
    allowedOrigins: websocket.allowedOrigins,
    compression: websocket.compression,
    tlsExpiresAt: websocketTls?.context.expiresAt,
  };
}

function leafListenerOf({ leaf }: Config, address: Address | undefined): LeafListenerSnapshot | undefined {
  if (address === undefined) return undefined;
  return {
    ...address,
    authTimeoutMs: leaf.authTimeoutMs,
    tlsTimeoutMs: leaf.tls?.timeoutMs ?? TLS_TIMEOUT_MS,
  };
}
