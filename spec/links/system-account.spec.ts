import { connect } from 'node:net';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { RawLink } from '../support/leaf/raw-server.js';
import { type Event, SystemFixture } from '../support/system/clients.js';
import { eventually, until } from '../support/until.js';

/** What an event says of a client, times excepted. */
function clientOf({ body }: Event): object {
  const { start, stop, rtt, ...client } = body.client as Readonly<Record<string, unknown>>;
  return client;
}

describe('links in the system account', () => {
  let hub: SystemFixture;
  let edge: SystemFixture | undefined;
  let sys: NatsConnection;
  const links: RawLink[] = [];

  beforeEach(async () => {
    hub = await SystemFixture.start({ leaf: { listener: '127.0.0.1:0' }, serverName: 'hub' });
    sys = await hub.connect('sys');
  });
  afterEach(async () => {
    for (const { wire } of links.splice(0)) wire.destroy();
    await edge?.stop();
    edge = undefined;
    await hub.stop();
  });

  const port = (): number => hub.running.addresses('leaf')[0]!.port;

  async function attach(login: object): Promise<RawLink> {
    const leaf = new RawLink(connect(port(), '127.0.0.1'));
    links.push(leaf);
    await leaf.json('INFO');
    leaf.send(`CONNECT ${JSON.stringify({ version: '2.15.3', name: 'spoke', headers: true, ...login })}\r\n`);
    return leaf;
  }

  async function join(): Promise<SystemFixture> {
    edge = await SystemFixture.start({
      serverName: 'edge',
      leaf: {
        listener: '127.0.0.1:0',
        remotes: [{ url: `nats-leaf://ann:a@127.0.0.1:${port()}`, account: 'A', reconnect: '1ms' }],
      },
    });
    return edge;
  }

  it('a leaf is announced as nats-server does it, with what has passed over its link', async () => {
    const events = await hub.listen(sys, '$SYS.ACCOUNT.A.>');
    const leaf = await attach({ user: 'ann', pass: 'a', cluster: 'spoke' });
    await leaf.saw('LS+ $LDS.');
    // What is announced has the counts of that moment.
    await until('it is announced', () => events.length === 2);
    const ann = await hub.connect('ann');
    await until('the client is announced', () => events.length === 4);
    ann.subscribe('up');
    await ann.flush();
    leaf.send('LS+ down\r\nLMSG up 5\r\nhello\r\nLMSG up | none 5\r\nhello\r\n');
    await leaf.settled();
    ann.publish('down', 'hi');
    await leaf.saw('LMSG down 2');
    await ann.close();
    await until('the client has gone', () => events.length === 6);
    leaf.wire.destroy();
    await until('it has closed', () => events.length === 8);
    const of = (name: string) => events.filter(({ subject }) => subject === `$SYS.ACCOUNT.A.${name}`);
    const [connected] = of('CONNECT') as [Event];
    const spoke = { host: '127.0.0.1', id: 2, acc: 'A', user: 'ann', name: 'spoke', ver: '2.15.3' };
    expect(clientOf(connected)).to.deep.equal({ ...spoke, name_tag: 'A', kind: 'Leafnode' });
    expect(connected.body.server, 'a hub is in no cluster').not.to.have.property('cluster');
    const disconnected = of('DISCONNECT').at(-1)!;
    expect(clientOf(disconnected)).to.deep.equal(clientOf(connected));
    expect(disconnected.body).to.deep.include({
      sent: { msgs: 2, bytes: 10 },
      received: { msgs: 1, bytes: 2 },
      reason: 'Client Closed',
    });
    const counts = of('SERVER.CONNS').map(({ body }) => body as Readonly<Record<string, unknown>>);
    expect(counts.map(({ conns, leafnodes, total_conns: all }) => [conns, leafnodes, all])).to.deep.equal([
      [0, 1, 1],
      [1, 1, 2],
      [0, 1, 1],
      [0, 0, 0],
    ]);
    expect(counts.at(-1)).to.deep.nested.include({ 'sent.leafs': { msgs: 1, bytes: 2 } });
    expect(counts.at(-1)).to.deep.nested.include({ 'received.leafs': { msgs: 2, bytes: 10 } });
  });

  it('a hub that was joined is announced as well, once the link is up', async () => {
    const spoke = await join();
    const events = await spoke.listen(await spoke.connect('sys'), '$SYS.ACCOUNT.A.>');
    await until('the link is up', () => spoke.running.leafs.remotes[0]!.isUp);
    await hub.stop();
    await until('the link is down', () => events.some(({ subject }) => subject.endsWith('.DISCONNECT')));
    const gone = events.find(({ subject }) => subject.endsWith('.DISCONNECT'))!;
    expect(clientOf(gone)).to.include({ host: '127.0.0.1', acc: 'A', kind: 'Leafnode' });
    expect(clientOf(gone)).not.to.have.any.keys('client_type', 'user');
    expect(gone.body.server, 'its own name is that of its cluster').to.include({ cluster: 'edge' });
    const atEdge = await spoke.connect('ann');
    expect(atEdge.info?.cluster).to.equal('edge');
  });

  it('a leaf that may not log in is announced as that only', async () => {
    const events = await hub.listen(sys, '$SYS.>');
    const leaf = await attach({ user: 'ann', pass: 'wrong' });
    await leaf.closed();
    await until('it is announced', () => events.some(({ subject }) => subject.endsWith('.AUTH.ERR')));
    await sys.flush();
    const about = events.filter(({ body }) => (body.client as { kind?: string })?.kind === 'Leafnode');
    expect(about.map(({ subject }) => subject)).to.deep.equal(['$SYS.SERVER.ID.CLIENT.AUTH.ERR']);
    expect(clientOf(about[0]!)).to.include({ acc: 'N/A', user: 'ann', name: 'spoke' });
    expect(about[0]!.body.reason).to.equal('Authentication Failure');
  });

  it('requests for LEAFZ list the links, and those of one account only where it is named', async () => {
    await join();
    await until('the link is up', () => edge!.running.leafs.remotes[0]!.isUp);
    const ask = async (at: SystemFixture, who: NatsConnection, subject: string, body?: object) => {
      const { data } = (await who.request(at.subject(subject), JSON.stringify(body ?? {}))).json<{
        data: {
          leafnodes: number;
          leafs: { name: string; account: string; subscriptions_list?: string[] }[];
        };
      }>();
      expect(data.leafs.length).to.equal(data.leafnodes);
      return data.leafs;
    };
    const there = await edge!.connect('sys');
    for (const subject of [
      '$SYS.REQ.SERVER.PING.LEAFZ',
      '$SYS.REQ.SERVER.ID.LEAFZ',
      '$SYS.REQ.ACCOUNT.A.LEAFZ',
    ]) {
      const [[leaf], [other]] = [await ask(hub, sys, subject), await ask(edge!, there, subject)];
      expect(leaf, subject).to.include({ name: 'edge', is_spoke: false, account: 'A' });
      expect(other, subject).to.include({ name: 'hub', is_spoke: true, account: 'A' });
    }
    expect(await ask(hub, sys, '$SYS.REQ.ACCOUNT.B.LEAFZ')).to.deep.equal([]);
    expect(await ask(hub, sys, '$SYS.REQ.SERVER.PING.LEAFZ', { account: 'B' })).to.deep.equal([]);
    const [leaf] = await ask(hub, sys, '$SYS.REQ.SERVER.PING.LEAFZ', { subscriptions: true });
    expect(leaf?.subscriptions_list?.join()).to.match(/^\$LDS\./);
  });

  it('the list of hubs says of a circle that it is one', async () => {
    await join();
    const { port: back } = edge!.running.addresses('leaf')[0]!;
    const circle = await SystemFixture.start({
      serverName: 'circle',
      leaf: {
        remotes: [port(), back].map((one) => ({
          url: `nats-leaf://ann:a@127.0.0.1:${one}`,
          account: 'A',
          reconnect: '1ms',
        })),
      },
    });
    try {
      const asking = [await circle.connect('sys'), await edge!.connect('sys')];
      const errorsOf = async (who: NatsConnection) => {
        const { data } = (await who.request('$SYS.REQ.SERVER.PING.LEAFZ')).json<{
          data: { sluice: { remotes: { error?: string }[] } };
        }>();
        return data.sluice.remotes.map(({ error }) => error ?? '');
      };
      await eventually('see a circle', async () => {
        const errors = (await Promise.all(asking.map(errorsOf))).flat();
        if (!errors.some((error) => /loop/i.test(error))) throw new Error(errors.join());
      });
    } finally {
      await circle.stop();
    }
  });

  it('a link is no connection ever made, and its messages are none of clients', async () => {
    await join();
    await until('the link is up', () => edge!.running.leafs.remotes[0]!.isUp);
    const ann = await hub.connect('ann');
    const bob = await edge!.connect('ann');
    const came: string[] = [];
    ann.subscribe('there', { callback: (_error, { subject }) => void came.push(subject) });
    await ann.flush();
    await until('a message has come', () => {
      bob.publish('there', 'x');
      return came.length > 0;
    });
    const { statsz } = (await sys.request('$SYS.REQ.SERVER.PING.STATSZ')).json<{
      statsz: {
        total_connections: number;
        received: { msgs: number };
        received_from_clients: { msgs: number };
      };
    }>();
    expect(statsz.total_connections).to.equal(2);
    expect(statsz.received.msgs).to.be.above(statsz.received_from_clients.msgs);
  });
});
