import { expect } from 'chai';
import type { DropsSnapshot } from '../../lib/monitor/snapshot.js';
import { Harness } from '../support/harness.js';
import { hubInfo, RawHub, type RawLink } from '../support/leaf/raw-server.js';
import { until } from '../support/until.js';

/** Lets a leaf in. */
async function welcome(link: RawLink): Promise<void> {
  link.send(hubInfo());
  await link.json('CONNECT');
  link.send(`PONG\r\n${hubInfo({ connect_info: true })}`);
  await link.saw('LS+ $LDS.');
  await link.settled();
}

interface Leafz {
  readonly sluice: { readonly remotes: readonly { error?: string; dropped: DropsSnapshot }[] };
}

interface Varz {
  readonly slow_consumer_stats: { readonly leafs: number; readonly clients: number };
}

describe('a hub that takes nothing', () => {
  let hub: RawHub;
  let leaf: Harness;
  beforeEach(async () => {
    hub = await RawHub.start();
    leaf = await Harness.start({
      nats: { max_payload: '64KiB' },
      flow: { high_water: '64KiB', low_water: '32KiB', max_pending: '1MiB' },
      monitor: { listener: '127.0.0.1:0' },
      leaf: {
        remotes: [
          {
            ...{ url: `nats-leaf://127.0.0.1:${hub.port}`, reconnect: '1ms', max_reconnect: '1ms' },
            first_info_timeout: '10m', // the hub says nothing before the spec has it do so
          },
        ],
      },
    });
  });
  afterEach(async () => {
    await leaf.stop();
    await hub.stop();
  });

  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${leaf.broker.monitorAddress!.port}/${path}`)).json()) as T;

  /** The hub's end of the link, which has interest in `far` and reads nothing any more. */
  const stalledLink = async () => {
    const stalled = await hub.link();
    await welcome(stalled);
    stalled.send('LS+ far\r\n');
    await stalled.settled();
    stalled.wire.pause();
    return stalled;
  };

  it('is disconnected, joined again, and what it has not taken is counted', async () => {
    const [remote] = leaf.broker.leafs.remotes;
    await stalledLink();
    const client = await leaf.connect('nats', { options: { verbose: false } });
    client.send('SUB near 1\r\n');
    await client.settle();
    const payload = 'x'.repeat(60_000);
    let sent = 0;
    while (remote!.isUp) {
      client.send(`PUB far 60000\r\n${payload}\r\n`);
      sent++;
      await client.settle();
    }
    client.send('PUB near 2\r\nhi\r\n');
    await client.expect('MSG near 1 2\r\nhi');
    const before = await get<Leafz>('leafz');
    const lost = before.sluice.remotes[0]!.dropped.slow_consumer!;
    expect(before.sluice.remotes[0]!.error).to.equal('closed: the hub took too little (slow consumer)');
    expect(lost.messages).to.be.within(1, sent);
    expect(lost.bytes).to.equal(lost.messages * 60_000);
    expect((await get<Varz>('varz')).slow_consumer_stats).to.include({ leafs: 1, clients: 0 });
    const warnings = leaf.log.filter(({ msg }) => msg === 'slow consumer, disconnected');
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.deep.include({ name: 'hub' });
    await welcome(await hub.link(1));
    await until('the link is up', () => remote!.isUp);
    const after = (await get<Leafz>('leafz')).sluice.remotes[0]!;
    expect(after.error).to.equal(undefined);
    expect(after.dropped, 'what was lost stays counted').to.deep.equal({ slow_consumer: lost });
  });

  it('and goes away has what it has not taken counted, by reason', async () => {
    const [remote] = leaf.broker.leafs.remotes;
    const stalled = await stalledLink();
    const { outbox } = remote!.connection!.client;
    const client = await leaf.connect('nats', { options: { verbose: false } });
    const payload = 'x'.repeat(60_000);
    while (outbox.pendingBytes < 50_000) {
      client.send(`PUB far 60000\r\n${payload}\r\n`);
      await client.settle();
    }
    stalled.wire.destroy();
    await until('the link is down', () => !remote!.isUp);
    const { dropped } = (await get<Leafz>('leafz')).sluice.remotes[0]!;
    expect(Object.keys(dropped)).to.deep.equal(['closed']);
    expect(dropped.closed!.messages).to.be.at.least(1);
    expect(remote!.droppedInAll).to.deep.equal(dropped.closed);
  });
});
