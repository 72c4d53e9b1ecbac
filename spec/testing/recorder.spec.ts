import { expect } from 'chai';
import { headers } from 'nats';
import { refused } from '../support/embed/embedded.js';
import { closeAll, dial, PATIENCE, testBroker } from '../support/testing/support.js';

describe('a recorder', () => {
  afterEach(closeAll);

  it('keeps every message on its subject, in order', async () => {
    const broker = await testBroker();
    const orders = broker.record('orders.*');
    const client = await dial(broker);
    for (let n = 0; n < 1_000; n++) client.publish(`orders.${n % 3}`, String(n));
    client.publish('other', 'x');
    const messages = await orders.waitFor(1_000, PATIENCE);
    expect(messages.map((message) => message.text())).to.deep.equal([...Array(1_000).keys()].map(String));
    await client.flush();
    await broker.settle();
    expect(orders.messages).to.have.lengthOf(1_000);
    orders.clear();
    expect(orders.messages).to.deep.equal([]);
    await broker.publish('orders.a', 'more');
    expect((await orders.waitFor(1, PATIENCE))[0]!.text()).to.equal('more');
    orders.stop();
    await broker.publish('orders.a', 'too late');
    await broker.settle();
    expect(orders.messages).to.have.lengthOf(1);
  });

  it('waits for a message that fits, be it there or to come', async () => {
    const broker = await testBroker();
    const all = broker.record('>');
    const client = await dial(broker);
    const later = all.waitFor({ json: { item: { name: 'tea' } } }, PATIENCE);
    client.publish('orders.new', JSON.stringify({ item: { name: 'coffee', size: 2 }, tags: ['a', 'b'] }));
    client.publish('orders.new', JSON.stringify({ item: { name: 'tea', size: 1 }, tags: [] }));
    const h = headers();
    h.append('unit', 'C');
    h.append('unit', 'K');
    client.publish('sensors.roof', '21.5', { headers: h });
    expect((await later).json()).to.have.nested.property('item.size', 1);
    const fits = async (matcher: Parameters<typeof all.waitFor>[0], text: RegExp) =>
      expect((await all.waitFor(matcher as object, PATIENCE)).text()).to.match(text);
    await fits({ subject: 'sensors.*' }, /21/);
    await fits({ text: '21.5' }, /21/);
    await fits({ text: /^\d+\.\d$/ }, /21/);
    await fits({ headers: { unit: 'K' } }, /21/);
    await fits({ headers: { unit: /^[CF]$/ } }, /21/);
    await fits({ json: { tags: ['a', 'b'] } }, /coffee/);
    await fits({ json: 21.5 }, /21/);
    await fits((message) => message.text().includes('tea'), /tea/);
    expect(all.matching({ subject: 'orders.>' })).to.have.lengthOf(2);
    for (const wrong of [
      { subject: 'orders' },
      { text: '21' },
      { json: { tags: ['a'] } },
      { json: { item: { name: 'coffee', colour: 'red' } } },
      { json: undefined },
      { headers: { unit: 'F' } },
      { headers: { colour: /./ } },
    ])
      expect(all.matching(wrong), JSON.stringify(wrong)).to.deep.equal([]);
  });

  it('says what came instead', async () => {
    const broker = await testBroker();
    const orders = broker.record('orders.*');
    await refused(
      () => orders.waitFor(1, { timeoutMs: 10 }),
      'TEST_TIMEOUT',
      /1 messages on orders\.\*; what came: none$/,
    );
    await broker.publish('orders.new', '{"a":1}', { headers: { trace: 'x' } });
    await broker.settle();
    await refused(
      () => orders.waitFor({ subject: 'orders.old', text: /b/ }, { timeoutMs: 10 }),
      'TEST_TIMEOUT',
      'waited 10 ms for a message with subject "orders.old", text /b/ on orders.*; what came:\n  orders.new  "{\\"a\\":1}"  {trace: x}',
    );
  });

  it('fails as subscribe does', async () => {
    const broker = await testBroker();
    await refused(() => broker.record('a..b'), 'INVALID_SUBJECT');
  });

  it('records in an account', async () => {
    const broker = await testBroker();
    const shop = broker.record('a', { account: 'SHOP' });
    await broker.publish('a', 'elsewhere');
    await broker.publish('a', 'here', { account: 'SHOP' });
    expect((await shop.waitFor(1, PATIENCE)).map((message) => message.text())).to.deep.equal(['here']);
  });
});
