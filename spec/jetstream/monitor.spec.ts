import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { formatAddress } from '../../lib/domain/address.js';
import { startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';

type Json = Readonly<Record<string, unknown>>;

describe('JetStream in the monitor', () => {
  let broker: TestBroker;
  let connection: NatsConnection;

  beforeEach(async () => {
    broker = await startTestBroker({
      monitor: true,
      jetstream: { maxMemory: 1_000_000, domain: 'D' },
      accounts: {
        A: { users: [{ user: 'a', password: 'a' }], jetstream: true },
        B: { users: [{ user: 'b', password: 'b' }], jetstream: true },
        $SYS: { users: [{ user: 's', password: 's' }] },
      },
    });
    connection = await connect({ servers: broker.url, user: 'a', pass: 'a' });
    await ask('STREAM.CREATE.T', { name: 'T', subjects: ['t'], storage: 'memory', max_bytes: 500 });
    await ask('CONSUMER.CREATE.T.c', {
      stream_name: 'T',
      config: { name: 'c', durable_name: 'c', ack_policy: 'explicit' },
    });
    await ask('STREAM.INFO.none');
    await connection.request('t', 'x');
  });

  afterEach(async () => {
    await connection.close();
    await broker.close();
  });

  async function ask(subject: string, body: object = {}): Promise<void> {
    await connection.request(`$JS.API.${subject}`, JSON.stringify(body));
  }

  async function get(path: string): Promise<Json> {
    return (await fetch(`http://${formatAddress(broker.monitorAddress!)}${path}`)).json() as Promise<Json>;
  }

  const USAGE = { memory: 18, storage: 0, reserved_memory: 500, reserved_storage: 0, ha_assets: 0 };
  const API = { level: 1, total: 3, errors: 1 };

  it('/jsz has the sums, and no details unless asked', async () => {
    const jsz = await get('/jsz');
    expect(jsz).to.deep.include({
      ...USAGE,
      ...{ accounts: 2, api: API, streams: 1, consumers: 1, messages: 1, bytes: 18, total: 2 },
      config: { max_memory: 1_000_000, max_storage: -1, domain: 'D' },
    });
    expect(jsz).not.to.have.any.keys('account_details', 'disabled');
  });

  it('/jsz lists accounts, streams and consumers', async () => {
    const { account_details: accounts } = await get('/jsz?accounts=1');
    expect(accounts).to.have.length(2);
    expect((accounts as Json[])[0]).to.deep.include({ name: 'A', id: 'A', ...USAGE, api: API });
    expect((accounts as Json[])[0]).not.to.have.property('stream_detail');
    const { account_details: named } = await get('/jsz?acc=A&consumers=1&config=1');
    expect(named).to.have.length(1);
    const { stream_detail: streams } = (named as Json[])[0]!;
    expect(streams).to.have.length(1);
    const { consumer_detail: consumers, ...stream } = (streams as Json[])[0]!;
    expect(stream).to.deep.include({ name: 'T' });
    expect(stream).to.have.nested.property('config.max_bytes', 500);
    expect(stream).to.have.nested.property('state.messages', 1);
    expect(consumers).to.have.length(1);
    expect((consumers as Json[])[0]).to.include({ stream_name: 'T', name: 'c', num_pending: 1 });
    expect(await get('/jsz?acc=none&streams=1')).not.to.have.property('account_details');
    const { account_details: second } = await get('/jsz?accounts=1&offset=1&limit=1');
    expect((second as Json[]).map(({ name }) => name)).to.deep.equal(['B']);
  });

  it('/varz and /healthz say what there is', async () => {
    expect((await get('/varz'))['jetstream']).to.deep.equal({
      config: { max_memory: 1_000_000, max_storage: -1, domain: 'D' },
      stats: { ...USAGE, accounts: 2, api: API },
    });
    expect(await get('/healthz?js-enabled-only=1')).to.deep.equal({ status: 'ok' });
  });

  it('/healthz looks for an account, a stream and a consumer', async () => {
    const health = async (query: string): Promise<readonly [number, Json]> => {
      const answer = await fetch(`http://${formatAddress(broker.monitorAddress!)}/healthz?${query}`);
      return [answer.status, (await answer.json()) as Json];
    };
    const none = (error: string): readonly [number, Json] => [404, { status: 'unavailable', error }];
    for (const query of ['', 'account=A', 'account=A&stream=T', 'account=A&stream=T&consumer=c'])
      expect(await health(query), query).to.deep.equal([200, { status: 'ok' }]);
    expect(await health('account=C')).to.deep.equal(none('JetStream account "C" not found'));
    expect(await health('account=B&stream=T')).to.deep.equal(
      none('JetStream stream "T" not found on account "B"'),
    );
    expect(await health('account=A&stream=T&consumer=d')).to.deep.equal(
      none('JetStream consumer "d" not found for stream "T" on account "A"'),
    );
    expect(await health('account=A&stream=U&details=1')).to.deep.equal([
      404,
      {
        status: 'error',
        errors: [
          {
            ...{ type: 'STREAM', account: 'A', stream: 'U' },
            error: 'JetStream stream "U" not found on account "A"',
          },
        ],
      },
    ]);
    for (const query of ['js-enabled=1', 'js-enabled-only=1', 'js-server-only=1'])
      expect((await health(`account=C&${query}`))[0], query).to.equal(200);
    expect((await health('consumer=c'))[0]).to.equal(400);
  });

  it('/accountz says which accounts have it', async () => {
    const enabled = async (account: string) =>
      ((await get(`/accountz?acc=${account}`))['account_detail'] as Json)['jetstream_enabled'];
    expect(await enabled('A')).to.equal(true);
    expect(await enabled('$SYS')).to.equal(false);
  });

  it('the system account is answered likewise, and each account about itself', async () => {
    const system = await connect({ servers: broker.url, user: 's', pass: 's' });
    const answer = async (subject: string, body: object) =>
      (await system.request(`$SYS.REQ.${subject}`, JSON.stringify(body))).json<{ readonly data: Json }>();
    const { data } = await answer('SERVER.PING.JSZ', { account: 'A', streams: true });
    expect(data).to.include({ streams: 1, accounts: 2 });
    expect(data['account_details']).to.have.length(1);
    const own = await answer('ACCOUNT.A.JSZ', { streams: true });
    expect(own.data).to.include({ name: 'A', memory: 18 });
    expect(own.data['stream_detail']).to.have.length(1);
    await system.close();
  });
});
