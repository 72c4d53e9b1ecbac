import { expect } from 'chai';
import { Client } from '../../soak/client.js';
import { payloadOf } from '../../soak/message.js';
import { Giver, MessageConsumer, type Place } from '../../soak/scenarios/traffic.js';
import { Harness } from '../support/harness.js';
import { until } from '../support/until.js';

describe('soak: clients, givers and takers', () => {
  let harness: Harness;
  let place: Place;
  beforeEach(async () => {
    harness = await Harness.start();
    const { natsAddress, lineAddress } = harness.broker;
    place = { port: natsAddress!.port, linePort: lineAddress!.port, protocol: 'nats' };
  });
  afterEach(() => harness.stop());

  for (const protocol of ['nats', 'line'] as const) {
    it(`one stream reaches a taker of ${protocol} whole, also one that reads slowly for a while`, async () => {
      const taker = await MessageConsumer.open(place, 'a', { protocol });
      taker.limit(200_000);
      const giver = await Giver.open(place, 'a', 1_000, 2_000);
      await until('some have come', () => taker.received > 20);
      await giver.stop();
      taker.unlimit();
      expect(giver.confirmed).to.equal(giver.sent);
      await until('all have come', () => taker.last === giver.sent);
      expect(taker.hasAll(giver.sent)).to.equal(true);
      taker.client.destroy();
      giver.client.destroy();
    });
  }

  it('a taker finds what is missing, doubled or damaged', async () => {
    const taker = await MessageConsumer.open(place, 'a');
    const client = await Client.open(place.port);
    for (const seq of [1, 2, 4, 4, 5]) client.publish('a', payloadOf(1, seq, 40));
    client.publish('a', Buffer.from('something else'));
    await until('all have come', () => taker.received === 6);
    expect([taker.missing, taker.disordered, taker.corrupted]).to.deep.equal([1, 1, 1]);
    expect(taker.hasAll(5)).to.equal(false);
    taker.client.destroy();
    client.destroy();
  });

  it('a client knows how it ended', async () => {
    const [faulty, cut, left] = [
      await Client.open(place.port),
      await Client.open(place.port),
      await Client.open(place.port),
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
