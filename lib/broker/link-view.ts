import type { LinkSnapshot } from '../monitor/snapshot.js';
import type { LinkTraffic } from '../routing/account.js';
import type { Client } from '../routing/client.js';
import type { Member } from './member.js';

/** A link to another server, as the monitor shows it. */
export function describeLink({ client }: Member): LinkSnapshot {
  const { peer, subscriptions } = client;
  return {
    cid: client.id,
    name: peer.name ?? '',
    isSpoke: client.origin.kind === 'leaf-hub',
    account: client.account.name,
    ip: peer.remoteAddress,
    port: peer.remotePort,
    rttMs: client.rttMs,
    inMessages: client.published,
    outMessages: client.outMessages,
    inBytes: client.inBytes,
    outBytes: client.outBytes,
    subscriptionCount: subscriptions.size,
    *subjects() {
      for (const { subject } of subscriptions.values()) yield subject;
    },
    pendingBytes: client.outbox.pendingBytes,
    dropped: client.drops.describe(),
  };
}

/** Adds what went over a link to `sum`. */
export function addTraffic(sum: LinkTraffic, { published, inBytes, outMessages, outBytes }: Client): void {
  sum.inMessages += published;
  sum.inBytes += inBytes;
  sum.outMessages += outMessages;
  sum.outBytes += outBytes;
}
