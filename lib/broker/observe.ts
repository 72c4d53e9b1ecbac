import type { Connection } from '../net/connection.js';
import type { ConnectionSnapshot, SubscriptionSnapshot } from '../ops/snapshot.js';
import type { Subscription } from '../routing/subscription.js';

/** A connection as it is now; what it says does not change any more. */
export function describe(connection: Connection): ConnectionSnapshot {
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
    account: client.admitted ? client.account.name : undefined,
    user: client.user,
  };
}

export function describeSubscription(subscription: Subscription, cid: number): SubscriptionSnapshot {
  const { subject, queue, sid, delivered, max, client } = subscription;
  return { subject, queue, sid, delivered, max, cid, account: client?.account.name ?? '' };
}
