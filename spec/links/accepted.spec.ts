import { connect } from 'node:net';
import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { duplexPair } from '../support/duplex-pair.js';
import { Harness } from '../support/harness.js';
import { RawLink } from '../support/leaf/raw-server.js';
import { until } from '../support/until.js';

/** A leaf of ours that has connected to `hub`. */
function attach(hub: Harness): RawLink {
  const [near, far] = duplexPair();
  hub.broker.attach(far, 'leaf');
  hub.wires.push(near);
  return new RawLink(near);
}

/** The same, after its login. */
async function link(hub: Harness, connectOptions: object = {}): Promise<RawLink> {
  const leaf = attach(hub);
  await leaf.json('INFO');
  leaf.send(`CONNECT ${JSON.stringify({ version: '2.15.3', headers: true, ...connectOptions })}\r\n`);
  await leaf.json('INFO');
  await leaf.saw('LS+ $LDS.');
  await leaf.settled();
  return leaf;
}

describe('a leaf link that is accepted', () => {
  let hub: Harness;
  const start = async (settings: SettingsInput = {}): Promise<void> => {
    hub = await Harness.start(settings);
  };
  afterEach(() => hub.stop());

  it('is greeted with all that nats-server asks for, and told of its account', async () => {
    await start({ server_name: 'hub', leaf: { listener: '127.0.0.1:0' } });
    const { port } = hub.broker.addresses('leaf')[0]!;
    const leaf = new RawLink(connect(port, '127.0.0.1'));
    hub.wires.push(leaf.wire);
    const info = await leaf.json('INFO');
    expect(info).to.include({ server_name: 'hub', headers: true, info_on_connect: true, port });
    expect(info['client_id']).to.be.above(0);
    expect(info['leafnode_urls']).to.deep.equal([`127.0.0.1:${port}`]);
    expect(info).not.to.have.any.keys('compression', 'connect_info', 'tls_required');
    leaf.send('CONNECT {"version":"2.15.3","name":"spoke","cluster":"spoke","headers":true}\r\n');
    expect(await leaf.json('INFO')).to.include({ connect_info: true, remote_account: '$G' });
    await leaf.saw('LS+ $LDS.');
  });

  it('takes nothing before CONNECT', async () => {
    await start();
    for (const first of ['LS+ foo\r\n', 'LMSG foo 1\r\na\r\n', 'LMSG foo | q 1\r\na\r\n']) {
      const leaf = attach(hub);
      await leaf.json('INFO');
      leaf.send(first);
      await leaf.saw("-ERR 'Authorization Violation'");
      await leaf.closed();
    }
  });

  for (const [is_hub, told] of [
    [true, ['a']],
    [false, ['$KV.b.k', 'a']],
  ] as const)
    it(`is told of ${is_hub ? 'no' : 'all'} subjects that nats-server keeps to itself where it is ${is_hub ? 'the hub' : 'a leaf'}`, async () => {
      await start();
      const client = await hub.connect('nats');
      client.send('SUB $KV.b.k 1\r\nSUB a 2\r\n');
      await client.settle();
      const leaf = attach(hub);
      await leaf.json('INFO');
      leaf.send(`CONNECT ${JSON.stringify({ version: '2.15.3', name: 'other', is_hub })}\r\n`);
      await leaf.json('INFO');
      const subjects = (await leaf.settled()).match(/(?<=LS\+ )(?!\$LDS)\S+/g);
      expect(subjects?.sort()).to.deep.equal(told);
    });

  it('refuses a client, with a word for it', async () => {
    await start();
    const leaf = attach(hub);
    await leaf.json('INFO');
    leaf.send('CONNECT {"lang":"go","verbose":false}\r\n');
    await leaf.saw("-ERR 'attempted to connect to leaf node port'");
    await leaf.closed();
  });

  for (const [version, isIn] of [
    ['2.10.0', true],
    ['2.10.29', true],
    ['v2.11.0-RC.1', true],
    ['3.0.0', true],
    ['2.9.99', false],
    ['1.99.99', false],
    ['latest', false],
    [undefined, false],
  ] as const)
    it(`${isIn ? 'lets' : 'does not let'} a leaf of version ${version ?? 'unknown'} in where 2.10.0 is asked for`, async () => {
      await start({ leaf: { min_version: '2.10.0' } });
      const leaf = attach(hub);
      await leaf.json('INFO');
      leaf.send(`CONNECT ${JSON.stringify({ version, name: 'spoke' })}\r\n`);
      if (isIn) return leaf.saw('"connect_info":true');
      await leaf.saw('-ERR \'connection rejected since minimum version required is "2.10.0"\'');
      await leaf.closed();
    });

  it('logs in as a user of leafs, and takes part in the account of the user', async () => {
    await start({
      accounts: { A: { users: [{ user: 'ann', password: 'ann' }] } },
      leaf: { users: [{ user: 'edge', password: 'secret', account: 'A' }] },
    });
    const wrong = attach(hub);
    await wrong.json('INFO');
    wrong.send('CONNECT {"user":"edge","pass":"wrong"}\r\n');
    await wrong.saw("-ERR 'Authorization Violation'");
    const leaf = attach(hub);
    expect(await leaf.json('INFO')).to.include({ auth_required: true });
    leaf.send('CONNECT {"user":"edge","pass":"secret"}\r\n');
    expect(await leaf.json('INFO')).to.include({ remote_account: 'A' });
    await leaf.saw('LS+ $LDS.');
    const client = await hub.connect('nats', { options: { verbose: false, user: 'ann', pass: 'ann' } });
    client.send('SUB foo 1\r\n');
    await client.settle();
    leaf.send('LMSG foo 2\r\nhi\r\n');
    await client.expect('MSG foo 1 2\r\nhi');
  });

  it('passes what one leaf publishes to others, but not to one of the same cluster, and never back', async () => {
    await start();
    const [one, twin, other] = await Promise.all([
      link(hub, { name: 'one', cluster: 'edge' }),
      link(hub, { name: 'twin', cluster: 'edge' }),
      link(hub, { name: 'other', cluster: 'elsewhere' }),
    ]);
    for (const leaf of [one, twin, other]) leaf.send('LS+ foo\r\n');
    for (const leaf of [one, twin, other]) await leaf.settled();
    for (const leaf of [one, twin, other]) leaf.text = '';
    one.send('LMSG foo 2\r\nhi\r\n');
    await one.settled();
    expect(await other.settled()).to.equal('LMSG foo 2\r\nhi\r\n');
    expect(await twin.settled(), 'of its cluster').to.equal('');
    expect(await one.settled(), 'of its own').to.equal('');
  });

  it('tells a leaf of the interest of others, of those of its own cluster excepted', async () => {
    await start();
    const [one, twin, other] = [
      await link(hub, { name: 'one', cluster: 'edge' }),
      await link(hub, { name: 'twin', cluster: 'edge' }),
      await link(hub, { name: 'other', cluster: 'elsewhere' }),
    ];
    await other.settled();
    one.send('LS+ foo\r\nLS+ foo red 3\r\n');
    await one.settled();
    expect(await other.settled()).to.equal('LS+ foo\r\nLS+ foo red 3\r\n');
    expect(await twin.settled()).not.to.contain('foo');
    twin.send('LS+ foo\r\nLS+ foo red 2\r\n');
    await twin.settled();
    expect(await other.settled(), 'the sum').to.equal('LS+ foo red 5\r\n');
    one.send('LS+ foo red 1\r\nLS- foo\r\n');
    await one.settled();
    expect(await other.settled()).to.equal('LS+ foo red 3\r\n');
    one.wire.destroy();
    await until('the link is gone', () => hub.connections.size === 2);
    expect(await other.settled()).to.contain('LS+ foo red 2\r\n');
    twin.send('LS- foo\r\nLS- foo red\r\n');
    await twin.settled();
    expect(await other.settled()).to.equal('LS- foo\r\nLS- foo red\r\n');
  });

  it('gives queue groups of leafs messages by how many members they have', async () => {
    await start();
    const few = await link(hub, { name: 'few' });
    const many = await link(hub, { name: 'many' });
    few.send('LS+ job red 1\r\n');
    many.send('LS+ job red 3\r\n');
    await few.settled();
    await many.settled();
    const client = await hub.connect('nats');
    for (let i = 0; i < 400; i++) client.send('PUB job 1\r\na\r\n');
    await client.settle();
    const counted = (text: string): number => text.split('LMSG job | red 1').length - 1;
    await until('all have come', () => counted(few.text) + counted(many.text) === 400);
    expect(counted(few.text)).to.be.within(50, 150);
  });

  it('closes a link that subscribes or publishes beyond its permissions', async () => {
    await start({
      authorization: {
        users: [
          {
            user: 'edge',
            password: 'secret',
            permissions: { publish: 'in.>', subscribe: { allow: ['out.>'], deny: ['out.x'] } },
          },
        ],
      },
    });
    const login = { user: 'edge', pass: 'secret' };
    const leaf = attach(hub);
    await leaf.json('INFO');
    leaf.send(`CONNECT ${JSON.stringify(login)}\r\n`);
    const info = await leaf.json('INFO');
    expect(info['export']).to.deep.equal({ allow: ['in.>'] });
    expect(info['import']).to.deep.equal({ allow: ['out.>'], deny: ['out.x'] });
    leaf.send('LS+ >\r\n');
    const sub = await link(hub, login);
    sub.send('LS+ other\r\n');
    await sub.saw('-ERR \'Permissions Violation for Subscription to "other"\'');
    await sub.closed();
    const pub = await link(hub, login);
    pub.send('LMSG other 1\r\na\r\n');
    await pub.saw('-ERR \'Permissions Violation for Publish to "other"\'');
    await pub.closed();
  });

  it('takes a server that dials for a hub where it says that it is one', async () => {
    await start();
    const [one, two] = [
      await link(hub, { name: 'one', is_hub: true }),
      await link(hub, { name: 'two', is_hub: true }),
    ];
    const spoke = await link(hub, { name: 'spoke' });
    await two.settled();
    one.send('LS+ foo\r\n');
    await one.settled();
    expect(await two.settled(), 'not of another hub').to.equal('');
    expect(await spoke.settled()).to.equal('LS+ foo\r\n');
    spoke.send('LMSG foo 1\r\na\r\n');
    await spoke.settled();
    two.send('LMSG foo 1\r\nb\r\n');
    await two.settled();
    expect(await one.settled(), 'of leafs, not of hubs').to.equal('LMSG foo 1\r\na\r\n');
  });

  it('has a link take the place of one of the same name', async () => {
    await start();
    const one = await link(hub, { name: 'edge', remote_account: 'A' });
    const other = await link(hub, { name: 'edge', remote_account: 'B' });
    const two = await link(hub, { name: 'edge', remote_account: 'A' });
    await one.saw("-ERR 'Duplicate Remote LeafNode Connection'");
    await one.closed();
    expect(other.isClosed).to.equal(false);
    expect(two.isClosed).to.equal(false);
  });
});

