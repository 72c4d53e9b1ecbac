import { type Endpoint, filtered, json, mapped, refused } from './endpoint.js';
import { dropsRow } from './flow.js';
import type { AccountSnapshot } from './snapshot.js';
import { statsRow } from './subsz.js';
import { timestamp } from './units.js';

/** `/accountz`: the names of the accounts; with `acc` one of them in detail. */
export const accountz: Endpoint = async (query, { observed, now, turns }) => {
  const wanted = query.text('acc');
  const { serverId, systemAccount } = observed.server();
  const head = { server_id: serverId, now: timestamp(now()), system_account: systemAccount };
  if (wanted === '') return json({ ...head, accounts: mapped(observed.accounts(), ({ name }) => name) });
  const account = observed.account(wanted);
  if (account === undefined) return refused(`Account ${wanted} does not exist`);
  const sublist = await turns.run(statsRow([account]));
  return json({ ...head, account_detail: detailRow(account, systemAccount, sublist) });
};

/** `/accstatz`: traffic of the accounts that have connections; with `unused=1` of all. */
export const accstatz: Endpoint = (query, { observed, now }) => {
  const unused = query.bool('unused');
  if (query.fault !== undefined) return refused(query.fault);
  return json({
    server_id: observed.server().serverId,
    now: timestamp(now()),
    account_statz: mapped(
      filtered(observed.accounts(), ({ connections }) => unused || connections > 0),
      statRow,
    ),
  });
};

const NONE = { msgs: 0, bytes: 0 };
/** Traffic with other servers, of which there are none. */
const BETWEEN_SERVERS = { gateways: NONE, routes: NONE, leafs: NONE };

function detailRow(account: AccountSnapshot, systemAccount: string | undefined, sublist: object): object {
  return {
    account_name: account.name,
    name_tag: account.name,
    update_time: timestamp(account.updatedAt),
    is_system: account.name === systemAccount ? true : undefined,
    expired: false,
    complete: true,
    jetstream_enabled: false,
    leafnode_connections: 0,
    client_connections: account.connections,
    subscriptions: account.subscriptions,
    sublist_stats: sublist,
  };
}

function statRow(account: AccountSnapshot): object {
  return {
    acc: account.name,
    name: account.name,
    conns: account.connections,
    leafnodes: 0,
    total_conns: account.connections,
    num_subscriptions: account.subscriptions,
    sent: { msgs: account.outMessages, bytes: account.outBytes, ...BETWEEN_SERVERS },
    received: { msgs: account.inMessages, bytes: account.inBytes, ...BETWEEN_SERVERS },
    slow_consumers: account.slowConsumers,
    sluice: dropsRow(account.dropped, account.heldMs),
  };
}
