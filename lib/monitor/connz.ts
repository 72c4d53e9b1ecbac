import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { closeReasonText } from '../domain/close-reason.js';
import type { Steps } from '../domain/steps.js';
import { overlap } from '../domain/subject.js';
import { certificateRow } from './certificates.js';
import { sortKey } from './connection-order.js';
import { type Endpoint, json, mapped, paging, refused } from './endpoint.js';
import { flowRow } from './flow.js';
import { type ListedState, type Listing, ROWS_A_STEP } from './listing.js';
import type { Query } from './query.js';
import type { ConnectionSnapshot } from './snapshot.js';
import { subscriptionRow } from './subsz.js';
import { roundTrip, timestamp, uptime } from './units.js';

interface Options {
  readonly order: string;
  readonly auth: boolean;
  readonly subs: 'none' | 'list' | 'detail';
  readonly offset: number;
  readonly limit: number;
  readonly cid: number;
  readonly state: ListedState;
  readonly user: string;
  readonly account: string;
  readonly mqttClient: string;
  /** Only connections with a subscription that overlaps with it; empty: all. */
  readonly filterSubject: string;
}

/** Matches every subject. */
const ALL_SUBJECTS = '>';
/** Subscriptions between two places at which a search among them may pause. */
const SUBSCRIPTIONS_A_STEP = 1_024;

/** `/connz`: connections, open ones unless asked otherwise. */
export const connz: Endpoint = async (query, monitored) => {
  const options = readOptions(query);
  if (query.fault !== undefined) return refused(query.fault);
  const { observed, listings, turns } = monitored;
  const server = observed.server();
  const listing = await listings.of(options.state);
  const order = await listing.order(options.order);
  const { page, total } = await turns.run(pageOf(listing, order, options));
  const nowMs = monitored.now();
  return json({
    server_id: server.serverId,
    now: timestamp(nowMs),
    num_connections: page.length,
    total,
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
  if (sortKey(order) === undefined) query.refuse(`invalid sorting option: ${order}`);
  else if ((order === 'stop' || order === 'reason') && state !== 'closed')
    query.refuse(`sort by ${order} only valid on closed connections`);
  const account = query.text('acc');
  const filterSubject = query.text('filter_subject');
  const isFiltered = filterSubject !== '' && filterSubject !== ALL_SUBJECTS;
  if (isFiltered && account === '') query.refuse('filter by subject only valid with account filtering');
  return {
    order,
    auth,
    subs,
    offset,
    limit: cid > 0 ? 1 : limit,
    cid,
    state,
    user: query.text('user'),
    account,
    mqttClient: query.text('mqtt_client'),
    filterSubject: isFiltered ? filterSubject : '',
  };
}

function readState(query: Query): ListedState {
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

interface Page {
  readonly page: readonly ConnectionSnapshot[];
  /** Rows that the page is taken from before the filters by user and cid, as nats-server has it. */
  readonly total: number;
}

function* pageOf({ rows }: Listing, order: Uint32Array, options: Options): Steps<Page> {
  const { account, mqttClient, filterSubject, offset, limit } = options;
  const filter = filterSubject === '' ? undefined : filterSubject.split('.');
  const page: ConnectionSnapshot[] = [];
  let total = 0;
  let found = 0;
  for (const [i, index] of order.entries()) {
    if (i % ROWS_A_STEP === 0) yield;
    const row = rows[index];
    if (row === undefined || mqttClient !== '' || (account !== '' && row.account !== account)) continue; // there is no MQTT
    total++;
    if (!isWanted(row, options) || (filter !== undefined && !(yield* isInterested(row, filter)))) continue;
    if (++found > offset && page.length < limit) page.push(row);
  }
  return { page, total };
}

/** Whether a connection has a subscription that overlaps with a pattern, given as its tokens. */
function* isInterested(row: ConnectionSnapshot, filter: readonly string[]): Steps<boolean> {
  let looked = 0;
  for (const { subject } of row.subscriptions()) {
    if (overlap(subject.split('.'), filter)) return true;
    if (++looked % SUBSCRIPTIONS_A_STEP === 0) yield;
  }
  return false;
}

function isWanted(row: ConnectionSnapshot, { cid, user }: Options): boolean {
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
    stalls: row.holds || undefined,
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
    name_tag: options.auth ? row.account : undefined,
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
