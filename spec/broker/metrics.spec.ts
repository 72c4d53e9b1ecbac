import { connect } from 'node:net';
import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { connectAs } from '../support/broker/reloading.js';
import { Harness, pub } from '../support/harness.js';
import { type Family, parseMetrics, sampleOf } from '../support/metrics.js';
import { ask } from '../support/monitor/fake.js';
import { until } from '../support/until.js';
import { attachTo, RawWebSocket } from '../support/websocket.js';

const WATCHED: SettingsInput = { monitor: { listener: '127.0.0.1:0' } };
const OVER_MEMORY = 'dialect="line",transport="memory",listener="program"';

/** The labels of what came to a listener. */
function at(port: number | undefined, dialect = 'nats', transport = 'tcp'): string {
  return `dialect="${dialect}",transport="${transport}",listener="127.0.0.1:${port}"`;
}

/** The labels of NATS clients over TCP. */
function overTcp({ broker }: Harness): string {
  return at(broker.natsAddress?.port);
}

/** Metrics that may never become less. */
function counters(families: ReadonlyMap<string, Family>): Map<string, number> {
  const found = [...families].filter(([, { type }]) => type === 'counter');
  return new Map(
    found.flatMap(([name, { samples }]) =>
      [...samples].map(([labels, value]) => [`${name}{${labels}}`, value] as const),
    ),
  );
}

