import { createRequire } from 'node:module';
import type { NatsConnection } from '@nats-io/transport-node';
import * as transportNode from '@nats-io/transport-node';
import { expect } from 'chai';
import type { Broker } from '../lib/index.js';
import { natsTransport, natsTransportFactory } from '../lib/nats-transport.js';
import { closeAll, embedded } from './support/embed/embedded.js';
import { soon, until } from './support/until.js';

const { wsconnect, headers, setTransportFactory, NatsConnectionImpl, connect } = transportNode;

/** nats.js 2, whose hook is not in what it exports. */
const nats2 = createRequire(import.meta.url)('nats/lib/nats-base-client/internal_mod.js') as {
  setTransportFactory(config: object): void;
  NatsConnectionImpl: { connect(options: object): Promise<NatsConnection> };
};

const WAYS: readonly (readonly [
  string,
  (broker: () => Broker | undefined, options?: object) => Promise<NatsConnection>,
])[] = [
  ['wsconnect', (broker, options) => wsconnect({ ...natsTransport(broker), ...options })],
  [
    'setTransportFactory of nats.js 3',
    (broker, options) => {
      setTransportFactory(natsTransportFactory(broker));
      return NatsConnectionImpl.connect({ servers: 'in-process', ...options });
    },
  ],
  [
    'setTransportFactory of nats.js 2',
    (broker, options) => {
      nats2.setTransportFactory(natsTransportFactory(broker));
      return nats2.NatsConnectionImpl.connect({ servers: 'in-process', ...options });
    },
  ],
];

describe('sluice/nats-transport', () => {
  let connections: NatsConnection[] = [];
  afterEach(async () => {
    await Promise.all(connections.map((connection) => soon('the client to close', connection.close())));
    connections = [];
    await closeAll();
  });

  for (const [way, open] of WAYS)
    describe(`with ${way}`, () => {
      const client = async (broker: () => Broker | undefined, options?: object) => {
        const connection = await soon('the client', open(broker, options));
        connections.push(connection);
        return connection;
      };

      it('publishes and hears, with headers, without a port', async () => {
        const broker = await embedded();
        const nc = await client(() => broker);
        const subscription = nc.subscribe('a.*', { max: 3 });
        const h = headers();
        h.set('k', 'v');
        nc.publish('a.1', 'one');
        nc.publish('a.2', 'x'.repeat(300_000), { headers: h });
        await nc.flush();
        await broker.publish('a.3', 'three', { headers: { k: ['1', '2'] } });
        const heard: unknown[] = [];
        for await (const message of subscription)
          heard.push([message.subject, message.data.length, message.headers?.values('k')]);
        expect(heard).to.deep.equal([
          ['a.1', 3, undefined],
          ['a.2', 300_000, ['v']],
          ['a.3', 5, ['1', '2']],
        ]);
      });

      it('asks and answers', async () => {
        const broker = await embedded();
        const nc = await client(() => broker);
        nc.subscribe('svc', { callback: (_, message) => void message.respond(`${message.string()}!`) });
        await nc.flush();
        expect((await nc.request('svc', 'q')).string()).to.equal('q!');
        expect((await broker.request('svc', 'q')).text()).to.equal('q!');
        const error = await nc.request('nobody').catch((reason: Error) => reason);
        expect(String(error)).to.match(/no responders|503/);
      });

      it('drains', async () => {
        const broker = await embedded();
        const subscription = broker.subscribe('a', { max: 100 });
        const nc = await client(() => broker);
        for (let n = 0; n < 100; n++) nc.publish('a', `${n}`);
        await soon('the drain', nc.drain());
        let next = 0;
        for await (const message of subscription) expect(message.text()).to.equal(`${next++}`);
        expect(await nc.closed()).to.equal(undefined);
      });

      it('reconnects when the broker has been replaced', async () => {
        let broker: Broker | undefined = await embedded();
        const nc = await client(() => broker, { reconnectTimeWait: 5, maxReconnectAttempts: -1 });
        const heard: string[] = [];
        nc.subscribe('a', { callback: (_, message) => void heard.push(message.string()) });
        await nc.flush();
        const old = broker;
        broker = undefined;
        await old.close();
        broker = await embedded();
        await until('it is heard', () => {
          void broker!.publish('a', 'again');
          return heard.includes('again');
        });
      });

      it('is closed where it may not reconnect', async () => {
        const broker = await embedded();
        const nc = await client(() => broker, { reconnect: false });
        await broker.close();
        await soon('the client to notice', nc.closed());
      });

      it('says who it is, and hears when it may not come in or publish', async () => {
        const broker = await embedded({
          authenticate: ({ user, password }) =>
            password === 'p' && { user: user!, permissions: { publish: 'a' } },
        });
        const nc = await client(() => broker, { user: 'u', pass: 'p' });
        const status = nc.status()[Symbol.asyncIterator]();
        nc.publish('b');
        const { value } = await soon('the error', status.next());
        expect(JSON.stringify(value)).to.match(/permission/i);
        const refused = await open(() => broker, { user: 'u', pass: 'x', reconnect: false }).catch(
          (error: Error) => error,
        );
        expect(String(refused)).to.match(/authorization/i);
      });
    });

  it('fails at once where there is no broker', async () => {
    const outcome = wsconnect({ ...natsTransport(() => undefined), reconnect: false });
    const error = await soon(
      'it to fail',
      outcome.catch((reason: Error) => reason),
    );
    expect(String(error)).to.match(/there is no broker now|connection refused/i);
  });

  it('takes a broker as it is', async () => {
    const broker = await embedded();
    const nc = await wsconnect(natsTransport(broker));
    connections.push(nc);
    await nc.flush();
  });

  it('leaves connections by socket alone', async () => {
    const broker = await embedded({ nats: { port: 0 } });
    const near = await wsconnect(natsTransport(broker));
    const far = await connect({ servers: broker.url });
    connections.push(near, far);
    near.subscribe('svc', { callback: (_, message) => void message.respond('near') });
    await near.flush();
    expect((await far.request('svc')).string()).to.equal('near');
  });
});
