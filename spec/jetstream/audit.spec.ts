import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { connect } from '../support/patient-client.js';

type Json = Readonly<Record<string, unknown>>;

describe('advisories of requests to JetStream', () => {
  let broker: TestBroker;
  let connection: NatsConnection;

  beforeEach(async () => {
    broker = await startTestBroker({
      jetstream: true,
      accounts: {
        A: {
          users: [{ user: 'ann', password: 'a' }],
          jetstream: true,
          exports: [{ service: '$JS.API.>' }],
        },
        B: {
          users: [{ user: 'bob', password: 'b' }],
          imports: [{ service: { account: 'A', subject: '$JS.API.>' }, to: 'theirs.>' }],
        },
      },
    });
    connection = await connect({ servers: broker.url, user: 'ann', pass: 'a', name: 'audited' });
  });

  afterEach(async () => {
    await connection.close();
    await broker.close();
  });

  /** The advisory about the first request on `subject` after `ask`. */
  async function advisoryAbout(subject: string, ask: () => Promise<unknown>): Promise<Json> {
    const subscription = connection.subscribe('$JS.EVENT.ADVISORY.API');
    await connection.flush();
    await ask();
    for await (const message of subscription) {
      const advisory = message.json<Json>();
      if (advisory['subject'] === subject) return advisory;
    }
    throw new Error('the subscription has ended');
  }

  it('say which client has asked for what', async () => {
    const before = Date.now();
    const advisory = await advisoryAbout('$JS.API.STREAM.INFO.none', () =>
      connection.request('$JS.API.STREAM.INFO.none', '{"offset":0}'),
    );
    expect(advisory).to.include({ request: '{"offset":0}' });
    expect(JSON.parse(String(advisory['response']))).to.have.nested.property('error.err_code', 10_059);
    const client = advisory['client'] as Json;
    expect(client).to.include({
      ...{ acc: 'A', user: 'ann', name: 'audited', lang: 'nats.js', kind: 'Client' },
      ...{ host: '127.0.0.1', server: advisory['server'] },
    });
    expect(client['id']).to.be.a('number');
    expect(Date.parse(String(client['start']))).to.be.at.most(before);
    expect(client).not.to.have.any.keys('svc', 'pass', 'nonce');
  });

  it('name the account of the client, and that whose API it has asked', async () => {
    const other = await connect({ servers: broker.url, user: 'bob', pass: 'b' });
    const { client } = await advisoryAbout('$JS.API.STREAM.NAMES', () =>
      other.request('theirs.STREAM.NAMES'),
    );
    expect(client).to.include({ acc: 'B', svc: 'A', user: 'bob' });
    await other.close();
  });

  it('leave out messages that were read', async () => {
    const send = (subject: string, body: object) => connection.request(subject, JSON.stringify(body));
    await send('$JS.API.STREAM.CREATE.T', { name: 'T', subjects: ['t'], storage: 'memory' });
    await connection.request('t', 'x');
    const advisory = await advisoryAbout('$JS.API.STREAM.MSG.GET.T', async () => {
      const answer = (await send('$JS.API.STREAM.MSG.GET.T', { seq: 1 })).json<Json>();
      expect(answer).to.have.nested.property('message.seq', 1);
      await send('$JS.API.STREAM.MSG.GET.T', { seq: 2 });
    });
    expect(advisory).to.include({ request: '{"seq":2}' });
  });
});
