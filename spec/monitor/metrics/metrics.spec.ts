import { expect } from 'chai';
import { METRICS } from '../../../lib/monitor/metrics/own.js';
import { parseMetrics, sampleOf } from '../../support/metrics.js';
import { account, SERVER, T0 } from '../../support/monitor/fake.js';
import { type Fixture, fixture } from '../../support/monitor/fixture.js';

const OVER_TLS = 'dialect="nats",transport="tls",listener="127.0.0.1:4222"';

/** Values of the fake broker, as they must be served. */
const VALUES: readonly (readonly [name: string, labels: string, value: number])[] = [
  ['sluice_start_time_seconds', '', T0 / 1_000],
  ['sluice_config_load_time_seconds', '', T0 / 1_000],
  ['sluice_tls_certificate_expiry_time_seconds', '', T0 / 1_000],
  ['sluice_lame_duck', '', 0],
  ['sluice_connections', OVER_TLS, 3],
  ['sluice_connections_limit', '', 1_000],
  ['sluice_connections_accepted_total', OVER_TLS, 12],
  ['sluice_connections_closed_total', 'reason="PEER_CLOSED"', 5],
  ['sluice_subscriptions', OVER_TLS, 4],
  ['sluice_received_messages_total', OVER_TLS, 5],
  ['sluice_received_bytes_total', OVER_TLS, 7],
  ['sluice_sent_messages_total', OVER_TLS, 6],
  ['sluice_sent_bytes_total', OVER_TLS, 8],
  ['sluice_pending_bytes', OVER_TLS, 99],
  ['sluice_pending_messages', '', 2],
  ['sluice_pending_limit_bytes', '', 1_024],
  ['sluice_congested_connections', OVER_TLS, 1],
  ['sluice_dropped_messages_total', 'reason="policy"', 3],
  ['sluice_dropped_bytes_total', 'reason="policy"', 30],
  ['sluice_dropped_messages_total', 'reason="slow_consumer"', 0],
  ['sluice_held_seconds_total', '', 1.5],
  ['sluice_holds_total', '', 7],
  ['sluice_slow_consumers_total', '', 9],
  ['sluice_stale_connections_total', '', 4],
  ['sluice_auth_failures_total', '', 6],
  ['sluice_parse_errors_total', OVER_TLS, 2],
  ['sluice_account_connections', 'account="A"', 2],
  ['sluice_account_subscriptions', 'account="A"', 4],
  ['sluice_account_received_messages_total', 'account="A"', 1],
  ['sluice_account_received_bytes_total', 'account="A"', 3],
  ['sluice_account_sent_messages_total', 'account="A"', 2],
  ['sluice_account_sent_bytes_total', 'account="A"', 4],
  ['sluice_account_slow_consumers_total', 'account="A"', 5],
  ['sluice_monitor_requests_total', 'path="/metrics"', 1],
];

/** What panels of dashboards made for prometheus-nats-exporter show. */
const EXPORTED: readonly (readonly [name: string, value: number])[] = [
  ['gnatsd_varz_connections', 3],
  ['gnatsd_varz_in_bytes', 7],
  ['gnatsd_varz_in_msgs', 5],
  ['gnatsd_varz_out_bytes', 8],
  ['gnatsd_varz_out_msgs', 6],
  ['gnatsd_varz_slow_consumers', 9],
  ['gnatsd_varz_subscriptions', 4],
  ['gnatsd_varz_max_payload', 1_048_576],
  ['gnatsd_varz_start', T0],
  ['gnatsd_varz_http_req_stats_metrics', 1],
  ['gnatsd_varz_slow_consumer_stats_clients', 7],
  ['gnatsd_varz_slow_consumer_stats_leafs', 2],
  ['gnatsd_subsz_num_subscriptions', 8],
  ['gnatsd_connz_num_connections', 3],
  ['gnatsd_connz_total', 3],
  ['gnatsd_connz_pending_bytes', 99],
  ['gnatsd_connz_in_msgs', 5],
  ['gnatsd_healthz_status', 0],
];