describe('metrics of a broker', () => {
  const harnesses: Harness[] = [];
  afterEach(async () => {
    for (const harness of harnesses.splice(0)) await harness.stop();
  });

  async function start(settings: SettingsInput = {}): Promise<Harness> {
    const harness = await Harness.start({ ...WATCHED, ...settings });
    harnesses.push(harness);
    return harness;
  }

  async function scrape({ broker }: Harness): Promise<ReadonlyMap<string, Family>> {
    return parseMetrics((await ask(broker.monitorAddress!.port, '/metrics?names=sluice')).body);
  }

  it('count by dialect, transport and listener, and go on counting what has closed', async () => {
    const harness = await start();
    const tcp = overTcp(harness);
    const client = await harness.connect('nats', { over: 'socket' });
    const line = await harness.connect('line');
    await line.send('SUB a\n').expect('OK SUB a');
    await client.send('SUB a 1\r\n', pub('a', '12345'), pub('nobody', '1')).settle();
    const open = await scrape(harness);
    expect(sampleOf(open, 'sluice_connections', tcp)).to.equal(1);
    expect(sampleOf(open, 'sluice_received_messages_total', tcp)).to.equal(2);
    expect(sampleOf(open, 'sluice_received_bytes_total', tcp)).to.equal(6);
    expect(sampleOf(open, 'sluice_sent_messages_total', tcp)).to.equal(1);
    expect(sampleOf(open, 'sluice_sent_messages_total', OVER_MEMORY)).to.equal(1);
    expect(sampleOf(open, 'sluice_sent_bytes_total', OVER_MEMORY)).to.equal(5);
    expect(sampleOf(open, 'sluice_subscriptions', OVER_MEMORY)).to.equal(1);
    expect(sampleOf(open, 'sluice_account_received_messages_total', 'account="$G"')).to.equal(2);
    client.end();
    line.end();
    await until('both are gone', () => harness.connections.size === 0);
    const closed = await scrape(harness);
    expect(sampleOf(closed, 'sluice_connections', tcp) ?? 0).to.equal(0);
    expect(sampleOf(closed, 'sluice_connections_accepted_total', tcp)).to.equal(1);
    expect(sampleOf(closed, 'sluice_connections_closed_total', 'reason="PEER_CLOSED"')).to.equal(2);
    const after = counters(closed);
    for (const [series, value] of counters(open)) expect(after.get(series), series).to.be.at.least(value);
    expect(sampleOf(closed, 'sluice_sent_messages_total', OVER_MEMORY)).to.equal(1);
  });

  it('tell listeners of one dialect apart, and have one label for all that the program brings', async () => {
    const harness = await start({
      listener: ['127.0.0.1:0', '127.0.0.1:0'],
      websocket: { listener: '127.0.0.1:0', no_tls: true },
    });
    const { natsAddresses, websocketAddress } = harness.broker;
    const attached = await attachTo(harness);
    const sockets = natsAddresses.map(({ port }) => connect(port, '127.0.0.1'));
    const browsers = [websocketAddress!.port, attached.port].map((port) => RawWebSocket.to(port));
    harness.wires.push(...sockets, ...(await Promise.all(browsers)).map(({ wire }) => wire));
    await until('all are there', () => harness.connections.size === 4);
    const { samples } = (await scrape(harness)).get('sluice_connections')!;
    expect([...samples]).to.have.deep.members([
      ...natsAddresses.map(({ port }) => [at(port), 1]),
      [at(websocketAddress?.port, 'nats', 'websocket'), 1],
      ['dialect="nats",transport="websocket",listener="program"', 1],
    ]);
    for (const wire of harness.wires) wire.destroy();
    await until('all are gone', () => harness.connections.size === 0);
    const accepted = (await scrape(harness)).get('sluice_connections_accepted_total')!;
    expect([...accepted.samples.values()]).to.deep.equal([1, 1, 1, 1]);
    await attached.stop();
  });

  it('count what cannot be parsed, in every dialect, and logins that are refused', async () => {
    const harness = await start({ authorization: { user: 'ann', password: 'secret' } });
    const line = await harness.connect('line');
    await line.send('RUBBISH\n').next();
    await line.send('RUBBISH\n').next();
    const nats = await connectAs(harness, { user: 'ann', pass: 'secret' });
    nats.send('RUBBISH\r\n');
    await nats.closeReason();
    const guess = await harness.open('nats');
    guess.send('CONNECT {"user":"ann","pass":"wrong"}\r\n');
    await guess.closeReason();
    nats.end();
    guess.end();
    await until('both have closed', () => harness.connections.size === 1);
    const families = await scrape(harness);
    expect(sampleOf(families, 'sluice_parse_errors_total', OVER_MEMORY)).to.equal(2);
    expect(
      sampleOf(families, 'sluice_parse_errors_total', 'dialect="nats",transport="memory",listener="program"'),
    ).to.equal(1);
    expect(sampleOf(families, 'sluice_auth_failures_total')).to.equal(1);
    const { samples } = families.get('sluice_connections_closed_total')!;
    expect([...samples]).to.have.deep.members([
      ['reason="UNKNOWN_OPERATION"', 1],
      ['reason="AUTHORIZATION_VIOLATION"', 1],
    ]);
  });

  it('are those of one broker, however many there are in the process', async () => {
    const [one, other] = [await start(), await start()];
    const client = await one.connect('nats', { over: 'socket' });
    await client.send(pub('a', '1'), pub('a', '2')).settle();
    await scrape(one);
    const quiet = await scrape(other);
    expect(sampleOf(quiet, 'sluice_received_messages_total', overTcp(other))).to.equal(undefined);
    expect(sampleOf(quiet, 'sluice_account_received_messages_total', 'account="$G"')).to.equal(0);
    const busy = await scrape(one);
    expect(sampleOf(busy, 'sluice_received_messages_total', overTcp(one))).to.equal(2);
    expect(sampleOf(busy, 'sluice_monitor_requests_total', 'path="/metrics"')).to.equal(2);
    expect(sampleOf(quiet, 'sluice_monitor_requests_total', 'path="/metrics"')).to.equal(1);
  });

  it('have a series for each of as many accounts as the configuration says, and one for the others', async () => {
    const accounts = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`A${i}`, {}]));
    const harness = await start({
      monitor: { listener: '127.0.0.1:0', metrics_accounts: 3 },
      accounts,
    });
    const { samples } = (await scrape(harness)).get('sluice_account_connections')!;
    expect(samples).to.have.property('size', 4);
    expect(samples.has('account="other"')).to.equal(true);
  });
});
