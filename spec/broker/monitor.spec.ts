import { expect } from 'chai';
import { ConnectionView } from '../../lib/broker/connection-view.js';
import type { SettingsInput } from '../../lib/config.js';
import { connectAs, reload } from '../support/broker/reloading.js';
import { Harness, pub } from '../support/harness.js';
import { ask } from '../support/monitor/fake.js';
import { AUTHORITY, dial, handshake, startTls, upgrade } from '../support/tls.js';
import { until } from '../support/until.js';

interface Row {
  readonly [key: string]: unknown;
  readonly connections?: unknown;
  readonly stale_connection_stats?: unknown;
  readonly config_digest?: unknown;
  readonly subscriptions_list_detail?: unknown;
  readonly tls_cipher_suite?: unknown;
  readonly tls_peer_certs?: unknown;
}

const WATCHED: SettingsInput = { monitor: { listener: '127.0.0.1:0' } };

describe('the monitor of a broker', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function look(path: string): Promise<Row> {
    return JSON.parse((await ask(harness.broker.monitorAddress!.port, path)).body) as Row;
  }

  async function connz(query: string): Promise<readonly Row[]> {
    return (await look(`/connz?${query}`)).connections as readonly Row[];
  }

  it('counts traffic as soon as it has gone through', async () => {
    harness = await Harness.start(WATCHED);
    const client = await connectAs(harness);
    const line = await harness.connect('line');
    await line.send('SUB a\n').expect('OK SUB a');
    await client.send('SUB a 1\r\nSUB a q 2\r\n', pub('a', '12345'), pub('nobody', '1')).settle();
    expect(await look('/varz')).to.include({
      connections: 2,
      total_connections: 2,
      subscriptions: 3,
      in_msgs: 2,
      in_bytes: 6,
      out_msgs: 3,
      out_bytes: 15,
      slow_consumers: 0,
    });
    const [nats, other] = await connz('subs=detail&auth=1');
    expect(nats).to.include({
      cid: 1,
      kind: 'Client',
      type: 'nats',
      in_msgs: 2,
      out_msgs: 2,
      subscriptions: 2,
    });
    expect(other).to.include({
      cid: 2,
      type: 'line',
      in_msgs: 0,
      out_msgs: 1,
      out_bytes: 5,
      subscriptions: 1,
    });
    expect(nats!.subscriptions_list_detail).to.deep.equal([
      { subject: 'a', sid: '1', msgs: 1, cid: 1 },
      { subject: 'a', qgroup: 'q', sid: '2', msgs: 1, cid: 1 },
    ]);
    expect(await look('/subsz')).to.include({ num_subscriptions: 3, num_inserts: 3, num_removes: 0 });
    client.end();
    line.end();
    await until('both are gone', () => harness.connections.size === 0);
    expect(await look('/varz')).to.include({ connections: 0, total_connections: 2, subscriptions: 0 });
    expect(await look('/subsz')).to.include({ num_subscriptions: 0, num_removes: 3 });
  });

  it('knows who is logged in to what, and how the others ended', async () => {
    const settings: SettingsInput = {
      ...WATCHED,
      accounts: { A: { users: [{ user: 'ann', password: 'p' }] } },
      authorization: { timeout: '10m' },
      nats: { max_payload: 10 },
    };
    harness = await Harness.start(settings);
    const stays = await connectAs(harness, {
      user: 'ann',
      pass: 'p',
      name: 'me',
      lang: 'spec',
      version: '1',
    });
    const large = await connectAs(harness, { user: 'ann', pass: 'p' });
    await large.send('SUB a 1\r\n', pub('a', 'x'.repeat(11))).rest();
    await reload(harness, { ...settings, authorization: { timeout: '20ms' } });
    const late = await harness.open('nats');
    await late.rest();
    await reload(harness, settings);
    const wrong = await harness.open('nats');
    wrong.send('CONNECT {"user":"eve","pass":"secret"}\r\n');
    await wrong.rest();
    const left = await connectAs(harness, { user: 'ann', pass: 'p' });
    for (const peer of [large, late, wrong, left]) peer.end();
    await until('they are gone', () => harness.connections.size === 1);
    const [open, ...none] = await connz('auth=1');
    expect(none).to.deep.equal([]);
    expect(open).to.include({
      cid: 1,
      name: 'me',
      lang: 'spec',
      version: '1',
      authorized_user: 'ann',
      account: 'A',
    });
    const closed = await connz('state=closed&auth=1&sort=cid');
    expect(closed.map(({ cid, reason }) => [cid, reason])).to.deep.equal([
      [2, 'Maximum Message Payload Exceeded'],
      [3, 'Authentication Timeout'],
      [4, 'Authentication Failure'],
      [5, 'Client Closed'],
    ]);
    for (const row of closed) expect(row).to.have.property('stop');
    expect(closed[0]).to.include({ subscriptions: 1 });
    expect((await connz('state=all')).length).to.equal(5);
    expect((await look('/varz')).connections).to.equal(1);
    await stays.expectSilence();
  });

  it('shows the TLS of a connection, and the certificate it came with', async () => {
    harness = await startTls({ verify: true }, WATCHED);
    const anna = AUTHORITY.issue({ subject: { CN: 'anna' } });
    const { peer } = await upgrade(harness, 'socket', { options: anna });
    const [row] = await connz('auth=1');
    expect(row).to.include({ tls_version: '1.3' }).and.not.have.property('tls_first');
    expect(row!.tls_cipher_suite).to.match(/^TLS_/);
    expect(row!.tls_peer_certs).to.have.length(1);
    expect((row!.tls_peer_certs as Row[])[0]).to.include({ subject: 'CN=anna' });
    expect(await look('/varz')).to.include({ tls_required: true, tls_verify: true });
    peer.end();
    await until('it is gone', () => harness.connections.size === 0);
    const [closed] = await connz('state=closed');
    expect(closed).to.include({ tls_version: '1.3', reason: 'Client Closed' });
  });

  it('says whose TLS came first', async () => {
    harness = await startTls({ handshakeFirst: true }, WATCHED);
    await handshake(await dial(harness, 'socket'));
    const [row] = await connz('');
    expect(row).to.include({ tls_first: true });
  });

  it('is not healthy in lame duck mode, and answers on until the end', async () => {
    harness = await Harness.start({ ...WATCHED, lame_duck: { duration: '1h', grace_period: '30m' } });
    expect(await look('/healthz')).to.deep.equal({ status: 'ok' });
    const client = await connectAs(harness);
    void harness.broker.lameDuck();
    await client.next();
    const { port } = harness.broker.monitorAddress!;
    const reply = await ask(port, '/healthz');
    expect(reply.status).to.equal(500);
    expect(await look('/varz')).to.include({ connections: 1 });
  });

  it('counts slow consumers, and says which kind', async () => {
    harness = await Harness.start({
      ...WATCHED,
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '50ms' },
    });
    const slow = await connectAs(harness);
    await slow.send('SUB a 1\r\n').settle();
    slow.stall();
    const publisher = await connectAs(harness);
    for (let n = 0; n < 10; n++) publisher.send(pub('a', 'x'.repeat(16 * 1024)));
    await until('it is gone', () => harness.connections.size === 1);
    expect(await look('/varz')).to.include({ slow_consumers: 1 });
    const [row] = await connz('state=closed');
    expect(row).to.include({ reason: 'Slow Consumer (Write Deadline)' });
  });

  it('counts how often publishers were held', async () => {
    harness = await Harness.start({
      ...WATCHED,
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m', policy: 'pause' },
    });
    const slow = await connectAs(harness);
    await slow.send('SUB a 1\r\n').settle();
    slow.stall();
    const publisher = await connectAs(harness);
    expect(await look('/varz')).to.include({ stalled_clients: 0 });
    for (let n = 0; n < 10; n++) publisher.send(pub('a', 'x'.repeat(16 * 1024)));
    await until('it is held', () => publisher.held);
    expect(await look('/varz')).to.include({ stalled_clients: 1 });
    const [receiver, row] = await connz('');
    expect(receiver).to.not.have.property('stalls');
    expect(row).to.include({ stalls: 1 });
  });

  it('counts connections that were silent', async () => {
    harness = await Harness.start({ ...WATCHED, nats: { ping_interval: '20ms', ping_max: 1 } });
    const silent = await harness.connect('nats');
    await silent.rest();
    silent.end();
    await until('it is gone', () => harness.connections.size === 0);
    const answer = await look('/varz');
    expect(answer).to.include({ stale_connections: 1 });
    expect(answer.stale_connection_stats).to.include({ clients: 1 });
  });

  it('says that logins are required where a user stands for clients without credentials', async () => {
    harness = await Harness.start({
      ...WATCHED,
      accounts: { A: { users: [{ user: 'ann', password: 'p' }] } },
      authorization: { no_auth_user: 'ann' },
    });
    expect(await look('/varz')).to.include({ auth_required: true, tls_timeout: 2 });
  });

  it('has a digest of the configuration that does not depend on its secrets', async () => {
    const digests: unknown[] = [];
    for (const [password, level] of [
      ['one', 'info'],
      ['two', 'info'],
      ['two', 'warn'],
    ] as const) {
      harness = await Harness.start({ ...WATCHED, authorization: { user: 'ann', password }, log: { level } });
      digests.push((await look('/varz')).config_digest);
      await harness.stop();
    }
    const [first, other, changed] = digests;
    expect(first).to.match(/^sha256:[\da-f]{64}$/);
    expect(other).to.equal(first);
    expect(changed).to.not.equal(first);
  });

  it('lists subscriptions while they change, up to those there were', async () => {
    harness = await Harness.start(WATCHED);
    const peer = await connectAs(harness);
    await peer.send('SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d named\r\n').settle();
    const { client } = peer.connection;
    const view = new ConnectionView(peer.connection);
    const subjects: string[] = [];
    for (const { subject } of view.subscriptions()) {
      subjects.push(subject);
      client.subscriptions.end('2');
      client.subscriptions.add(`new.${subjects.length}`, String(3 + subjects.length));
    }
    expect(subjects).to.have.length(4);
    expect(subjects).to.include.members(['a', 'c']).and.not.include('b');
    const rest = view.subscriptions();
    rest.next();
    client.retire();
    expect(rest.next().done).to.equal(true);
    await harness.stop();
  });
});