describe('/metrics', () => {
  let monitored: Fixture;
  beforeEach(async () => {
    monitored = await fixture();
    monitored.broker.snapshot = {
      ...SERVER,
      *deliveryCounts() {
        yield;
        const count = { messages: 2, bytes: 20 };
        const dropped = { policy: { messages: 3, bytes: 30 } };
        return { routed: count, delivered: count, pending: count, dropped, heldMs: 1_500 };
      },
      totalPending: () => ({ bytes: 1, limitBytes: 1_024, cutOff: 0 }),
    };
  });
  afterEach(() => monitored.monitor.close());

  async function metrics(query = '') {
    const { status, body } = await monitored.ask(`/metrics${query}`);
    expect(status, body).to.equal(200);
    return parseMetrics(body);
  }

  it('serves the values of the broker', async () => {
    const families = await metrics();
    for (const [name, labels, value] of VALUES)
      expect(sampleOf(families, name, labels), `${name}{${labels}}`).to.equal(value);
  });

  it('serves the names of prometheus-nats-exporter', async () => {
    const families = await metrics();
    for (const [name, value] of EXPORTED)
      expect(sampleOf(families, name, 'server_id="NFAKE"'), name).to.equal(value);
    expect(sampleOf(families, 'gnatsd_varz_version', 'server_id="NFAKE",value="2.10.29"')).to.equal(1);
    const ofAccount = 'server_id="NFAKE",account="A",account_id="A",account_name="A"';
    expect(sampleOf(families, 'gnatsd_accstatz_sent_messages', ofAccount)).to.equal(2);
    expect([...families.keys()].filter((name) => name.includes('sluice_flow'))).to.deep.equal([]);
  });

  it('serves one kind of names where only that is asked for', async () => {
    const own = [...(await metrics('?names=sluice')).keys()];
    expect(own.filter((name) => !/^(?:sluice|process)_/.test(name))).to.deep.equal([]);
    const exported = [...(await metrics('?names=nats')).keys()];
    expect(exported.filter((name) => !name.startsWith('gnatsd_'))).to.deep.equal([]);
    const { status, body } = await monitored.ask('/metrics?names=others');
    expect([status, body]).to.deep.equal([400, 'names: not usable, allowed: all, sluice, nats\n']);
  });

  it('names metrics by the conventions of Prometheus', () => {
    for (const { type, name, help, labels } of METRICS) {
      expect(name, name).to.match(/^(?:sluice|process)_[a-z_]+$/);
      expect(name.endsWith('_total'), name).to.equal(type === 'counter');
      expect(name, name).not.to.match(/_(?:ms|milliseconds|kb|count|sum|bucket|gauge|counter)(?:_|$)/);
      expect(help, name).to.match(/^\S.*\.$/);
      expect(labels, name).not.to.include.members(['quantile']);
    }
    expect(new Set(METRICS.map(({ name }) => name))).to.have.lengthOf(METRICS.length);
  });

  it('negotiates OpenMetrics, over and over', async () => {
    const accept = 'application/openmetrics-text; version=1.0.0';
    for (let round = 0; round < 2; round++) {
      const open = await monitored.ask('/metrics', 'GET', { accept });
      expect(open.headers['content-type']).to.equal(
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      );
      expect(open.body).to.match(/\n# EOF\n$/);
      expect(open.body)
        .to.include('# TYPE sluice_holds counter\n')
        .and.to.include('\nsluice_holds_total 7\n');
      expect(open.body.match(/# EOF/g)).to.have.lengthOf(1);
      const plain = await monitored.ask('/metrics');
      expect(plain.headers['content-type']).to.equal('text/plain; version=0.0.4; charset=utf-8');
      expect(plain.body).to.include('# TYPE sluice_holds_total counter\nsluice_holds_total 7\n');
      const names = (text: string) => [...parseMetrics(text).keys()].sort();
      expect(names(open.body)).to.deep.equal(names(plain.body));
    }
  });

  it('gives labels to as many accounts as it may, and sums the others up', async () => {
    monitored.broker.all = Array.from({ length: 1_000 }, (_, i) => account(`A${i}`, { inMessages: i }));
    const families = await metrics();
    const { samples } = families.get('sluice_account_received_messages_total')!;
    const rest = (999 * 1_000) / 2 - 1;
    expect([...samples]).to.deep.equal([
      ['account="A0"', 0],
      ['account="A1"', 1],
      ['account="other"', rest],
    ]);
    expect(families.get('gnatsd_accstatz_sent_messages')!.samples).to.have.property('size', 3);
  });

  it('keeps an account that is called other, and odd names, within its labels', async () => {
    monitored.broker.all = [account('other'), account('a"b\\c\nd'), account('third')];
    const { samples } = (await metrics()).get('sluice_account_connections')!;
    expect([...samples]).to.deep.equal([
      ['account="other"', 4],
      ['account="a\\"b\\\\c\\nd"', 2],
    ]);
  });

  it('leaves out what there is not', async () => {
    monitored.broker.snapshot = { ...SERVER, tlsExpiresAt: undefined };
    const families = await metrics('?names=sluice');
    for (const name of ['sluice_tls_certificate_expiry_time_seconds', 'sluice_pending_limit_bytes'])
      expect(families.has(name), name).to.equal(false);
  });

  it('answers several at once, each with its own values', async () => {
    const bodies = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        monitored.ask('/metrics', 'GET', i % 2 === 0 ? {} : { accept: 'application/openmetrics-text' }),
      ),
    );
    for (const { status, body } of bodies) {
      expect(status).to.equal(200);
      expect(sampleOf(parseMetrics(body), 'sluice_holds_total')).to.equal(7);
    }
  });
});
