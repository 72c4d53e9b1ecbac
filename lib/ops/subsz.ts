import { isLiteralSubject } from '../protocol/subject.js';
import { type Endpoint, gather, json, mapped, paging, refused } from './endpoint.js';
import type { AccountSnapshot, Observable, SublistSnapshot, SubscriptionSnapshot } from './snapshot.js';
import { timestamp } from './units.js';

/** `/subsz`: how subscriptions are looked up, and with `subs=1` which there are. */
export const subsz: Endpoint = async (query, monitored) => {
  const listed = query.bool('subs');
  const { offset, limit } = paging(query);
  const account = query.text('acc');
  const test = query.text('test');
  if (test !== '' && !isLiteralSubject(test))
    query.refuse(`invalid test subject, must be valid publish subject: ${test}`);
  if (query.fault !== undefined) return refused(query.fault);
  const { observed } = monitored;
  const stats = statsRow(sublists(observed.accounts(), account));
  if (!listed) return json(stats);
  let skipped = 0;
  const page = await gather(
    subscriptionsOf(observed, account, test),
    (subscription) => (account === '' || subscription.account === account) && skipped++ >= offset,
    limit,
  );
  // Without a row to show nats-server shows the figures alone.
  if (page.length === 0) return json(stats);
  return json({
    server_id: observed.server().serverId,
    now: timestamp(monitored.now()),
    ...stats,
    total: page.length,
    offset,
    limit,
    subscriptions_list: mapped(page, (subscription) => subscriptionRow(subscription, true)),
  });
};

/** One subscription as nats-server shows it. */
export function subscriptionRow(subscription: SubscriptionSnapshot, withAccount: boolean): object {
  return {
    account: withAccount ? subscription.account : undefined,
    subject: subscription.subject,
    qgroup: subscription.queue,
    sid: subscription.sid,
    msgs: subscription.delivered,
    max: subscription.max || undefined,
    cid: subscription.cid,
  };
}

/** The figures of all these sublists together, as nats-server shows them. */
export function statsRow(all: Iterable<SublistSnapshot>): object {
  const sum = {
    subscriptions: 0,
    cacheEntries: 0,
    inserts: 0,
    removes: 0,
    matches: 0,
    cacheHits: 0,
    totalFanout: 0,
  };
  let maxFanout = 0;
  for (const sublist of all) {
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += sublist[key];
    maxFanout = Math.max(maxFanout, sublist.maxFanout);
  }
  return {
    num_subscriptions: sum.subscriptions,
    num_cache: sum.cacheEntries,
    num_inserts: sum.inserts,
    num_removes: sum.removes,
    num_matches: sum.matches,
    cache_hit_rate: sum.matches > 0 ? sum.cacheHits / sum.matches : 0,
    max_fanout: maxFanout,
    avg_fanout: sum.cacheEntries > 0 ? sum.totalFanout / sum.cacheEntries : 0,
  };
}

function* sublists(
  accounts: Iterable<AccountSnapshot>,
  wanted: string,
): Generator<SublistSnapshot, void, undefined> {
  for (const account of accounts) if (wanted === '' || account.name === wanted) yield account.sublist();
}

function* subscriptionsOf(
  observed: Observable,
  account: string,
  test: string,
): Generator<SubscriptionSnapshot, void, undefined> {
  if (test !== '') {
    yield* account === '' ? observed.matching(test) : observed.matching(test, account);
    return;
  }
  for (const connection of observed.connections()) {
    if (account === '' || connection.account === account) yield* connection.subscriptions();
  }
}
