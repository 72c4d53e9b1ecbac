import { expect } from 'chai';
import { Listings } from '../../lib/monitor/listing.js';
import { Turns } from '../../lib/monitor/turns.js';
import { connection, FakeBroker } from '../support/monitor/fake.js';

/** A broker with so many connections, whose rows say when they are read. */
function brokerOf(length: number) {
  const broker = new FakeBroker();
  const seen = { keys: 0, rest: 0 };
  broker.open = Array.from({ length }, (_, i) =>
    Object.defineProperties(connection(i + 1), {
      outBytes: { get: () => seen.keys++ },
      flow: { get: () => seen.rest++ },
      name: { get: () => seen.rest++ },
    }),
  );
  const turns = new Turns();
  return { broker, seen, turns, listings: new Listings(broker, Date.now, turns) };
}

describe('listings of connections', () => {
  it('are shared by requests where they are long, and so is each order', async () => {
    const { broker, seen, listings } = brokerOf(5_000);
    const asked = Array.from({ length: 50 }, async () => (await listings.of('open')).order('bytes_to'));
    const orders = await Promise.all(asked);
    expect(new Set(orders).size).to.equal(1);
    const again = await (await listings.of('open')).order('bytes_to');
    expect(again).to.equal(orders[0]);
    expect(broker.asked).to.deep.equal(['connections']);
    expect(seen.keys).to.equal(5_000);
  });

  it('read no more of a row than what it is sorted by', async () => {
    const { seen, listings } = brokerOf(2_000);
    await (await listings.of('open')).order('bytes_to');
    expect(seen).to.deep.equal({ keys: 2_000, rest: 0 });
  });

  it('are made anew where they are short, so that they are never behind', async () => {
    const { broker, listings } = brokerOf(999);
    const first = await listings.of('open');
    const second = await listings.of('open');
    expect(second).to.not.equal(first);
    expect(broker.asked).to.deep.equal(['connections', 'connections']);
  });

  it('of different states are different', async () => {
    const { listings } = brokerOf(1_500);
    const states = await Promise.all((['open', 'closed', 'all'] as const).map((state) => listings.of(state)));
    expect(states.map(({ rows }) => rows.length)).to.deep.equal([1_500, 1, 1_501]);
  });

  it('that fail are not kept', async () => {
    const { broker, listings } = brokerOf(2_000);
    const { connections } = broker;
    broker.connections = () => {
      throw new TypeError('out of order');
    };
    expect(await listings.of('open').catch((error: Error) => error.message)).to.equal('out of order');
    broker.connections = connections;
    expect((await listings.of('open')).rows).to.have.length(2_000);
  });
});
