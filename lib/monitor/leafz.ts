import { type Endpoint, json, mapped, refused } from './endpoint.js';
import type { LinkSnapshot, RemoteSnapshot } from './snapshot.js';
import { roundTrip, timestamp } from './units.js';

/** `/leafz`: the links to hubs and leafs; with `subs=1` what they subscribe to, with `acc` those of one account. */
export const leafz: Endpoint = (query, { observed, now }) => {
  const withSubjects = query.bool('subs');
  const account = query.text('acc');
  if (query.fault !== undefined) return refused(query.fault);
  const links = [...observed.links()].filter((link) => account === '' || link.account === account);
  const remotes = [...observed.remotes()];
  return json({
    server_id: observed.server().serverId,
    now: timestamp(now()),
    leafnodes: links.length,
    leafs: mapped(links, (link) => linkRow(link, withSubjects)),
    sluice: remotes.length === 0 ? undefined : { remotes: remotes.map(remoteRow) },
  });
};

function linkRow(link: LinkSnapshot, withSubjects: boolean): object {
  return {
    id: link.cid,
    name: link.name,
    is_spoke: link.isSpoke,
    account: link.account,
    ip: link.ip,
    port: link.port,
    rtt: roundTrip(link.rttMs),
    in_msgs: link.inMessages,
    out_msgs: link.outMessages,
    in_bytes: link.inBytes,
    out_bytes: link.outBytes,
    subscriptions: link.subscriptionCount,
    subscriptions_list: withSubjects ? link.subjects() : undefined,
    compression: 'off',
    sluice: { pending: link.pendingBytes, dropped: link.dropped },
  };
}

/** A hub, whether or not its link is up. */
function remoteRow({ account, urls, hub, upSince, error, dropped }: RemoteSnapshot): object {
  return {
    account,
    urls,
    hub,
    up_since: upSince === undefined ? undefined : timestamp(upSince),
    error,
    dropped,
  };
}
