import type { Publisher } from '../../clients/subscription.js';
import { Client } from '../../routing/client.js';
import { timeText } from '../instant.js';

const NS_PER_MS = 1e6;

/**
 * What asked, as advisories have it.
 * @param account whose API was asked; the client may be in another one, which imports it
 */
export function requesterOf(publisher: Publisher, account: string, server: string): object {
  if (!(publisher instanceof Client)) return { acc: account, server };
  const { id, peer, rttMs, origin } = publisher;
  const own = publisher.account.name;
  return {
    start: timeText({ ms: peer.startedAt, ns: 0 }),
    ...(peer.remoteAddress === undefined ? {} : { host: peer.remoteAddress }),
    id,
    acc: own,
    ...(own === account ? {} : { svc: account }),
    ...(peer.claimedUser ? { user: peer.claimedUser } : {}),
    ...(peer.name ? { name: peer.name } : {}),
    ...(peer.language ? { lang: peer.language } : {}),
    ...(peer.version ? { ver: peer.version } : {}),
    ...(rttMs === undefined ? {} : { rtt: Math.round(rttMs * NS_PER_MS) }),
    server,
    kind: origin.isLink ? 'Leafnode' : 'Client',
  };
}
