import { type Count, DROP_REASONS, NOTHING } from '../../domain/drops.js';
import type { TrafficSnapshot } from '../snapshot.js';
import type { AccountFigures, Scrape } from './scrape.js';

/** Values of labels, and the value of the series that has them. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** One metric: what it is called, and how it is read from a scrape. Of a counter the name ends in `_total`. */
export interface Metric {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (scrape: Scrape) => Iterable<Sample>;
}

const MS_PER_SECOND = 1_000;

/** The label of connections that came over none of the broker's listeners. */
const NO_LISTENER = 'program';

function single(value: number): Iterable<Sample> {
  return [[{}, value]];
}

function seconds(ms: number): number {
  return ms / MS_PER_SECOND;
}

/** A metric without labels. */
function plain(
  type: Metric['type'],
  name: string,
  help: string,
  value: (scrape: Scrape) => number | undefined,
): Metric {
  const read = (scrape: Scrape) => {
    const found = value(scrape);
    return found === undefined ? [] : single(found);
  };
  return { type, name, help, labels: [], read };
}

/** One series for each dialect, transport and listener. */
function byTraffic(
  type: Metric['type'],
  name: string,
  help: string,
  value: (traffic: TrafficSnapshot) => number,
): Metric {
  return {
    type,
    name,
    help,
    labels: ['dialect', 'transport', 'listener'],
    read: ({ traffic }) =>
      traffic.map((each) => {
        const { dialect, transport, listener = NO_LISTENER } = each;
        return [{ dialect, transport, listener }, value(each)];
      }),
  };
}

/** One series for each account that has a label. */
function byAccount(
  type: Metric['type'],
  name: string,
  help: string,
  value: (account: AccountFigures) => number,
): Metric {
  return {
    type,
    name,
    help,
    labels: ['account'],
    read: ({ accounts }) => accounts.map((each) => [{ account: each.account }, value(each)]),
  };
}

/** One series for each of some fixed labels. */
function byKey(
  type: Metric['type'],
  name: string,
  help: string,
  label: string,
  values: (scrape: Scrape) => Iterable<readonly [key: string, value: number]>,
): Metric {
  return {
    type,
    name,
    help,
    labels: [label],
    read: (scrape) => [...values(scrape)].map(([key, value]) => [{ [label]: key }, value]),
  };
}

/** All reasons, also those that there was nothing of: a rate needs a value to begin with. */
function droppedOf({ counts }: Scrape, value: (count: Count) => number) {
  return DROP_REASONS.map((reason) => [reason, value(counts?.dropped[reason] ?? NOTHING)] as const);
}

