import type { Config } from '../config.js';
import type {
  AccountSnapshot,
  Books,
  ConnectionSnapshot,
  FlowSnapshot,
  Observable,
  ServerSnapshot,
  SubscriptionSnapshot,
} from '../ops/snapshot.js';
import type { Account } from '../routing/account.js';
import type { Client } from '../routing/client.js';
import type { Core } from '../routing/core.js';
import { type Count, NOTHING, plus } from '../routing/drops.js';
import type { Subscription } from '../routing/subscription.js';
import { NATS_LEVEL, VERSION } from '../version.js';
import type { Connections, Member } from './connections.js';
import type { Standing } from './info.js';

/** What there is to see of a broker. */
export interface Sights {
  readonly core: Core;
  readonly connections: Connections;
  readonly config: () => Config;
  readonly standing: () => Standing & { readonly closing: boolean; readonly configLoadedAt: number };
}

/** A broker as its monitor sees it. */
export class Observation implements Observable {
  private readonly sights: Sights;
  private readonly startedAt = Date.now();

  constructor(sights: Sights) {
    this.sights = sights;
  }

  server(): ServerSnapshot {
    const { core, connections } = this.sights;
    const config = this.sights.config();
    const standing = this.sights.standing();
    const { nats, limits, flow, authorization, tls } = config;
    const accounts = [...core.accounts.values()];
    return {
      serverId: standing.serverId,
      serverName: config.serverName ?? standing.serverId,
      version: NATS_LEVEL,
      sluice: VERSION,
      host: standing.natsAddress?.host ?? '',
      port: standing.natsAddress?.port ?? 0,
      startedAt: this.startedAt,
      configLoadedAt: standing.configLoadedAt,
      authRequired: standing.authRequired,
      tlsRequired: tls !== undefined && !tls.allowNonTls,
      tlsVerify: tls !== undefined && (tls.verify || tls.verifyAndMap),
      maxConnections: limits.maxConnections,
      maxSubscriptions: limits.maxSubscriptions,
      maxPayloadBytes: nats.maxPayloadBytes,
      maxPendingBytes: flow.maxPendingBytes,
      maxControlLineBytes: nats.maxControlLineBytes,
      pingIntervalMs: nats.pingIntervalMs,
      maxPingsOut: nats.maxPingsOut,
      writeDeadlineMs: flow.writeDeadlineMs,
      authTimeoutMs: authorization.timeoutMs,
      tlsTimeoutMs: tls?.timeoutMs ?? 0,
      tags: config.serverTags,
      systemAccount: config.systemAccount,
      totalConnections: connections.total,
      connections: connections.open.size,
      subscriptions: accounts.reduce((sum, { sublist }) => sum + sublist.size, 0),
      inMessages: core.inMessages,
      outMessages: core.router.outMessages,
      inBytes: core.inBytes,
      outBytes: core.router.outBytes,
      slowConsumers: connections.slowConsumers,
      books: () => booksOf(core, connections),
      lameDuck: standing.lameDuck,
      closing: standing.closing,
    };
  }

  *connections(): Iterable<ConnectionSnapshot> {
    for (const connection of [...this.sights.connections.open]) yield describe(connection);
  }

  closed(): Iterable<ConnectionSnapshot> {
    return this.sights.connections.closed;
  }

  *accounts(): Iterable<AccountSnapshot> {
    const { configLoadedAt } = this.sights.standing();
    for (const account of [...this.sights.core.accounts.values()])
      yield describeAccount(account, configLoadedAt);
  }

  *matching(subject: string, name?: string): Iterable<SubscriptionSnapshot> {
    for (const account of this.sights.core.accounts.values()) {
      if (name !== undefined && account.name !== name) continue;
      const { plain, groups } = account.sublist.peek(subject);
      for (const each of [...plain, ...groups.flatMap(({ members }) => members)])
        if (each.client !== undefined) yield describeSubscription(each, each.client.id);
    }
  }
}

/** The books of all connections, those that have closed included. */
export function booksOf(core: Core, connections: Connections): Books {
  const outboxes = [...connections.open].map(({ client }) => client.outbox);
  const handed: Count = { messages: core.router.outMessages, bytes: core.router.outBytes };
  return {
    routed: [handed, core.drops.of('policy'), core.drops.of('permission')].reduce(plus),
    delivered: outboxes.map(({ delivered }) => delivered).reduce(plus, connections.deliveredToDeparted),
    pending: outboxes.map(({ pending }) => pending).reduce(plus, NOTHING),
    dropped: core.drops.describe(),
    heldMs: core.heldMs,
  };
}

/** The books of one connection. What was handed to its outbox and what never was are counted where that is decided. */
export function flowOf(client: Client): FlowSnapshot {
  const { outbox, drops, waits } = client;
  const handed: Count = { messages: client.outMessages, bytes: client.outBytes };
  return {
    policy: outbox.policy,
    congested: outbox.congested,
    routed: [handed, drops.of('policy'), drops.of('permission')].reduce(plus),
    delivered: outbox.delivered,
    pending: outbox.pending,
    dropped: drops.describe(),
    heldMs: client.heldMs,
    waitsFor: client.waitsFor,
    heldBy: waits.receivers,
    holding: outbox.holding.size,
    heldOthersMs: outbox.heldOthersMs,
  };
}

function describeAccount(account: Account, updatedAt: number): AccountSnapshot {
  const { name, sublist, connections, inMessages, inBytes, outMessages, outBytes, slowConsumers } = account;
  const { size, inserts, removes, matches, misses } = sublist;
  return {
    name,
    updatedAt,
    connections,
    subscriptions: size,
    inMessages,
    inBytes,
    outMessages,
    outBytes,
    slowConsumers,
    dropped: account.drops.describe(),
    heldMs: account.heldMs,
    sublist: () => {
      const { entries: cacheEntries, maxFanout, totalFanout } = sublist.cached;
      const cacheHits = matches - misses;
      return {
        subscriptions: size,
        cacheEntries,
        inserts,
        removes,
        matches,
        cacheHits,
        maxFanout,
        totalFanout,
      };
    },
  };
}

/** A connection as it is now; what it says does not change any more. */
export function describe(connection: Member): ConnectionSnapshot {
  const { client } = connection;
  const { subscriptions } = client;
  const tls = connection.tls;
  return {
    cid: client.id,
    type: connection.dialect,
    ip: client.remoteAddress,
    port: client.remotePort,
    startedAt: client.startedAt,
    lastActivityAt: client.lastActivityAt,
    rttMs: client.rttMs,
    pendingBytes: client.outbox.pendingBytes,
    inMessages: client.published,
    outMessages: client.outMessages,
    inBytes: client.inBytes,
    outBytes: client.outBytes,
    subscriptionCount: client.closing ? client.subscriptionsAtEnd : subscriptions.size,
    subscriptions: () => [...subscriptions.values()].map((each) => describeSubscription(each, client.id)),
    name: client.peerName,
    lang: client.peerLanguage,
    version: client.peerVersion,
    tlsVersion: tls?.version,
    tlsCipher: tls?.cipher,
    tlsFirst: tls?.isFirst,
    peerCertificates: () => (client.peerCertificate === undefined ? [] : [client.peerCertificate.raw]),
    account: client.admitted ? client.account.name : undefined,
    user: client.user ?? client.claimedUser,
    flow: flowOf(client),
  };
}

export function describeSubscription(subscription: Subscription, cid: number): SubscriptionSnapshot {
  const { subject, queue, sid, delivered, max, client } = subscription;
  return { subject, queue, sid, delivered, max, cid, account: client?.account.name ?? '' };
}
