import { type Config, configDigest } from '../config.js';
import { type Count, plus } from '../domain/drops.js';
import { TLS_TIMEOUT_MS } from '../domain/limits.js';
import type {
  AccountSnapshot,
  Books,
  ConnectionSnapshot,
  Observable,
  ServerSnapshot,
  SublistSnapshot,
  SubscriptionSnapshot,
} from '../monitor/snapshot.js';
import type { Steps } from '../monitor/turns.js';
import type { Account } from '../routing/account.js';
import type { Core } from '../routing/core.js';
import type { Sublist } from '../routing/sublist.js';
import { NATS_LEVEL, VERSION } from '../version.js';
import { ConnectionView, describeSubscription } from './connection-view.js';
import type { Connections } from './connections.js';
import type { Standing } from './info.js';

/** Connections between two places at which a walk may pause. */
const CONNECTIONS_A_STEP = 64;

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
    return {
      serverId: standing.serverId,
      serverName: config.serverName ?? standing.serverId,
      version: NATS_LEVEL,
      sluice: VERSION,
      host: standing.natsAddress?.host ?? '',
      port: standing.natsAddress?.port ?? 0,
      startedAt: this.startedAt,
      configLoadedAt: standing.configLoadedAt,
      // Of a user for clients without credentials INFO says that none are required, /varz does not, as in nats-server.
      authRequired: standing.authRequired || authorization.noAuthUser !== undefined,
      tlsRequired: tls !== undefined && !tls.allowNonTls,
      tlsExpiresAt: standing.security?.context.expiresAt,
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
      systemAccount: config.systemAccount,
      totalConnections: connections.total,
      connections: connections.open.size,
      get subscriptions() {
        let sum = 0;
        for (const { sublist } of core.accounts.values()) sum += sublist.size;
        return sum;
      },
      inMessages: core.inMessages,
      outMessages: core.router.outMessages,
      inBytes: core.inBytes,
      outBytes: core.router.outBytes,
      slowConsumers: connections.slowConsumers,
      staleConnections: connections.staleConnections,
      holds: core.holds,
      configDigest: configDigest(config),
      books: () => booksOf(core, connections),
      totalPending: () => {
        const { bytes, limitBytes, cutOff } = core.pendingTotal;
        return { bytes, limitBytes, cutOff };
      },
      lameDuck: standing.lameDuck,
      closing: standing.closing,
    };
  }

  *connections(): Iterable<ConnectionSnapshot> {
    for (const connection of [...this.sights.connections.open]) yield new ConnectionView(connection);
  }

  closed(): Iterable<ConnectionSnapshot> {
    return this.sights.connections.closed;
  }

  *accounts(): Iterable<AccountSnapshot> {
    const { configLoadedAt } = this.sights.standing();
    for (const account of [...this.sights.core.accounts.values()])
      yield describeAccount(account, configLoadedAt);
  }

  account(name: string): AccountSnapshot | undefined {
    const account = this.sights.core.accounts.get(name);
    return account && describeAccount(account, this.sights.standing().configLoadedAt);
  }

  *matching(subject: string, name?: string): Iterable<SubscriptionSnapshot> {
    for (const account of this.sights.core.accounts.values()) {
      if (name !== undefined && account.name !== name) continue;
      const { plain, groups } = account.sublist.peek(subject);
      for (const part of [plain, ...groups.map(({ members }) => members)])
        for (const each of part)
          if (each.client !== undefined) yield describeSubscription(each, each.client.id);
    }
  }
}

/**
 * The books of all connections, those that have closed included. What changes while the connections are walked counts
 * as pending: it is known what was handed to all, and what each had taken when it was looked at.
 */
export function* booksOf(core: Core, connections: Connections): Steps<Books> {
  let delivered = connections.deliveredToDeparted;
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

function* describeSublist(sublist: Sublist): Steps<SublistSnapshot> {
  const { entries: cacheEntries, maxFanout, totalFanout } = yield* sublist.census();
  const { size: subscriptions, inserts, removes, matches, misses } = sublist;
  const cacheHits = matches - misses;
  return { subscriptions, cacheEntries, inserts, removes, matches, cacheHits, maxFanout, totalFanout };
}

function describeAccount(account: Account, updatedAt: number): AccountSnapshot {
  const { name, sublist, connections, inMessages, inBytes, outMessages, outBytes, slowConsumers } = account;
  return {
    name,
    updatedAt,
    connections,
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