/** What sluice calls its metrics: seconds, bytes, and one meaning for each name. */
export const METRICS: readonly Metric[] = [
  {
    type: 'gauge',
    name: 'sluice_build_info',
    help: 'Always 1; the labels say which versions run.',
    labels: ['version', 'nats_version', 'node_version', 'server_id', 'server_name'],
    read: ({ server }) => [
      [
        {
          version: server.sluice,
          nats_version: server.version,
          node_version: process.version,
          server_id: server.serverId,
          server_name: server.serverName,
        },
        1,
      ],
    ],
  },
  plain('gauge', 'sluice_start_time_seconds', 'Unix time at which the broker started.', ({ server }) =>
    seconds(server.startedAt),
  ),
  plain(
    'gauge',
    'sluice_config_load_time_seconds',
    'Unix time at which the configuration in force was read.',
    ({ server }) => seconds(server.configLoadedAt),
  ),
  plain('gauge', 'sluice_lame_duck', 'Whether it is sending its clients elsewhere.', ({ server }) =>
    Number(server.lameDuck),
  ),
  plain(
    'gauge',
    'sluice_tls_certificate_expiry_time_seconds',
    'Unix time at which the certificate of the server expires; absent without TLS.',
    ({ server }) => (server.tlsExpiresAt === undefined ? undefined : seconds(server.tlsExpiresAt)),
  ),

  byTraffic('gauge', 'sluice_connections', 'Connections that are open.', ({ open }) => open),
  plain(
    'gauge',
    'sluice_connections_limit',
    'limits.max_connections.',
    ({ server }) => server.maxConnections,
  ),
  byTraffic(
    'counter',
    'sluice_connections_accepted_total',
    'Connections accepted.',
    ({ accepted }) => accepted,
  ),
  byKey(
    'counter',
    'sluice_connections_closed_total',
    'Connections closed, by reason: a code of docs/errors.md, or how the peer left.',
    'reason',
    ({ server }) => server.closedBy,
  ),
  byTraffic(
    'gauge',
    'sluice_subscriptions',
    'Subscriptions of clients.',
    ({ subscriptions }) => subscriptions,
  ),

  byTraffic(
    'counter',
    'sluice_received_messages_total',
    'Messages published by clients.',
    (each) => each.inMessages,
  ),
  byTraffic(
    'counter',
    'sluice_received_bytes_total',
    'Payload bytes of these, headers included.',
    (each) => each.inBytes,
  ),
  byTraffic(
    'counter',
    'sluice_sent_messages_total',
    'Messages handed to subscribers.',
    (each) => each.outMessages,
  ),
  byTraffic(
    'counter',
    'sluice_sent_bytes_total',
    'Payload bytes of these, headers included.',
    (each) => each.outBytes,
  ),

  byTraffic(
    'gauge',
    'sluice_pending_bytes',
    'Bytes that connections have yet to take.',
    (each) => each.pendingBytes,
  ),
  plain(
    'gauge',
    'sluice_pending_messages',
    'Messages that connections have yet to take.',
    ({ counts }) => counts?.pending.messages,
  ),
  plain(
    'gauge',
    'sluice_pending_limit_bytes',
    'flow.max_total_pending.',
    ({ pending }) => pending?.limitBytes,
  ),
  byTraffic(
    'gauge',
    'sluice_congested_connections',
    'Connections above flow.high_water.',
    (each) => each.congested,
  ),
  byKey(
    'counter',
    'sluice_dropped_messages_total',
    'Messages that were routed and reached no receiver, by reason.',
    'reason',
    (scrape) => droppedOf(scrape, ({ messages }) => messages),
  ),
  byKey('counter', 'sluice_dropped_bytes_total', 'Payload bytes of these.', 'reason', (scrape) =>
    droppedOf(scrape, ({ bytes }) => bytes),
  ),
  plain(
    'counter',
    'sluice_held_seconds_total',
    'Time publishers were held for slow receivers, over all pairs of both.',
    ({ counts }) => seconds(counts?.heldMs ?? 0),
  ),
  plain(
    'counter',
    'sluice_holds_total',
    'How often a publisher was held for a slow receiver.',
    ({ server }) => server.holds,
  ),
  plain(
    'counter',
    'sluice_slow_consumers_total',
    'Connections closed for taking too little.',
    ({ server }) => server.slowConsumers,
  ),
  plain(
    'counter',
    'sluice_stale_connections_total',
    'Connections closed because the peer was silent.',
    ({ server }) => server.staleConnections,
  ),
  plain('counter', 'sluice_auth_failures_total', 'Logins refused.', ({ server }) => server.loginsRefused),
  byTraffic(
    'counter',
    'sluice_parse_errors_total',
    'What peers sent that could not be parsed.',
    ({ faults }) => faults,
  ),

  byAccount('gauge', 'sluice_account_connections', 'Connections of an account.', (each) => each.connections),
  byAccount(
    'gauge',
    'sluice_account_subscriptions',
    'Subscriptions in an account.',
    (each) => each.subscriptions,
  ),
  byAccount(
    'counter',
    'sluice_account_received_messages_total',
    'Messages published in an account.',
    (each) => each.inMessages,
  ),
  byAccount(
    'counter',
    'sluice_account_received_bytes_total',
    'Payload bytes of these.',
    (each) => each.inBytes,
  ),
  byAccount(
    'counter',
    'sluice_account_sent_messages_total',
    'Messages handed to subscribers of an account.',
    (each) => each.outMessages,
  ),
  byAccount('counter', 'sluice_account_sent_bytes_total', 'Payload bytes of these.', (each) => each.outBytes),
  byAccount(
    'counter',
    'sluice_account_slow_consumers_total',
    'Connections of an account closed for taking too little.',
    (each) => each.slowConsumers,
  ),
  byAccount(
    'counter',
    'sluice_account_dropped_messages_total',
    'Messages in an account that reached no receiver.',
    (each) => each.droppedMessages,
  ),
  byAccount(
    'counter',
    'sluice_account_held_seconds_total',
    'Time publishers of an account were held.',
    (each) => seconds(each.heldMs),
  ),

  byKey(
    'gauge',
    'sluice_event_loop_delay_seconds',
    'Delay of timers since the scrape before.',
    'stat',
    ({ runtime }) => Object.entries(runtime.delayMs).map(([stat, ms]) => [stat, seconds(ms)] as const),
  ),
  byKey(
    'counter',
    'sluice_event_loop_seconds_total',
    'Time in which the event loop ran code (active) or waited (idle).',
    'state',
    ({ runtime }) => [
      ['active', seconds(runtime.activeMs)],
      ['idle', seconds(runtime.idleMs)],
    ],
  ),
  byKey(
    'counter',
    'sluice_gc_runs_total',
    'Garbage collections since the first scrape, by kind.',
    'kind',
    ({ runtime }) => [...runtime.collections].map(([kind, { count }]) => [kind, count] as const),
  ),
  byKey('counter', 'sluice_gc_seconds_total', 'Time these took.', 'kind', ({ runtime }) =>
    [...runtime.collections].map(([kind, { ms }]) => [kind, seconds(ms)] as const),
  ),
  byKey(
    'gauge',
    'sluice_memory_bytes',
    'Memory of the process, by kind.',
    'kind',
    ({ runtime: { memory } }) => [
      ['heap_used', memory.heapUsed],
      ['heap_total', memory.heapTotal],
      ['external', memory.external],
      ['array_buffers', memory.arrayBuffers],
    ],
  ),
  plain(
    'gauge',
    'process_resident_memory_bytes',
    'Resident memory of the process.',
    ({ runtime }) => runtime.memory.rss,
  ),
  plain('counter', 'process_cpu_seconds_total', 'CPU time of the process.', ({ runtime: { cpuMs } }) =>
    seconds(cpuMs.user + cpuMs.system),
  ),
  plain(
    'gauge',
    'process_start_time_seconds',
    'Unix time at which the process started.',
    () => seconds(Date.now()) - process.uptime(),
  ),
  byKey(
    'counter',
    'sluice_monitor_requests_total',
    'Requests to the monitor, by path.',
    'path',
    ({ requests }) => requests,
  ),
];
