import { connect as connectNats3 } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker } from '../../lib/testing/index.js';
import { refused } from '../support/embed/embedded.js';
import { LineClient } from '../support/line-client.js';
import { closeAll, dial, heard, PATIENCE, testBroker } from '../support/testing/support.js';

describe('a test broker', () => {
  afterEach(closeAll);

  it('listens on a free port of this machine, and nowhere else unless asked', async () => {
    const broker = await testBroker();
    expect(broker.url).to.match(/^nats:\/\/127\.0\.0\.1:\d+$/);
    expect([broker.lineAddress, broker.monitorAddress]).to.deep.equal([undefined, undefined]);
    const other = await testBroker({ line: {}, monitor: {} });
    for (const address of [other.natsAddress, other.lineAddress, other.monitorAddress]) {
      expect(address).to.include({ host: '127.0.0.1' });
      expect(address!.port).not.to.be.oneOf([0, 4222, 8889, 8222]);
    }
    expect(other.url).not.to.equal(broker.url);
    await using line = await LineClient.connect(other.lineAddress!.port);
    expect(await line.ask('PING')).to.match(/PONG/);
    expect(other.client({ id: other.clients()[0]!.id })).to.include({ dialect: 'line' });
  });

  it('does all that an embedded broker does, for clients of nats.js 2 and 3', async () => {
    const broker = await testBroker();
    const [two, three] = [await dial(broker), await connectNats3({ servers: broker.url })];
    broker.reply('price', () => '2.50');
    expect((await two.request('price')).string()).to.equal('2.50');
    expect((await three.request('price')).string()).to.equal('2.50');
    expect((await broker.request('price')).text()).to.equal('2.50');
    await three.close();
  });

  it('tells which clients there are, and finds one by name, user or id', async () => {
    const broker = await testBroker({
      authorization: {
        users: [
          { user: 'ann', password: 'a' },
          { user: 'bob', password: 'b' },
        ],
      },
    });
    const ann = await dial(broker, { name: 'orders', user: 'ann', pass: 'a' });
    ann.subscribe('orders.*', { queue: 'workers' });
    await ann.flush();
    await dial(broker, { name: 'orders', user: 'bob', pass: 'b' });
    expect(broker.clients().map(({ user }) => user)).to.deep.equal(['ann', 'bob']);
    const found = broker.client({ user: 'ann' });
    expect(found).to.deep.include({
      name: 'orders',
      dialect: 'nats',
      account: '$G',
      remoteAddress: '127.0.0.1',
      subscriptions: [{ subject: 'orders.*', queue: 'workers' }],
    });
    expect(broker.client({ id: found.id }).user).to.equal('ann');
    expect(broker.client(found).user).to.equal('ann');
    await refused(
      () => broker.client({ name: 'orders' }),
      'NO_SUCH_CLIENT',
      /^2 clients are .*"orders".*ann.*bob/s,
    );
    await refused(
      () => broker.client({ name: 'other' }),
      'NO_SUCH_CLIENT',
      /^no client is .*"other".*ann.*bob/s,
    );
  });

  it('waits for a client', async () => {
    const broker = await testBroker();
    const found = broker.waitForClient({ name: 'late' }, PATIENCE);
    await dial(broker, { name: 'early' });
    await dial(broker, { name: 'late' });
    expect((await found).name).to.equal('late');
    await refused(
      () => broker.waitForClient({ name: 'x' }, { timeoutMs: 20 }),
      'TEST_TIMEOUT',
      /"early".*"late"/s,
    );
  });

  it('waits for subscriptions, on the subject or for messages on it', async () => {
    const broker = await testBroker();
    const client = await dial(broker, { name: 'shop' });
    using recorder = broker.record('>'); // which counts for nothing
    const two = broker.waitForSubscription('orders.new', 2, PATIENCE);
    const wild = broker.waitForSubscription('orders.*', 1, PATIENCE);
    client.subscribe('orders.*', { queue: 'q' });
    client.subscribe('other');
    await wild;
    await refused(
      () => broker.waitForSubscription('orders.new', 2, { timeoutMs: 30 }),
      'TEST_TIMEOUT',
      /2 subscriptions on orders\.new; there are:\n {2}orders\.\* queue q {2}of client \d+ "shop"\n {2}other {2}of client \d+ "shop"$/,
    );
    broker.subscribe('orders.new');
    await two;
    expect(recorder.messages).to.deep.equal([]);
    await refused(() => broker.waitForSubscription('orders.>', 1, { timeoutMs: 20 }), 'TEST_TIMEOUT');
  });

  it('waits for subscriptions in an account', async () => {
    const broker = await testBroker();
    broker.subscribe('a', { account: 'SHOP' });
    await broker.waitForSubscription('a', 1, { account: 'SHOP' });
    await refused(
      () => broker.waitForSubscription('a', 1, { account: '$G', timeoutMs: 20 }),
      'TEST_TIMEOUT',
      /there are: none$/,
    );
  });

  it('takes other settings with the defaults of a test broker, and keeps them', async () => {
    const broker = await testBroker();
    const { url } = broker;
    expect(await broker.reload({ nats: { max_payload: '10B' } })).to.have.lengthOf(1);
    expect(broker.url).to.equal(url);
    await refused(() => broker.publish('a', 'more than ten bytes'), 'MAX_PAYLOAD');
    await broker.restart();
    await refused(() => broker.publish('a', 'more than ten bytes'), 'MAX_PAYLOAD');
  });

  it('refuses a clock that is none, and settings that are wrong', async () => {
    await refused(() => startTestBroker({ clock: { now: () => 0 } as never }), 'CONFIG_INVALID', 'clock');
    await refused(() => startTestBroker({ nats: { max_payload: 'x' } }), 'CONFIG_INVALID', 'max_payload');
  });

  it('closes at the end of the block', async () => {
    let left: Awaited<ReturnType<typeof startTestBroker>>;
    {
      await using broker = await startTestBroker();
      left = broker;
      await dial(broker, { reconnect: false });
    }
    expect(left.closed).to.equal(true);
  });

  it('leaves nothing of a client that is frozen when it closes', async () => {
    const broker = await testBroker({ shutdown: { deadline: '10m' } });
    const client = await dial(broker, { name: 'stuck', reconnect: false });
    heard(client, 'a');
    await client.flush();
    broker.freeze({ name: 'stuck' });
    await broker.publish('a', 'x');
    await broker.close();
    await client.closed();
  });
});
