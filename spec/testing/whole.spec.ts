import { once } from 'node:events';
import { connect } from 'node:net';
import { wsconnect } from '@nats-io/nats-core';
import { expect } from 'chai';
import { natsTransport } from '../../lib/nats-transport.js';
import { fakeClock } from '../../lib/testing/index.js';
import { refused } from '../support/embed/embedded.js';
import { closeAll, dial, heard, nextStatus, PATIENCE, testBroker } from '../support/testing/support.js';
import { soon, until } from '../support/until.js';

const DAY_MS = 86_400_000;

/** Resolves once a client is connected again. */
async function backed(client: { flush(): Promise<void> }): Promise<void> {
  for (;;) {
    const isBack = await client.flush().then(
      () => true,
      () => false,
    );
    if (isBack) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the whole broker', () => {
  afterEach(closeAll);

  it('settles: all that was sent has been delivered', async () => {
    const broker = await testBroker();
    const [from, to] = [await dial(broker), await dial(broker)];
    const messages = heard(to, 'a');
    await to.flush();
    const seen: string[] = [];
    broker.subscribe('a').on('data', (message) => seen.push(message.text()));
    for (let round = 1; round <= 20; round++) {
      for (let n = 0; n < 100; n++) from.publish('a', 'x'.repeat(1_000));
      await from.flush();
      await broker.settle(PATIENCE);
      expect(seen).to.have.lengthOf(100 * round);
    }
    await until('the client has taken all of it', () => messages.length === 2_000);
  });

  it('settles though a subscription in this process is not read', async () => {
    const broker = await testBroker();
    const unread = broker.subscribe('a', { highWaterMark: 1 });
    for (let n = 0; n < 10; n++) await broker.publish('a', 'x');
    await broker.settle(PATIENCE);
    expect(unread.pending.messages).to.be.greaterThan(0);
  });

  it('settles with a publisher that is held for one that is frozen, says so of one that is throttled', async () => {
    const broker = await testBroker({
      flow: { high_water: '4KiB', low_water: '1KiB', write_deadline: '10m' },
    });
    const [from, to] = [await dial(broker, { name: 'from' }), await dial(broker, { name: 'to' })];
    const messages = heard(to, 'a');
    await to.flush();
    broker.freeze({ name: 'to' });
    for (let n = 0; n < 20; n++) from.publish('a', 'x'.repeat(1_000));
    await until('it is held', () => broker.client({ name: 'to' }).pendingBytes > 4_096);
    await broker.settle(PATIENCE);
    broker.throttle({ name: 'to' }, 1);
    broker.resume({ name: 'to' });
    await refused(() => broker.settle({ timeoutMs: 30 }), 'TEST_TIMEOUT', /"to": it has not been sent all/);
    broker.throttle({ name: 'to' }, Number.POSITIVE_INFINITY);
    await from.flush();
    await broker.settle(PATIENCE);
    await to.flush();
    expect(messages).to.have.lengthOf(20);
  });

  for (const drain of [false, true])
    it(`restarts on the same ports${drain ? ', drained' : ''}: clients come back, recorders and listeners stay`, async () => {
      const broker = await testBroker({ line: {}, monitor: {} });
      const before = [broker.url, broker.lineAddress, broker.monitorAddress];
      const { serverId } = broker;
      const names: (string | undefined)[] = [];
      broker.on('disconnect', ({ name }) => names.push(name));
      const recorder = broker.record('a');
      const client = await dial(broker, { name: 'stays' });
      client.publish('a', 'one');
      await recorder.waitFor(1, PATIENCE);
      const back = nextStatus(client, 'reconnect');
      let refusedThen = '';
      await broker.restart({
        drain,
        whileDown: async () => {
          const socket = connect(broker.natsAddress!.port, '127.0.0.1');
          const [error] = await once(socket, 'error').catch((reason) => [reason]);
          refusedThen = (error as NodeJS.ErrnoException).code ?? '';
        },
      });
      expect(refusedThen).to.equal('ECONNREFUSED');
      expect([broker.url, broker.lineAddress, broker.monitorAddress]).to.deep.equal(before);
      expect(broker.serverId).not.to.equal(serverId);
      await soon('it to come back', back);
      client.publish('a', 'two');
      await recorder.waitFor(2, PATIENCE);
      await client.close();
      await until('both ends were told of', () => names.filter((name) => name === 'stays').length === 2);
      expect(broker.clients()).to.deep.equal([]);
    });

  it('restarts for clients without a port', async () => {
    const broker = await testBroker({ nats: false });
    const client = await wsconnect({
      ...natsTransport(broker),
      reconnectTimeWait: 5,
      maxReconnectAttempts: -1,
    });
    const recorder = broker.record('a');
    await broker.restart();
    await until('it is back', () => broker.clients().length === 1);
    await soon('the connection', backed(client));
    client.publish('a', 'x');
    await recorder.waitFor(1, PATIENCE);
    await client.close();
  });

  it('is a lame duck, and over soon; and can be started anew', async () => {
    const broker = await testBroker();
    const client = await dial(broker);
    const told = nextStatus(client, 'ldm');
    const over = broker.lameDuck();
    await soon('the word', told);
    await soon('the end', over);
    expect(broker.closed).to.equal(true);
    await broker.restart();
    await soon('the connection', backed(client));
  });

  it('finds stale connections in no time, and only those', async () => {
    const clock = fakeClock();
    const broker = await testBroker({ clock, nats: { ping_interval: '2m', ping_max: 2 } });
    const [stuck, fine] = [await dial(broker, { name: 'stuck' }), await dial(broker, { name: 'fine' })];
    const reasons: (readonly [string | undefined, string])[] = [];
    broker.on('disconnect', ({ name, reason }) => reasons.push([name, reason]));
    await clock.advance(10 * 60_000);
    expect(reasons).to.deep.equal([]);
    const back = nextStatus(stuck, 'reconnect');
    broker.freeze({ name: 'stuck' });
    await clock.advance(3 * 60_000);
    expect(reasons).to.deep.equal([]);
    await clock.advance(4 * 60_000);
    await until('it is given up', () => reasons.length > 0);
    expect(reasons).to.deep.equal([['stuck', 'STALE_CONNECTION']]);
    await soon('it to come back', back);
    await clock.advance(DAY_MS / 24);
    expect(reasons).to.have.lengthOf(1);
    await fine.flush();
    await broker.restart();
    await soon('the connections', Promise.all([backed(stuck), backed(fine)]));
    await clock.advance(10 * 60_000);
    expect(broker.clients()).to.have.lengthOf(2);
  });

  it('gives up a client that answers no PING', async () => {
    const clock = fakeClock();
    const broker = await testBroker({ clock });
    const wire = broker.connect();
    let text = '';
    wire.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    wire.write('CONNECT {"verbose":false}\r\n');
    await broker.settle();
    await clock.advance(10 * 60_000);
    if (!wire.readableEnded) await soon(`its end after ${text}`, once(wire, 'end'));
    expect(text).to.match(/\r\nPING\r\nPING\r\n-ERR 'Stale Connection'\r\n$/);
    wire.end();
  });
});
