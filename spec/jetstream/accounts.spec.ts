import { jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker, type TestBroker, type TestBrokerOptions } from '../../lib/testing/index.js';
import { OperatorFixture, UNLIMITED } from '../support/auth/operators.js';
import { connect } from '../support/patient-client.js';

interface Answer {
  readonly error?: { readonly err_code: number };
  readonly [field: string]: unknown;
}

const MEMORY = { storage: 'memory' } as const;

describe('JetStream of accounts', () => {
  let broker: TestBroker;
  let connections: NatsConnection[] = [];

  async function start(options: TestBrokerOptions): Promise<void> {
    broker = await startTestBroker(options);
  }

  async function login(user?: string): Promise<NatsConnection> {
    const connection = await connect({
      servers: broker.url,
      ...(user === undefined ? {} : { user, pass: user }),
    });
    connections.push(connection);
    return connection;
  }

  async function ask(connection: NatsConnection, subject: string, body: object = {}): Promise<Answer> {
    return (await connection.request(`$JS.API.${subject}`, JSON.stringify(body), { timeout: 5_000 })).json();
  }

  const create = (connection: NatsConnection, config: { readonly name: string; [key: string]: unknown }) =>
    ask(connection, `STREAM.CREATE.${config.name}`, { ...MEMORY, ...config });

  afterEach(async () => {
    for (const connection of connections) await connection.close();
    connections = [];
    await broker.close();
  });

  it('is there without configured accounts, and INFO says so', async () => {
    await start({ jetstream: { domain: 'D' } });
    const connection = await login();
    expect(connection.info).to.include({ jetstream: true, domain: 'D' });
    expect(await ask(connection, 'INFO')).to.deep.include({
      type: 'io.nats.jetstream.api.v1.account_info_response',
      memory: 0,
      storage: 0,
      reserved_memory: 0,
      reserved_storage: 0,
      streams: 0,
      consumers: 0,
      domain: 'D',
      limits: {
        max_memory: -1,
        max_storage: -1,
        max_streams: -1,
        max_consumers: -1,
        max_ack_pending: -1,
        memory_max_stream_bytes: -1,
        storage_max_stream_bytes: -1,
        max_bytes_required: false,
      },
    });
    await create(connection, { name: 'T' });
    const ack = await connection.request('T', 'x');
    expect(ack.string()).to.equal('{"stream":"T", "domain":"D", "seq":1}');
    const { data } = (await connection.request('$SYS.REQ.USER.INFO')).json<{ readonly data: object }>();
    expect(data).to.include({ account: '$G' });
    const { server } = (await connection.request('$SYS.REQ.USER.INFO')).json<{ readonly server: object }>();
    expect(server).to.include({ jetstream: true });
  });

  it('names the server as the leader in STREAM.INFO, and in no other answer', async () => {
    await start({ jetstream: true, serverName: 'one' });
    const connection = await login();
    expect(await create(connection, { name: 'T' })).not.to.have.property('cluster');
    expect(await ask(connection, 'STREAM.INFO.T')).to.deep.include({ cluster: { leader: 'one' } });
    const list = await ask(connection, 'STREAM.LIST');
    expect(list).to.have.nested.property('streams[0].config.name', 'T');
    expect(list).not.to.have.nested.property('streams[0].cluster');
  });

  it('is not there where it is off', async () => {
    for (const jetstream of [undefined, false, { enabled: false }]) {
      await broker?.close();
      await start({ jetstream });
      const connection = await login();
      expect(connection.info).not.to.have.property('jetstream');
      const failure = await ask(connection, 'INFO').catch((error: Error) => error.message);
      expect(failure).to.match(/no responders/);
    }
  });

  const ACCOUNTS = {
    A: { users: [{ user: 'a', password: 'a' }], jetstream: true },
    B: { users: [{ user: 'b', password: 'b' }] },
    $SYS: { users: [{ user: 's', password: 's' }] },
  } as const;

  it('is that of the accounts that say so; others are told, the system account has no API', async () => {
    await start({ jetstream: true, accounts: ACCOUNTS });
    const [a, b, s] = [await login('a'), await login('b'), await login('s')];
    expect(await create(a, { name: 'T', subjects: ['t'] })).not.to.have.property('error');
    expect(await create(b, { name: 'T', subjects: ['t'] })).to.have.nested.property('error.err_code', 10039);
    expect(await ask(b, 'INFO')).to.have.nested.property('error.err_code', 10039);
    expect(await ask(s, 'INFO').catch((error: Error) => error.message)).to.match(/no responders/);
    expect(await b.request('t', 'x').catch((error: Error) => error.message)).to.match(/no responders/);
  });

  it('keeps streams over a reload, and takes limits from it', async () => {
    await start({ jetstream: true, accounts: ACCOUNTS });
    const a = await login('a');
    await create(a, { name: 'T', subjects: ['t'] });
    await a.request('t', 'x');
    await broker.reload({
      jetstream: true,
      accounts: { ...ACCOUNTS, A: { ...ACCOUNTS.A, jetstream: { maxStreams: 1 } }, C: { jetstream: true } },
    });
    await a.request('t', 'y');
    expect(await ask(a, 'STREAM.INFO.T')).to.have.nested.property('state.messages', 2);
    expect(await ask(a, 'INFO')).to.have.nested.property('limits.max_streams', 1);
    expect(await create(a, { name: 'U' })).to.have.nested.property('error.err_code', 10027);
    await broker.reload({ jetstream: true, accounts: { ...ACCOUNTS, A: { users: ACCOUNTS.A.users } } });
    expect(await ask(a, 'STREAM.INFO.T')).to.have.nested.property('error.err_code', 10039);
  });

  it('is changed by a restart only', async () => {
    await start({ jetstream: true });
    const failure = await broker.reload({ jetstream: false }).catch((error: Error) => error.message);
    expect(failure).to.match(/jetstream: cannot be changed by a reload/);
  });

  const limited = (jetstream: object) => ({
    jetstream: true,
    accounts: { A: { users: ACCOUNTS.A.users, jetstream } },
  });

  it('keeps accounts to their bytes, those reserved included', async () => {
    await start(limited({ maxMemory: 1_000, maxFile: 500 }));
    const a = await login('a');
    expect(await create(a, { name: 'T', max_bytes: 800 })).not.to.have.property('error');
    expect(await create(a, { name: 'U', max_bytes: 300 })).to.have.nested.property('error.err_code', 10028);
    expect(await create(a, { name: 'U', max_bytes: 501, storage: 'file' })).to.have.nested.property(
      'error.err_code',
      10047,
    );
    expect(await create(a, { name: 'U' })).not.to.have.property('error');
    expect(await ask(a, 'INFO')).to.include({ reserved_memory: 800, streams: 2 });
    await a.request('U', Buffer.alloc(900));
    const refused = (await a.request('U', Buffer.alloc(200))).json<Answer>();
    expect(refused).to.have.nested.property('error.err_code', 10002);
    await ask(a, 'STREAM.PURGE.U');
    expect((await a.request('U', Buffer.alloc(200))).json()).to.include({ seq: 2 });
    await ask(a, 'STREAM.DELETE.T');
    expect(await ask(a, 'INFO')).to.include({ reserved_memory: 0, streams: 1 });
  });

  it('asks for max_bytes, and limits those of one stream, where the account says so', async () => {
    await start(limited({ maxBytesRequired: true, memoryMaxStreamBytes: 100, maxConsumers: 3 }));
    const a = await login('a');
    expect(await create(a, { name: 'T' })).to.have.nested.property('error.err_code', 10113);
    expect(await create(a, { name: 'T', max_bytes: 101 })).to.have.nested.property('error.err_code', 10122);
    expect(await create(a, { name: 'T', max_bytes: 100, max_consumers: 4 })).to.have.nested.property(
      'error.err_code',
      10026,
    );
    expect(await create(a, { name: 'T', max_bytes: 100 })).not.to.have.property('error');
  });

  it('keeps the server to its bytes', async () => {
    await start({ jetstream: { maxMemory: 1_000 } });
    const connection = await login();
    await create(connection, { name: 'T' });
    await connection.request('T', Buffer.alloc(900));
    const refused = (await connection.request('T', Buffer.alloc(200))).json<Answer>();
    expect(refused).to.have.nested.property('error.err_code', 10023);
  });

  it('takes several replicas for one where it is told to', async () => {
    await start({ jetstream: { replicasAsOne: true } });
    const connection = await login();
    expect(await create(connection, { name: 'T', num_replicas: 3 })).to.have.nested.property(
      'config.num_replicas',
      1,
    );
  });

  it('is used through service and stream imports', async () => {
    await start({
      jetstream: true,
      accounts: {
        A: {
          ...ACCOUNTS.A,
          exports: [{ service: '$JS.API.>', response_type: 'Stream' }, { service: 't.>' }, { stream: 'u' }],
        },
        B: {
          users: ACCOUNTS.B.users,
          jetstream: true,
          imports: [
            { service: { account: 'A', subject: '$JS.API.>' }, to: '$JS.A.API.>' },
            { service: { account: 'A', subject: 't.>' } },
            { stream: { account: 'A', subject: 'u' } },
          ],
        },
      },
    });
    const [a, b] = [await login('a'), await login('b')];
    const other = async (subject: string, body: object = {}): Promise<Answer> =>
      (await b.request(`$JS.A.API.${subject}`, JSON.stringify(body))).json();
    expect(await other('STREAM.CREATE.T', { name: 'T', subjects: ['t.>'], ...MEMORY })).to.have.property(
      'did_create',
    );
    expect((await b.request('t.x', 'x')).json()).to.include({ stream: 'T', seq: 1 });
    const { message } = (await ask(a, 'STREAM.MSG.GET.T', { seq: 1 })) as unknown as {
      readonly message: { readonly hdrs?: string };
    };
    expect(message).not.to.have.property('hdrs'); // what the import says of the requester is no part of it
    await create(b, { name: 'U', subjects: ['u'] });
    a.publish('u', 'x');
    await a.flush();
    expect(await ask(b, 'STREAM.INFO.U')).to.have.nested.property('state.messages', 1);
  });

  it('tells those who listen of streams and requests', async () => {
    await start({ jetstream: true });
    const events = broker.record('$JS.EVENT.ADVISORY.>');
    const connection = await login();
    await create(connection, { name: 'T' });
    await create(connection, { name: 'T' });
    await ask(connection, 'STREAM.UPDATE.T', { name: 'T', ...MEMORY, max_msgs: 5 });
    await ask(connection, 'STREAM.DELETE.T');
    await broker.settle();
    const told = events.messages.map(({ subject, payload }) => ({
      ...(JSON.parse(Buffer.from(payload).toString()) as { readonly type: string; readonly action?: string }),
      subject: subject.replace('$JS.EVENT.ADVISORY.', ''),
    }));
    expect(
      told.filter(({ subject }) => subject !== 'API').map(({ subject, action }) => `${subject} ${action}`),
    ).to.deep.equal(['STREAM.CREATED.T create', 'STREAM.UPDATED.T modify', 'STREAM.DELETED.T delete']);
    const audits = told.filter(({ subject }) => subject === 'API');
    expect(audits).to.have.length(4);
    expect(audits[0]).to.include({ type: 'io.nats.jetstream.advisory.v1.api_audit' });
  });

  describe('with an operator', () => {
    async function startWith(limits: object): Promise<NatsConnection> {
      const fixture = new OperatorFixture();
      const jwt = await fixture.accountJwt({ limits: { ...UNLIMITED, ...limits } });
      await start({
        jetstream: true,
        operator: [await fixture.operatorJwt()],
        resolverPreload: { [fixture.accountKey]: jwt },
      });
      const user = await fixture.userJwt({ ...UNLIMITED, bearer_token: true });
      const connection = await connect({ servers: broker.url, authenticator: jwtAuthenticator(user) });
      connections.push(connection);
      return connection;
    }

    it('has the limits of its JWT', async () => {
      const connection = await startWith({
        mem_storage: 1_000,
        disk_storage: 2_000,
        streams: 1,
        consumer: -1,
      });
      expect(await ask(connection, 'INFO')).to.deep.include({
        limits: {
          ...{
            max_memory: 1_000,
            max_storage: 2_000,
            max_streams: 1,
            max_consumers: -1,
            max_ack_pending: -1,
          },
          ...{ memory_max_stream_bytes: -1, storage_max_stream_bytes: -1, max_bytes_required: false },
        },
      });
      await create(connection, { name: 'A' });
      expect((await create(connection, { name: 'B' })).error?.err_code).to.equal(10_027);
    });

    it('has those of the tier of one replica', async () => {
      const connection = await startWith({ tiered_limits: { R1: { disk_storage: 2_000, streams: 1 } } });
      const info = await ask(connection, 'INFO');
      expect(info).to.have.nested.property('tiers.R1.limits.max_storage', 2_000);
      expect(info).to.have.nested.property('tiers.R1.limits.max_memory', 0);
      expect(info).to.have.nested.property('limits.max_storage', 0);
      await create(connection, { name: 'A', storage: 'file' });
      expect((await create(connection, { name: 'B', storage: 'file' })).error?.err_code).to.equal(10_027);
      expect(await ask(connection, 'INFO')).to.have.nested.property('tiers.R1.streams', 1);
    });

    it('has none where its JWT says nothing of it', async () => {
      const connection = await startWith({});
      expect((await ask(connection, 'INFO')).error?.err_code).to.equal(10_039);
    });
  });
});
