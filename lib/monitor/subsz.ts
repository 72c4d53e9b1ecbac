import type { Steps } from '../domain/steps.js';
import { isLiteralSubject } from '../domain/subject.js';
import { type Endpoint, json, paging, refused } from './endpoint.js';
import { ROWS_A_STEP } from './listing.js';
import type { AccountSnapshot, Observable, SubscriptionSnapshot } from './snapshot.js';
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
  const { observed, turns } = monitored;
  const head = { server_id: observed.server().serverId, now: timestamp(monitored.now()) };
  const stats = await turns.run(statsRow(accountsOf(observed, account)));
  if (!listed) return json({ ...head, ...stats, total: 0, offset, limit });
  const found = subscriptionsOf(observed, account, test);
  await turns.run(skip(found, offset));
  const first = found.next();
  // An empty list is left out, as with nats-server.
  if (first.done === true) return json({ ...head, ...stats, total: 0, offset, limit });
  let total = 0;
  function* rows(): Generator<object, void, undefined> {
    for (let step = first; step.done !== true; step = found.next()) {
      yield subscriptionRow(step.value, true);
      if (++total === limit) return;
    }
  }
  // The rows are read as they are written, so their number is known after them only.
  return json({ ...head, ...stats, offset, limit, subscriptions_list: rows(), total: () => total });
};

/** One subscription as nats-server shows it. */
export function subscriptionRow(subscription: SubscriptionSnapshot, withAccount: boolean): object {
  return {
    account: withAccount ? subscription.account : undefined,
    account_tag: withAccount ? subscription.account : undefined,
    subject: subscription.subject,
    qgroup: subscription.queue,
    sid: subscription.sid,
    msgs: subscription.delivered,
    max: subscription.max || undefined,
    cid: subscription.cid,
  };
}

/** The figures of the sublists of all these accounts together, as nats-server shows them. */
export function* statsRow(accounts: Iterable<AccountSnapshot>): Steps<object> {
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
  for (const account of accounts) {
    const sublist = yield* account.sublist();
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += sublist[key];
    maxFanout = Math.max(maxFanout, sublist.maxFanout);
    yield;
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

function accountsOf(observed: Observable, name: string): Iterable<AccountSnapshot> {
  if (name === '') return observed.accounts();
  const account = observed.account(name);
  return account === undefined ? [] : [account];
}

/** Passes over so many items, as far as there are any. */
function* skip(items: Iterator<unknown>, count: number): Steps<void> {
  for (let i = 0; i < count && items.next().done !== true; i++) if (i % ROWS_A_STEP === 0) yield;
}

function* subscriptionsOf(
  observed: Observable,
  account: string,
  test: string,
): Generator<SubscriptionSnapshot, void, undefined> {
  if (test !== '') {
    const matching = account === '' ? observed.matching(test) : observed.matching(test, account);
    for (const each of matching) if (account === '' || each.account === account) yield each;
    return;
  }
  for (const connection of observed.connections()) {
    if (account === '' || connection.account === account) yield* connection.subscriptions();
  }
}
