import { once } from 'node:events';
import { expect } from 'chai';
import type { TestBrokerOptions } from '../../lib/testing/index.js';
import { refused } from '../support/embed/embedded.js';
import { closeAll, dial, heard, nextStatus, PATIENCE, testBroker } from '../support/testing/support.js';
import { AUTHORITY, tlsConfig } from '../support/tls.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

const WHO = { name: 'victim' };

/** A broker, a client that hears `a`, and what it has heard. */
async function victim(options?: TestBrokerOptions) {
  const broker = await testBroker(options);
  const client = await dial(broker, WHO);
  const messages = heard(client, 'a');
  await client.flush();
  return { broker, client, messages };
}

describe('faults of one client', () => {
  afterEach(closeAll);

  it('freeze: it is sent nothing and not heard, resume: all of it arrives', async () => {
    const { broker, client, messages } = await victim();
    const said = broker.record('said');
    const other = await dial(broker);
    const others = heard(other, 'a');
    await other.flush();
    broker.freeze(WHO);
    client.publish('said', 'x');
    for (let n = 0; n < 10; n++) await broker.publish('a', String(n));
    await broker.settle(); // leaves it out
    await until('the other one has heard it', () => others.length === 10);
    await turns();
    expect([messages, said.messages]).to.deep.equal([[], []]);
    expect(broker.client(WHO).pendingBytes).to.be.greaterThan(0);
    broker.resume(WHO);
    await said.waitFor(1, PATIENCE);
    await client.flush();
    expect(messages).to.deep.equal([...'0123456789']);
  });

  it('freeze: a slow consumer in the end', async () => {
    const { broker, messages } = await victim({
      flow: { high_water: '4KiB', low_water: '1KiB', write_deadline: '50ms' },
    });
    const slow = new Promise<{ readonly name: string | undefined }>((resolve) =>
      broker.once('slowConsumer', resolve),
    );
    broker.freeze(WHO);
    await soon('the publish', broker.publish('a', 'x'.repeat(10_000)));
    expect((await soon('the slow consumer', slow)).name).to.equal('victim');
    expect(messages).to.deep.equal([]);
  });

  it('throttle: it gets its messages bit by bit, all of them', async () => {
    const { broker, client, messages } = await victim();
    broker.throttle(WHO, 20_000);
    await broker.publish('a', 'x'.repeat(4_000));
    await broker.publish('a', 'last');
    expect(broker.client(WHO).pendingBytes).to.be.greaterThan(0);
    await turns();
    expect(messages).to.deep.equal([]);
    await broker.settle(PATIENCE);
    await client.flush();
    expect(messages.map(({ length }) => length)).to.deep.equal([4_000, 4]);
    broker.throttle(WHO, 1);
    await broker.publish('a', 'x'.repeat(100_000));
    await refused(
      () => broker.settle({ timeoutMs: 30 }),
      'TEST_TIMEOUT',
      /client \d+ "victim": it has not been sent/,
    );
    broker.throttle(WHO, Number.POSITIVE_INFINITY);
    await broker.settle(PATIENCE);
    await client.flush();
    expect(messages).to.have.lengthOf(3);
    await refused(() => broker.throttle(WHO, 0), 'CONFIG_INVALID', 'bytesPerSecond');
  });

  it('delay: what it is sent comes later, in order, and holds up no other client', async () => {
    const { broker, client, messages } = await victim();
    const startedAt = performance.now();
    broker.delay(WHO, 80);
    for (const text of 'abc') await broker.publish('a', text);
    broker.delay(WHO, 0);
    await broker.publish('a', 'd');
    await turns();
    expect(broker.client(WHO).pendingBytes).to.be.lessThan(100); // but for the last one, which is not delayed itself
    await until('they have come', () => messages.length === 4);
    expect(performance.now() - startedAt).to.be.greaterThan(79);
    expect(messages).to.deep.equal([...'abcd']);
    await client.flush();
    await refused(() => broker.delay(WHO, -1), 'CONFIG_INVALID', 'ms');
  });

  for (const midFrame of [false, true])
    it(`cut${midFrame ? ' in the middle of a frame' : ''}: it comes back, and hears on`, async () => {
      const { broker, client, messages } = await victim();
      const back = nextStatus(client, 'reconnect');
      const { id } = broker.client(WHO);
      await soon('the cut', broker.cut(WHO, { midFrame }));
      await soon('it to come back', back);
      expect((await broker.waitForClient(WHO, PATIENCE)).id).not.to.equal(id);
      await broker.waitForSubscription('a', 1, PATIENCE);
      await broker.publish('a', 'again');
      await client.flush();
      expect(messages).to.deep.equal(['again']);
    });

  it('cut in the middle of a frame: part of a message, or of a PING', async () => {
    const broker = await testBroker();
    const wire = broker.connect();
    let text = '';
    wire.on('error', () => {});
    wire.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    wire.write('CONNECT {"verbose":false,"name":"raw"}\r\n');
    await broker.waitForClient({ name: 'raw' }, PATIENCE);
    void broker.cut({ name: 'raw' }, { midFrame: true });
    await soon('its end', once(wire, 'end'));
    expect(text).to.match(/\r\nPIN$/);

    const other = broker.connect();
    text = '';
    other.on('error', () => {});
    other.on('data', (chunk: Buffer) => {
      text += String(chunk);
    });
    other.write('CONNECT {"verbose":false,"name":"raw"}\r\nSUB foo.*.> 7\r\n');
    await broker.waitForSubscription('foo.*.>', 1, PATIENCE);
    void broker.cut({ name: 'raw' }, { midFrame: true });
    await soon('its end', once(other, 'end'));
    expect(text).to.match(/\r\nMSG foo\.cut\.cut 7 \d+\r\ncut in the middle/);
    expect(text).not.to.match(/comes\r\n$/);
  });

  it('cut: the broker calls it an error of the wire', async () => {
    const { broker } = await victim();
    const gone = new Promise<{ readonly reason: string }>((resolve) => broker.once('disconnect', resolve));
    const { id } = broker.client(WHO);
    await soon('the cut', broker.cut(WHO));
    expect(broker.clients().map((each) => each.id)).not.to.include(id); // it may be back already, as another one
    expect((await soon('the event', gone)).reason).to.equal('WIRE_ERROR');
  });

  it('sendError: it is told, and stays', async () => {
    const { broker, client } = await victim();
    const told = nextStatus(client, 'error');
    broker.sendError(WHO, 'Permissions Violation for Publish to "b"');
    expect(await soon('the error', told)).to.match(/PERMISSIONS_VIOLATION/);
    await client.flush();
    await refused(() => broker.sendError(WHO, "a'b"), 'CONFIG_INVALID', 'text');
  });

  it('all of it over TLS', async () => {
    const broker = await testBroker({
      tls: { cert_file: tlsConfig().certFile, key_file: tlsConfig().keyFile },
    });
    const client = await dial(broker, { ...WHO, tls: { ca: AUTHORITY.cert } });
    const messages = heard(client, 'a');
    await client.flush();
    broker.freeze(WHO);
    await broker.publish('a', 'one');
    await turns();
    expect(messages).to.deep.equal([]);
    broker.resume(WHO);
    await broker.settle(PATIENCE);
    await client.flush();
    expect(messages).to.deep.equal(['one']);
    for (const midFrame of [false, true]) {
      const back = nextStatus(client, 'reconnect');
      await soon('the cut', broker.cut(WHO, { midFrame }));
      await soon('it to come back', back);
      await client.flush();
    }
  });

  it('are for clients there are', async () => {
    const broker = await testBroker();
    for (const fault of [
      () => broker.freeze(WHO),
      () => broker.resume(WHO),
      () => broker.throttle(WHO, 1),
      () => broker.delay(WHO, 1),
      () => broker.cut(WHO),
      () => broker.sendError(WHO, 'x'),
    ])
      await refused(fault, 'NO_SUCH_CLIENT', 'there are: none');
  });
});