describe('two sluices, one the leaf of the other', () => {
  let hub: Harness;
  let edge: Harness;
  beforeEach(async () => {
    hub = await Harness.start({ server_name: 'hub', leaf: { listener: '127.0.0.1:0' } });
    const url = `nats-leaf://127.0.0.1:${hub.broker.addresses('leaf')[0]!.port}`;
    edge = await Harness.start({ server_name: 'edge', leaf: { remotes: [{ url, reconnect: '1ms' }] } });
    await until('the link is up', () => edge.broker.leafs.remotes[0]?.isUp === true);
  });
  afterEach(async () => {
    await edge.stop();
    await hub.stop();
  });

  it('answer requests across, in both directions', async () => {
    const options = { verbose: false, headers: true, no_responders: true };
    const [there, here] = [await hub.connect('nats', { options }), await edge.connect('nats', { options })];
    there.send('SUB hub.svc w 1\r\nSUB re.there 2\r\n');
    here.send('SUB edge.svc w 1\r\nSUB re.here 2\r\n');
    await there.settle();
    await here.settle();
    const links = (): readonly (readonly string[])[] =>
      [hub, edge].map(({ connections }) =>
        [...connections]
          .filter(({ dialect }) => dialect === 'leaf')
          .flatMap(({ client }) => [...client.subscriptions.values()].map(({ subject }) => subject)),
      );
    await until('both know', () =>
      links().every(
        (subjects) =>
          subjects.some((subject) => subject.endsWith('.svc')) &&
          subjects.some((subject) => subject.startsWith('re.')),
      ),
    );
    here.send('PUB hub.svc re.here 1\r\na\r\n');
    await there.expect('MSG hub.svc 1 re.here 1\r\na');
    there.send('PUB re.here 1\r\nA\r\n');
    await here.expect('MSG re.here 2 1\r\nA');
    there.send('PUB edge.svc re.there 1\r\nb\r\n');
    await here.expect('MSG edge.svc 1 re.there 1\r\nb');
    here.send('PUB re.there 1\r\nB\r\n');
    await there.expect('MSG re.there 2 1\r\nB');
  });

  it('connect again after the hub has gone, to the one that has come', async () => {
    const { port } = hub.broker.addresses('leaf')[0]!;
    await hub.stop();
    await until('the link is down', () => edge.broker.leafs.remotes[0]?.isUp === false);
    const client = await edge.connect('nats');
    client.send('SUB foo 1\r\nPUB foo 1\r\na\r\n');
    await client.expect('MSG foo 1 1\r\na');
    hub = await Harness.start({ leaf: { listener: `127.0.0.1:${port}` } });
    await until('the link is up', () => edge.broker.leafs.remotes[0]?.isUp === true);
    const there = await hub.connect('nats');
    const knows = (): boolean => hub.core.sublist.peek('foo').size > 0;
    await until('the hub knows', knows);
    there.send('PUB foo 1\r\nb\r\n');
    await client.expect('MSG foo 1 1\r\nb');
  });
});

