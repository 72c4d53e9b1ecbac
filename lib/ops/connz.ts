import { GLOBAL_ACCOUNT } from '../routing/account-names.js';
import { certificateRow } from './certificates.js';
import { closeReasonText } from './close-reason.js';
import { isOrder, sortConnections } from './connection-order.js';
import { type Endpoint, gather, json, mapped, paging, refused } from './endpoint.js';
import { flowRow } from './flow.js';
import type { Query } from './query.js';
import type { ConnectionSnapshot, Observable } from './snapshot.js';
import { subscriptionRow } from './subsz.js';
import { roundTrip, timestamp, uptime } from './units.js';

type State = 'open' | 'closed' | 'all';

interface Options {
  readonly order: string;
  readonly auth: boolean;
  readonly subs: 'none' | 'list' | 'detail';
  readonly offset: number;
  readonly limit: number;
  readonly cid: number;
  readonly state: State;
  readonly user: string;
  readonly account: string;
  readonly mqttClient: string;
}

/** `/connz`: connections, open ones unless asked otherwise. */
export const connz: Endpoint = async (query, monitored) => {
  const options = readOptions(query);
  if (query.fault !== undefined) return refused(query.fault);
  const { observed } = monitored;
  const server = observed.server();
  const nowMs = monitored.now();
  const { account } = options;
  // `total` counts what a page is taken from before the filters by user and cid, as nats-server has it.
  const total = await gather(
    ofState(observed, options.state),
    (row) => account === '' || row.account === account,
  );
  const rows = total.filter((row) => isWanted(row, options));
  sortConnections(rows, options.order, nowMs);
  const page = rows.slice(options.offset, options.offset + options.limit);
  return json({
    server_id: server.serverId,
    now: timestamp(nowMs),
    num_connections: page.length,
    total: total.length,
    offset: options.offset,
    limit: options.limit,
    connections: mapped(page, (row) => connectionRow(row, options, nowMs, server.maxPendingBytes)),
  });
};

function readOptions(query: Query): Options {
  const order = query.text('sort') || 'cid';
  const auth = query.bool('auth');
  const subs = query.subs();
  const { offset, limit } = paging(query);
  const cid = query.uint('cid');
  const state = readState(query);
  if (!isOrder(order)) query.refuse(`invalid sorting option: ${order}`);
  else if ((order === 'stop' || order === 'reason') && state !== 'closed')
    query.refuse(`sort by ${order} only valid on closed connections`);
  return {
    order,
    auth,
    subs,
    offset,
    limit: cid > 0 ? 1 : limit,
    cid,
    state,
    user: query.text('user'),
    account: query.text('acc'),
    mqttClient: query.text('mqtt_client'),
  };
}

function readState(query: Query): State {
  const text = query.text('state');
  switch (text.toLowerCase()) {
    case '':
    case 'open':
      return 'open';
    case 'closed':
      return 'closed';
    case 'any':
    case 'all':
      return 'all';
    default:
      query.refuse(`Error decoding state for ${text}`);
      return 'open';
  }
}

function* ofState(observed: Observable, state: State): Generator<ConnectionSnapshot, void, undefined> {
  if (state !== 'closed') yield* observed.connections();
  if (state !== 'open') yield* observed.closed();
}

function isWanted(row: ConnectionSnapshot, { cid, user, mqttClient }: Options): boolean {
  if (mqttClient !== '') return false; // nobody speaks MQTT here
  return (cid === 0 || row.cid === cid) && (user === '' || row.user === user);
}

function connectionRow(
  row: ConnectionSnapshot,
  options: Options,
  nowMs: number,
  maxPendingBytes: number,
): object {
  const { startedAt, lastActivityAt, stoppedAt, reason, pendingBytes } = row;
  const endMs = stoppedAt ?? nowMs;
  const subscribed = row.subscriptionCount > 0;
  return {
    cid: row.cid,
    kind: 'Client',
    type: row.type,
    ip: plainIp(row.ip),
    port: row.port ?? 0,
    start: timestamp(startedAt),
    last_activity: timestamp(lastActivityAt),
    stop: stoppedAt === undefined ? undefined : timestamp(stoppedAt),
    reason: reason === undefined ? undefined : closeReasonText(reason, pendingBytes, maxPendingBytes),
    rtt: roundTrip(row.rttMs),
    uptime: uptime(endMs - startedAt),
    idle: uptime(endMs - lastActivityAt),
    pending_bytes: pendingBytes,
    in_msgs: row.inMessages,
    out_msgs: row.outMessages,
    in_bytes: row.inBytes,
    out_bytes: row.outBytes,
    subscriptions: row.subscriptionCount,
    name: row.name || undefined,
    lang: row.lang || undefined,
    version: row.version || undefined,
    tls_version: row.tlsVersion?.replace('TLSv', ''),
    tls_cipher_suite: row.tlsCipher,
    tls_peer_certs: options.auth ? certificates(row) : undefined,
    tls_first: row.tlsFirst || undefined,
    authorized_user: options.auth ? row.user || undefined : undefined,
    account: options.auth && row.account !== GLOBAL_ACCOUNT ? row.account : undefined,
    sluice: flowRow(row.flow),
    subscriptions_list:
      options.subs === 'list' && subscribed
        ? mapped(row.subscriptions(), ({ subject }) => subject)
        : undefined,
    // With its account where it is closed only, as nats-server has it.
    subscriptions_list_detail:
      options.subs === 'detail' && subscribed
        ? mapped(row.subscriptions(), (subscription) =>
            subscriptionRow(subscription, stoppedAt !== undefined),
          )
        : undefined,
  };
}

/** Of open connections only, as nats-server has it. */
function certificates(row: ConnectionSnapshot): object[] | undefined {
  const all = row.stoppedAt === undefined ? row.peerCertificates?.().map(certificateRow) : undefined;
  return all?.length === 0 ? undefined : all;
}

/** IPv4 as such, also where the listener speaks IPv6. */
function plainIp(ip: string | undefined): string {
  return ip?.replace(/^::ffff:(?=\d+\.)/i, '') ?? '';
}
