import { expect } from 'chai';
import { Client } from '../../tools/soak/client.js';
import { payloadOf } from '../../tools/soak/message.js';
import { type BrokerAddress, MessageConsumer, MessagePublisher } from '../../tools/soak/scenarios/traffic.js';
import { Harness } from '../support/harness.js';
import { until } from '../support/until.js';

describe('soak: clients, publishers and subscribers', () => {
  let harness: Harness;
  let address: BrokerAddress;
  beforeEach(async () => {
    harness = await Harness.start({
      websocket: { listener: '127.0.0.1:0', no_tls: true, compression: true },
    });
    const { natsAddress, lineAddress, websocketAddress } = harness.broker;
    address = {
      port: natsAddress!.port,
      linePort: lineAddress!.port,
      websocketPort: websocketAddress!.port,
      protocol: 'nats',
    };
  });
  afterEach(() => harness.stop());

  for (const [what, options] of [
    ['of nats', { protocol: 'nats' }],
    ['of line', { protocol: 'line' }],
    ['over a WebSocket', { websocket: { compression: false } }],
    ['over a compressed WebSocket', { websocket: { compression: true } }],
  ] as const) {
    it(`one stream reaches a taker ${what} whole, also one that reads slowly for a while`, async () => {
      const consumer = await MessageConsumer.open(address, 'a', options);
      consumer.limit(200_000);
      const publisher = await MessagePublisher.open(address, 'a', 1_000, 2_000);
      await until('some have come', () => consumer.received > 20);
      await publisher.stop();
      consumer.unlimit();
      expect(publisher.confirmed).to.equal(publisher.sent);
      await until('all have come', () => consumer.last === publisher.sent);
      expect(consumer.hasAll(publisher.sent)).to.equal(true);
      consumer.client.destroy();
      publisher.client.destroy();
    });
  }

  it('a taker finds what is missing, doubled or damaged', async () => {
    const consumer = await MessageConsumer.open(address, 'a');
    const client = await Client.open(address.port);
    for (const seq of [1, 2, 4, 4, 5]) client.publish('a', payloadOf(1, seq, 40));
    client.publish('a', Buffer.from('something else'));
    await until('all have come', () => consumer.received === 6);
    expect([consumer.missing, consumer.disordered, consumer.corrupted]).to.deep.equal([1, 1, 1]);
    expect(consumer.hasAll(5)).to.equal(false);
    consumer.client.destroy();
    client.destroy();
  });

  it('a client knows how it ended', async () => {
    const [faulty, cut, left] = [
      await Client.open(address.port),
      await Client.open(address.port),
      await Client.open(address.port),
    ];
    faulty.send('NONSENSE\r\n');
    expect(await faulty.closed).to.equal('fin');
    expect(faulty.errors).to.deep.equal(["-ERR 'Unknown Protocol Operation'"]);
    cut.reset();
    left.end();
    expect(await cut.closed).to.equal('ours');
    expect(await left.closed).to.equal('ours');
    let lost: unknown;
    await cut.ping().catch((error: unknown) => {
      lost = error;
    });
    expect(String(lost)).to.contain('the connection ended');
  });
});
