import { expect } from 'chai';
import { Harness, pub } from '../support/harness.js';
import { until } from '../support/until.js';

interface Row {
  readonly cid: number;
  readonly reason?: string;
  readonly sluice: { readonly pending: unknown; readonly dropped: unknown };
}

describe('flow in the monitor', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function get<T>(path: string): Promise<T> {
    const { host, port } = harness.broker.monitorAddress!;
    return (await (await fetch(`http://${host}:${port}${path}`)).json()) as T;
  }

  it('shows who holds whom, and what was dropped', async () => {
    harness = await Harness.start({
      monitor: { listener: '127.0.0.1:0' },
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' },
      line: { flow: 'drop' },
    });
    const frame = pub('feed', 'x'.repeat(16_000));
    const slow = await harness.connect('nats');
    await slow.send('SUB feed 1\r\n').settle();
    slow.stall();
    const dropping = await harness.connect('line');
    await dropping.send('SUB feed\n').settle();
    dropping.stall();
    const publisher = await harness.connect('nats');
    for (let n = 0; n < 100; n++) publisher.send(frame);
    await until('the publisher is held', () => publisher.held);
    const [slowId, droppingId, publisherId] = [slow, dropping, publisher].map(
      ({ connection }) => connection.client.id,
    );

    const { connections } = await get<{ connections: readonly Row[] }>('/connz');
    const of = (id: number | undefined) => connections.find(({ cid }) => cid === id)!.sluice;
    expect(of(slowId)).to.include({ policy: 'pause', congested: true, detached: false, holding: 1 });
    expect(of(slowId).pending).to.have.property('messages').that.is.above(0);
    expect(of(droppingId)).to.include({ policy: 'drop', holding: 0 });
    expect(of(publisherId)).to.deep.include({ waits_for: [slowId], held_by: [] });

    slow.resume();
    await publisher.settle();
    const dropped = { policy: harness.core.drops.of('policy') };
    expect(dropped.policy.messages).to.be.above(0);
    const varz = await get<{ sluice_flow: unknown }>('/varz');
    expect(varz.sluice_flow).to.deep.include({ routed: { messages: 200, bytes: 3_200_000 }, dropped });
    const { account_statz: accounts } = await get<{ account_statz: readonly Row[] }>('/accstatz');
    expect(accounts[0]!.sluice).to.deep.include({ dropped });
    dropping.reset();
    await until('it is gone', () => harness.connections.size === 2);
    const closed = (await get<{ connections: readonly Row[] }>('/connz?state=closed')).connections[0]!;
    expect(closed.sluice.dropped).to.have.all.keys('policy', 'closed');
  });
});