describe('what the monitor shows of leaf links', () => {
  it('are the links at both ends, and the hubs, up or not', async () => {
    const monitor = { listener: '127.0.0.1:0' };
    const hub = await Harness.start({ server_name: 'hub', monitor, leaf: { listener: '127.0.0.1:0' } });
    const url = `nats-leaf://ann:secret@127.0.0.1:${hub.broker.addresses('leaf')[0]!.port}`;
    const nowhere = 'nats-leaf://127.0.0.1:1';
    const edge = await Harness.start({
      server_name: 'edge',
      monitor,
      leaf: { remotes: [{ url }, { url: nowhere }] },
    });
    try {
      await until('the link is up', () => edge.broker.leafs.remotes[0]?.isUp === true);
      await until('the other one has failed', () => edge.broker.leafs.remotes[1]?.lastError !== undefined);
      const client = await edge.connect('nats');
      client.send('SUB foo 1\r\n');
      await client.settle();
      await until('the hub knows', () => hub.core.sublist.peek('foo').size > 0);
      const get = async ({ broker }: Harness, path: string): Promise<Record<string, unknown>> => {
        const { host, port } = broker.monitorAddress!;
        return (await (await fetch(`http://${host}:${port}/${path}`)).json()) as Record<string, unknown>;
      };
      const there = await get(hub, 'leafz?subs=1');
      expect(there).to.include({ leafnodes: 1 });
      const [link] = there['leafs'] as Record<string, unknown>[];
      expect(link).to.include({ name: 'edge', is_spoke: false, account: '$G' });
      expect(link?.['subscriptions_list']).to.include('foo');
      const here = await get(edge, 'leafz');
      expect((here['leafs'] as object[])[0]).to.include({ name: 'hub', is_spoke: true });
      const { remotes } = here['sluice'] as { remotes: Record<string, unknown>[] };
      expect(remotes.map(({ hub: name }) => name)).to.deep.equal(['hub', undefined]);
      expect(JSON.stringify(here)).not.to.contain('secret');
      expect(await get(edge, 'leafz?acc=A')).to.include({ leafnodes: 0 });
      const varz = await get(edge, 'varz');
      expect(varz).to.include({ leafnodes: 1, connections: 1 });
      expect((varz['leaf'] as { remotes: object[] }).remotes).to.have.lengthOf(2);
      expect((await get(edge, 'connz'))['num_connections'], 'links are no clients').to.equal(1);
      const accounts = (await get(hub, 'accstatz')) as {
        account_statz: { acc: string; leafnodes: number; conns: number }[];
      };
      expect(accounts.account_statz.find(({ acc }) => acc === '$G')).to.include({ leafnodes: 1, conns: 0 });
    } finally {
      await edge.stop();
      await hub.stop();
    }
  });
});
