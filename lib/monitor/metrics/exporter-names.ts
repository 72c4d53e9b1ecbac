import type { Sample } from './own.js';
import type { AccountFigures, Scrape } from './scrape.js';

/** One metric under the name that prometheus-nats-exporter gives it. All are gauges, as most are there. */
export interface ExporterMetric {
  readonly name: string;
  readonly labels: readonly string[];
  readonly samples: readonly Sample[];
}

/** Strings that the exporter shows as a label of a series whose value is 1. */
const LABELS: ReadonlySet<string> = new Set([
  'server_id',
  'server_name',
  'version',
  'domain',
  'leader',
  'name',
]);
/** Times that it shows, in milliseconds of Unix time. */
const TIMES: ReadonlySet<string> = new Set(['start', 'config_load_time']);
/** What `/varz` has beyond nats-server's. */
const OWN: ReadonlySet<string> = new Set(['sluice_flow']);

/** What one answer of `/varz` and `/subsz` has, each a tree of JSON. */
export interface ExporterSources {
  readonly varz: object;
  readonly subsz: object;
  readonly isHealthy: boolean;
}

/**
 * What prometheus-nats-exporter makes of `/varz`, `/connz`, `/subsz`, `/accstatz` and `/healthz`, so that dashboards made
 * for it show sluice. It names metrics after the JSON: `gnatsd_varz_in_msgs`. `server_id` is the id of the server, which
 * the exporter shows if it is told to.
 */
export function exporterMetrics(
  scrape: Scrape,
  { varz, subsz, isHealthy }: ExporterSources,
): readonly ExporterMetric[] {
  const id = { server_id: scrape.server.serverId };
  return [
    ...flattened('gnatsd_varz', varz, id),
    ...flattened('gnatsd_subsz', subsz, id),
    ...connz(scrape, id),
    ...accstatz(scrape.accounts, id),
    { name: 'gnatsd_healthz_status', labels: ['server_id'], samples: [[id, Number(!isHealthy)]] },
    {
      name: 'gnatsd_healthz_status_value',
      labels: ['server_id', 'value'],
      samples: [[{ ...id, value: isHealthy ? 'ok' : 'error' }, Number(isHealthy)]],
    },
  ];
}

/** The numbers of a tree, named by their path in it. */
function flattened(prefix: string, tree: object, id: Readonly<Record<string, string>>): ExporterMetric[] {
  return Object.entries(tree).flatMap(([key, value]): ExporterMetric[] => {
    const name = `${prefix}_${key.replaceAll('/', '_')}`.replace(/_{2,}/g, '_').replace(/_$/, '');
    if (OWN.has(key)) return [];
    if (typeof value === 'number') return [{ name, labels: ['server_id'], samples: [[id, value]] }];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return flattened(name, value, id);
    if (typeof value !== 'string') return [];
    if (TIMES.has(key)) return [{ name, labels: ['server_id'], samples: [[id, Date.parse(value)]] }];
    if (!LABELS.has(key)) return [];
    return [{ name, labels: ['server_id', 'value'], samples: [[{ ...id, value }, 1]] }];
  });
}

/** Sums over all connections that are open; the exporter has those of the first 1,024. */
function connz({ traffic, server }: Scrape, id: Readonly<Record<string, string>>): ExporterMetric[] {
  const sum = (value: (each: (typeof traffic)[number]) => number) =>
    traffic.reduce((total, each) => total + value(each), 0);
  const values: Readonly<Record<string, number>> = {
    num_connections: server.connections,
    total: server.connections,
    offset: 0,
    limit: 1_024,
    pending_bytes: sum(({ pendingBytes }) => pendingBytes),
    subscriptions: sum(({ subscriptions }) => subscriptions),
    in_bytes: sum(({ inBytes }) => inBytes),
    out_bytes: sum(({ outBytes }) => outBytes),
    in_msgs: sum(({ inMessages }) => inMessages),
    out_msgs: sum(({ outMessages }) => outMessages),
  };
  return Object.entries(values).map(([key, value]) => ({
    name: `gnatsd_connz_${key}`,
    labels: ['server_id'],
    samples: [[id, value]],
  }));
}

function accstatz(
  accounts: readonly AccountFigures[],
  id: Readonly<Record<string, string>>,
): ExporterMetric[] {
  const of = (name: string, value: (each: AccountFigures) => number): ExporterMetric => ({
    name: `gnatsd_accstatz_${name}`,
    labels: ['server_id', 'account', 'account_id', 'account_name'],
    samples: accounts.map((each) => {
      const { account } = each;
      return [{ ...id, account, account_id: account, account_name: account }, value(each)];
    }),
  });
  return [
    of('current_connections', (each) => each.connections),
    of('total_connections', (each) => each.connections),
    of('subscriptions', (each) => each.subscriptions),
    of('leaf_nodes', () => 0),
    of('sent_messages', (each) => each.outMessages),
    of('sent_bytes', (each) => each.outBytes),
    of('received_messages', (each) => each.inMessages),
    of('received_bytes', (each) => each.inBytes),
    of('slow_consumers', (each) => each.slowConsumers),
  ];
}
