import { type Endpoint, json, type Monitored, mapped, refused } from './endpoint.js';
import { dropsRow } from './flow.js';
import type { AccountSnapshot, Observable } from './snapshot.js';
import { statsRow } from './subsz.js';
import { timestamp } from './units.js';

/** `/accountz`: the names of the accounts; with `acc` one of them in detail. */
export const accountz: Endpoint = async (query, monitored) => {
  const { observed, now } = monitored;
  const wanted = query.text('acc');
  const { serverId, systemAccount } = observed.server();
  const head = { server_id: serverId, now: timestamp(now()), system_account: systemAccount };
  if (wanted === '') return json({ ...head, accounts: mapped(observed.accounts(), ({ name }) => name) });
  const detail = await accountDetail(wanted, monitored);
  if (detail === undefined) return refused(`Account ${wanted} does not exist`);
  return json({ ...head, account_detail: detail });
};

/** One account in detail; undefined: there is none of that name. */
export async function accountDetail(
  name: string,
  { observed, turns }: Pick<Monitored, 'observed' | 'turns'>,
): Promise<object | undefined> {
  const account = observed.account(name);
  if (account === undefined) return undefined;
  const sublist = await turns.run(statsRow([account]));
  const hasJetStream = [...(observed.jetstream?.()?.accounts() ?? [])].some((each) => each.name === name);
  return detailRow(account, { systemAccount: observed.server().systemAccount, hasJetStream }, sublist);
}

/** `/accstatz`: traffic of the accounts that have connections; with `unused=1` of all. */
export const accstatz: Endpoint = (query, monitored) => {
  const unused = query.bool('unused');
  if (query.fault !== undefined) return refused(query.fault);
  return json(accountStats(monitored, unused));
};

/**
 * Traffic of accounts.
 * @param unused whether those without connections are listed as well
 * @param names the accounts; none: all there are
 */
export function accountStats(
  { observed, now }: Pick<Monitored, 'observed' | 'now'>,
  unused: boolean,
  names: readonly string[] = [],
): object {
  return {
    server_id: observed.server().serverId,
    now: timestamp(now()),
    account_statz: mapped(wantedAccounts(observed, unused, names), statRow),
  };
}

/** Accounts that {@link accountStats} lists. */
export function* wantedAccounts(
  observed: Observable,
  unused: boolean,
  names: readonly string[],
): Generator<AccountSnapshot, void, undefined> {
  const accounts = names.length === 0 ? observed.accounts() : found(observed, names);
  for (const account of accounts) if (unused || account.connections + account.links > 0) yield account;
}

function* found(observed: Observable, names: readonly string[]): Generator<AccountSnapshot, void, undefined> {
  for (const name of names) {
    const account = observed.account(name);
    if (account !== undefined) yield account;
  }
}

const NONE = { msgs: 0, bytes: 0 };
/** Traffic with other servers of other kinds than leafs and their hubs, of which there are none. */
const BETWEEN_SERVERS = { gateways: NONE, routes: NONE };

function detailRow(
  account: AccountSnapshot,
  {
    systemAccount,
    hasJetStream,
  }: { readonly systemAccount: string | undefined; readonly hasJetStream: boolean },
  sublist: object,
): object {
  return {
    account_name: account.name,
    name_tag: account.name,
    update_time: timestamp(account.updatedAt),
    is_system: account.name === systemAccount ? true : undefined,
    expired: false,
    complete: true,
    jetstream_enabled: hasJetStream,
    leafnode_connections: account.links,
    client_connections: account.connections,
    subscriptions: account.subscriptions,
    sublist_stats: sublist,
  };
}

/** Connections and traffic of one account, as nats-server has them. */
export function statRow(account: AccountSnapshot): object {
  const { inMessages, inBytes, outMessages, outBytes } = account.linkTraffic;
  return {
    acc: account.name,
    name: account.name,
    conns: account.connections,
    leafnodes: account.links,
    total_conns: account.connections + account.links,
    num_subscriptions: account.subscriptions,
    sent: {
      msgs: account.outMessages,
      bytes: account.outBytes,
      ...BETWEEN_SERVERS,
      leafs: { msgs: outMessages, bytes: outBytes },
    },
    received: {
      msgs: account.inMessages,
      bytes: account.inBytes,
      ...BETWEEN_SERVERS,
      leafs: { msgs: inMessages, bytes: inBytes },
    },
    slow_consumers: account.slowConsumers,
    sluice: dropsRow(account.dropped, account.heldMs),
  };
}
