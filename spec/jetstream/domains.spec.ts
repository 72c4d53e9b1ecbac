import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { startTestBroker, type TestBroker } from '../../lib/testing/index.js';
import { turns } from '../support/turns.js';

interface Answer {
  readonly domain?: string;
  readonly streams?: readonly string[] | null;
}

async function ask(connection: NatsConnection, subject: string, body: object = {}): Promise<Answer> {
  return (await connection.request(subject, JSON.stringify(body), { timeout: 5_000 })).json<Answer>();
}

describe('JetStream of a domain', () => {
  it('is asked by its domain as well, stores included', async () => {
    await using broker = await startTestBroker({ jetstream: { domain: 'D' } });
    const connection = await connect({ servers: broker.url });
    expect(await ask(connection, '$JS.D.API.INFO')).to.include({ domain: 'D' });
    const js = jetstream(connection, { domain: 'D' });
    const kv = await new Kvm(js).create('B');
    await kv.put('a', '1');
    expect((await kv.get('a'))?.string()).to.equal('1');
    const manager = await jetstreamManager(connection);
    expect((await manager.streams.info('KV_B')).state.messages).to.equal(1);
    await connection.close();
  });
});

describe('JetStream on both sides of a link', () => {
  let hub: TestBroker;
  let leaf: TestBroker;
  let atHub: NatsConnection;
  let atLeaf: NatsConnection;
  beforeEach(async () => {
    hub = await startTestBroker({ jetstream: { domain: 'HUB' }, leaf: { listener: '127.0.0.1:0' } });
    const { leafAddress: address } = hub;
    const port = address !== undefined && 'port' in address ? address.port : 0;
    leaf = await startTestBroker({
      jetstream: { domain: 'LEAF' },
      leaf: { remotes: [{ url: `nats-leaf://127.0.0.1:${port}` }] },
    });
    await leaf.joined();
    atHub = await connect({ servers: hub.url });
    atLeaf = await connect({ servers: leaf.url });
  });
  afterEach(async () => {
    await Promise.all([atHub.close(), atLeaf.close()]);
    await Promise.all([hub.close(), leaf.close()]);
  });

  it('is asked by its domain from the other side, and answers only for itself without one', async () => {
    await ask(atHub, '$JS.API.STREAM.CREATE.H', { name: 'H', subjects: ['h'] });
    await ask(atLeaf, '$JS.API.STREAM.CREATE.L', { name: 'L', subjects: ['l'] });
    expect((await ask(atHub, '$JS.API.STREAM.NAMES')).streams).to.deep.equal(['H']);
    expect((await ask(atLeaf, '$JS.API.STREAM.NAMES')).streams).to.deep.equal(['L']);
    expect((await ask(atHub, '$JS.LEAF.API.STREAM.NAMES')).streams).to.deep.equal(['L']);
    expect((await ask(atLeaf, '$JS.HUB.API.STREAM.NAMES')).streams).to.deep.equal(['H']);
    expect(await ask(atLeaf, 'h')).to.include({ stream: 'H', domain: 'HUB', seq: 1 });
  });

  it('keeps the keys of each side apart', async () => {
    const [ofHub, ofLeaf] = await Promise.all([
      new Kvm(jetstream(atHub)).create('B'),
      new Kvm(jetstream(atLeaf)).create('B'),
    ]);
    await ofHub.put('a', 'hub');
    await ofLeaf.put('a', 'leaf');
    const fromLeaf = await new Kvm(jetstream(atLeaf, { domain: 'HUB' })).open('B');
    expect((await fromLeaf.get('a'))?.string()).to.equal('hub');
    expect((await ofLeaf.get('a'))?.string()).to.equal('leaf');
    expect((await ofHub.status()).values).to.equal(1);
  });

  it('is mirrored and sourced through the link', async () => {
    await ask(atHub, '$JS.API.STREAM.CREATE.H', { name: 'H', subjects: ['h.>'] });
    const external = { api: '$JS.HUB.API', deliver: 'copies.leaf' };
    await ask(atLeaf, '$JS.API.STREAM.CREATE.M', { name: 'M', mirror: { name: 'H', external } });
    await ask(atLeaf, '$JS.API.STREAM.CREATE.A', {
      ...{ name: 'A', subjects: ['own'] },
      sources: [{ name: 'H', filter_subject: 'h.b', external }],
    });
    for (const subject of ['h.a', 'h.b', 'h.a']) await ask(atHub, subject);
    const manager = await jetstreamManager(atLeaf);
    const state = async (name: string) => (await manager.streams.info(name)).state;
    while ((await state('M')).last_seq < 3 || (await state('A')).messages < 1) await turns();
    expect(await state('A')).to.include({ messages: 1 });
  });
});
