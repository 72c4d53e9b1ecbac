import { expect } from 'chai';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { Harness } from '../support/harness.js';
import { Leaf } from '../support/leaf/leaf.js';
import { hubInfo, RawHub } from '../support/leaf/raw-server.js';
import { turns } from '../support/turns.js';
import { until } from '../support/until.js';

interface Described {
  readonly deny?: readonly string[];
}

describe('a leaf link that is dialled', () => {
  let leaf: Leaf;
  afterEach(() => leaf.stop());

  it('introduces itself after INFO', async () => {
    leaf = await Leaf.start({ user: 'ann', password: 'secret', deny_imports: ['private.>'] });
    const link = await leaf.hub.link();
    expect(link.text, 'before INFO').to.equal('');
    link.send(hubInfo());
    const connect = await link.json('CONNECT');
    expect(connect).to.include({
      name: 'edge',
      cluster: 'edge',
      headers: true,
      user: 'ann',
      pass: 'secret',
      remote_account: '$G',
    });
    expect(connect['deny_pub']).to.deep.equal(['private.>']);
    expect(connect).not.to.have.any.keys('lang', 'compress_mode', 'gateway');
  });

  it('tells the interest there is, and every change to it', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('SUB foo.* 1\r\nSUB foo.* 2\r\nSUB work grp 3\r\nSUB work grp 4\r\n');
    await client.settle();
    const link = await leaf.hub.link();
    link.send(hubInfo());
    await link.json('CONNECT');
    expect(await link.settled(), 'before the hub has let it in').to.equal('');
    link.send(hubInfo({ connect_info: true }));
    await until('all is told', () => link.text.includes('foo.*') && link.text.includes('work'));
    expect(
      (await link.settled())
        .split('\r\n')
        .filter((line) => !line.includes('$LDS'))
        .sort(),
    ).to.deep.equal(['', 'LS+ foo.*', 'LS+ work grp 2']);
    client.send('UNSUB 1\r\nUNSUB 3\r\nSUB bar 5\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('LS+ work grp 1\r\nLS+ bar\r\n');
    client.send('UNSUB 2\r\nUNSUB 4\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('LS- foo.*\r\nLS- work grp\r\n');
  });

  it('tells an older hub at once, which does not answer with INFO', async () => {
    leaf = await Leaf.start();
    const link = await leaf.hub.link();
    link.send(hubInfo({ info_on_connect: undefined, version: '2.9.10' }));
    await link.json('CONNECT');
    await link.saw('PING\r\nLS+ $LDS.');
    expect(leaf.remote.isUp, 'before the login is known to be right').to.equal(false);
    link.send('PONG\r\n');
    await until('the link is up', () => leaf.remote.isUp);
  });

  it('follows rules of what may pass over some turns, where there are many', async () => {
    leaf = await Leaf.start();
    const link = await leaf.link();
    const { client } = leaf.remote.connection!;
    const latest = (): number => {
      const { subscribe } = (client.rights.permissions?.describe() ?? {}) as { subscribe?: Described };
      return Number(subscribe?.deny?.[0] ?? 0);
    };
    const rules = Array.from({ length: 3_000 }, (_, index) => `rule.${index}`);
    let infos = '';
    for (let n = 1; n <= 12; n++)
      infos += hubInfo({ connect_info: true, export: { deny: [String(n), ...rules] } });
    link.send(infos);
    let most = 0;
    for (let before = latest(); before < 12; ) {
      await turns(1);
      most = Math.max(most, latest() - before);
      before = latest();
    }
    expect(most).to.be.at.most(4);
  });

  it('passes messages in both directions, with headers and replies', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send(`CONNECT {"verbose":false,"headers":true}\r\nSUB in.> 1\r\n`);
    await client.settle();
    const link = await leaf.link();
    link.send('LS+ out.*\r\nLS+ out.>\r\n');
    await link.settled();
    client.send(
      'PUB out.a 2\r\nhi\r\nPUB out.a re.1 2\r\nho\r\nHPUB out.a 12 14\r\nNATS/1.0\r\n\r\nhu\r\nPUB elsewhere 1\r\nx\r\n',
    );
    await client.settle();
    expect(await link.settled(), 'each once, though two patterns match').to.equal(
      'LMSG out.a 2\r\nhi\r\nLMSG out.a re.1 2\r\nho\r\nHMSG out.a 12 14\r\nNATS/1.0\r\n\r\nhu\r\n',
    );
    link.send('LMSG in.x 2\r\nhi\r\nLMSG in.x re.2 2\r\nho\r\nHMSG in.x 12 14\r\nNATS/1.0\r\n\r\nhu\r\n');
    await client.expect(
      'MSG in.x 1 2\r\nhi',
      'MSG in.x 1 re.2 2\r\nho',
      'HMSG in.x 1 12 14\r\nNATS/1.0\r\n\r\nhu',
    );
    expect(await link.settled(), 'nothing goes back').to.equal('');
  });

  it('serves only the queue groups that the hub names', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('SUB job 1\r\nSUB job red 2\r\nSUB job blue 3\r\n');
    await client.settle();
    const link = await leaf.link();
    link.send(
      'LMSG job 1\r\na\r\nLMSG job | red 1\r\nb\r\nLMSG job + re red blue 1\r\nc\r\nLMSG job | green 1\r\nd\r\n',
    );
    await link.settled();
    expect((await client.settle()).sort()).to.deep.equal(
      [
        'MSG job 1 1\r\na',
        'MSG job 1 1\r\nb',
        'MSG job 2 1\r\nb',
        'MSG job 1 re 1\r\nc',
        'MSG job 2 re 1\r\nc',
        'MSG job 3 re 1\r\nc',
        'MSG job 1 1\r\nd',
      ].sort(),
    );
  });

  it('has the hub serve queue groups that have no member here, all at once', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    const link = await leaf.link();
    link.send('LS+ job\r\nLS+ job red 2\r\nLS+ job blue 1\r\n');
    await link.settled();
    client.send('PUB job 1\r\na\r\nPUB job re 1\r\nb\r\n');
    await client.settle();
    expect(await link.settled()).to.match(
      /^LMSG job \| (red blue|blue red) 1\r\na\r\nLMSG job \+ re (red blue|blue red) 1\r\nb\r\n$/,
    );
    client.send('SUB job red 9\r\nPUB job 1\r\nc\r\n');
    expect(await client.settle(), 'a member here comes first').to.deep.equal(['MSG job 9 1\r\nc']);
    expect(await link.settled()).to.equal('LS+ job red 1\r\nLMSG job | blue 1\r\nc\r\n');
    link.send('LS- job\r\nLS- job blue\r\n');
    await link.settled();
    client.send('PUB job 1\r\nd\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('');
  });

  it('counts the interest of the hub as a responder', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB re 1\r\n');
    await client.settle();
    const link = await leaf.link();
    client.send('PUB svc re 1\r\na\r\n');
    expect((await client.settle()).join()).to.contain('503');
    link.send('LS+ svc workers 1\r\n');
    await link.settled();
    client.send('PUB svc re 1\r\nb\r\n');
    expect(await client.settle()).to.deep.equal([]);
    link.send('LS- svc workers\r\n');
    await link.settled();
    client.send('PUB svc re 1\r\nc\r\n');
    expect((await client.settle()).join(), 'after the last has left').to.contain('503');
  });

  it('hands deliveries of JetStream over under the subject of the message', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('SUB _INBOX.L.* 7\r\n');
    await client.settle();
    const link = await leaf.link();
    const ack = '$JS.ACK.S1.C1.1.1.1.1796059187772603596.0';
    link.send(`LMSG _INBOX.L.6 ${ack}@s1.a 3\r\none\r\nLMSG _INBOX.L.6 ${ack} 3\r\ntwo\r\n`);
    await client.expect(`MSG s1.a 7 ${ack} 3\r\none`, `MSG _INBOX.L.6 7 ${ack} 3\r\ntwo`);
  });

  it('lets nothing pass that the hub, or its own settings, exclude', async () => {
    leaf = await Leaf.start({ deny_exports: ['private.>'], deny_imports: ['noise.>'] });
    const client = await leaf.client();
    client.send('SUB in.a 1\r\nSUB in.secret 2\r\nSUB other 3\r\nSUB noise.b 4\r\nSUB > 5\r\n');
    await client.settle();
    const link = await leaf.hub.link();
    link.send(hubInfo());
    await link.json('CONNECT');
    const permissions = { import: { allow: ['in.>'], deny: ['in.secret'] }, export: { allow: ['out.>'] } };
    link.send(`PONG\r\n${hubInfo({ connect_info: true, ...permissions })}`);
    await until('the link is up', () => leaf.remote.isUp);
    expect((await link.settled()).match(/LS\+ (?!\$LDS)\S+/g)?.sort(), 'what it is told of').to.deep.equal([
      'LS+ >',
      'LS+ in.a',
    ]);
    link.send('LS+ >\r\nLMSG in.a 1\r\na\r\nLMSG in.secret 1\r\nb\r\nLMSG other 1\r\nc\r\n');
    await link.settled();
    expect((await client.settle()).filter((frame) => frame.startsWith('MSG')).sort()).to.deep.equal([
      'MSG in.a 1 1\r\na',
      'MSG in.a 5 1\r\na',
    ]);
    client.send('UNSUB 5\r\nPUB out.a 1\r\na\r\nPUB private.a 1\r\nb\r\nPUB elsewhere 1\r\nc\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('LS- >\r\nLMSG out.a 1\r\na\r\n');
    expect(
      [...leaf.harness.connections].find(({ dialect }) => dialect === 'leaf')?.client.drops.total.messages,
    ).to.equal(4);
  });

  it('lets pass what both it and the hub allow, in each direction', async () => {
    leaf = await Leaf.start({ allow: ['in.a', 'in.b.*', 'out.a', 'both'] });
    const client = await leaf.client();
    for (const [sid, subject] of ['in.a', 'in.b.1', 'in.c', 'out.a', 'both'].entries())
      client.send(`SUB ${subject} ${sid}\r\n`);
    await client.settle();
    const link = await leaf.hub.link();
    link.send(hubInfo());
    await link.json('CONNECT');
    const permissions = { import: { allow: ['in.>'] }, export: { allow: ['out.>', 'both'] } };
    link.send(`PONG\r\n${hubInfo({ connect_info: true, ...permissions })}`);
    await until('the link is up', () => leaf.remote.isUp);
    const told = (await link.settled()).match(/LS\+ (?!\$LDS)\S+/g)?.sort();
    expect(told, 'what it is told of').to.deep.equal(['LS+ in.a', 'LS+ in.b.1']);
    link.send('LS+ >\r\nLMSG in.a 1\r\na\r\nLMSG in.c 1\r\nb\r\nLMSG both 1\r\nc\r\n');
    await link.settled();
    expect((await client.settle()).filter((frame) => frame.startsWith('MSG'))).to.deep.equal([
      'MSG in.a 0 1\r\na',
    ]);
    client.send('PUB out.a 1\r\na\r\nPUB out.b 1\r\nb\r\nPUB in.a 1\r\nc\r\nPUB both 1\r\nd\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('LMSG out.a 1\r\na\r\nLMSG both 1\r\nd\r\n');
  });

  it('is the hub itself where it is told to be, and lets leafs of one cluster hear of others only', async () => {
    leaf = await Leaf.start({ hub: true });
    const link = await leaf.hub.link();
    link.send(hubInfo({ cluster: 'far' }));
    expect(await link.json('CONNECT')).to.include({ is_hub: true, cluster: 'edge' });
    link.send(`PONG\r\n${hubInfo({ connect_info: true, cluster: 'far' })}`);
    await until('the link is up', () => leaf.remote.isUp);
    const origins = [...leaf.harness.connections].map(({ client }) => client.origin);
    expect(origins.map(({ kind, cluster }) => [kind, cluster])).to.deep.equal([['leaf-spoke', 'far']]);
  });

  it('keeps back what is larger than the hub takes', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    const link = await leaf.link(0, { max_payload: 8 });
    link.send('LS+ a\r\n');
    await link.settled();
    client.send('PUB a 9\r\n123456789\r\nPUB a 8\r\n12345678\r\n');
    await client.settle();
    expect(await link.settled()).to.equal('LMSG a 8\r\n12345678\r\n');
  });

  it('forgets the interest of a hub that has gone, and tells all of its own to the next one', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB re 1\r\n');
    await client.settle();
    const link = await leaf.link();
    link.send('LS+ svc\r\n');
    await link.settled();
    link.wire.destroy();
    await until('the link is down', () => !leaf.remote.isUp);
    client.send('SUB more 2\r\nPUB svc re 1\r\na\r\n');
    expect((await client.settle()).join()).to.contain('503');
    const next = await leaf.hub.link(1);
    next.send(hubInfo());
    await next.json('CONNECT');
    next.send(hubInfo({ connect_info: true }));
    await until('all is told', () => next.text.includes('LS+ re\r\n') && next.text.includes('LS+ more\r\n'));
  });

  it('closes a link over which its own interest comes back', async () => {
    leaf = await Leaf.start();
    const link = await leaf.hub.link();
    link.send(hubInfo());
    await link.json('CONNECT');
    link.send(hubInfo({ connect_info: true }));
    await until('it has told', () => /LS\+ \$LDS\.\S+\r\n/.test(link.text));
    const [own] = /\$LDS\.\S+/.exec(link.text) ?? [];
    link.send(`LS+ ${own}\r\n`);
    await link.saw(
      '-ERR \'Loop detected for leafnode account="$G". Delaying attempt to reconnect for 30s\'\r\n',
    );
    await link.closed();
  });

  it('is not held by a slow reader here', async () => {
    leaf = await Leaf.start(
      {},
      {
        flow: { high_water: '2KiB', low_water: '1KiB', max_pending: '1MiB' },
        nats: { max_payload: '64KiB' },
      },
    );
    const client = await leaf.client();
    client.send('SUB a 1\r\n');
    await client.settle();
    const link = await leaf.link();
    client.stall();
    const payload = 'x'.repeat(10_000);
    for (let i = 0; i < 20; i++) link.send(`LMSG a 10000\r\n${payload}\r\n`);
    expect(await link.settled(), 'PINGs are answered').to.equal('');
  });

  it('says what the hub has refused, and dials again', async () => {
    leaf = await Leaf.start();
    const link = await leaf.hub.link();
    link.send(hubInfo());
    await link.json('CONNECT');
    link.send("-ERR 'Authorization Violation'\r\n");
    await until('it has heard', () => leaf.remote.lastError === 'Authorization Violation');
    link.wire.end();
    await leaf.hub.link(1);
    expect(leaf.harness.log.some(({ msg }) => msg === 'the hub reports an error')).to.equal(true);
  });

  it('does not take a port for clients for one of a hub', async () => {
    leaf = await Leaf.start();
    const link = await leaf.hub.link();
    link.send(hubInfo({ leafnode_urls: undefined, connect_urls: ['127.0.0.1:4222'] }));
    await link.closed();
    expect(link.text).to.equal('');
    expect(leaf.remote.lastError).to.equal('that is a port for clients, not for leaf nodes');
  });

  for (const [what, info, told] of [
    ['a nats-server', {}, ['$JS.HUB.API.INFO', '$JS.SPOKE.API.INFO', 'a', 'b']],
    ['one with a domain', { domain: 'HUB' }, ['$JS.SPOKE.API.INFO', 'a', 'b']],
    [
      'sluice',
      { sluice: '0.1.0', domain: 'HUB' },
      ['$JS.API.INFO', '$JS.HUB.API.INFO', '$JS.SPOKE.API.INFO', '$KV.b.k', '$OBJ.b.k', 'a', 'b'],
    ],
  ] as const)
    it(`tells ${what} of no interest that it closes links for`, async () => {
      leaf = await Leaf.start();
      const client = await leaf.client();
      const subjects = ['$JS.API.INFO', '$JS.HUB.API.INFO', '$JS.SPOKE.API.INFO', '$KV.b.k', '$OBJ.b.k', 'a'];
      client.send(subjects.map((subject, n) => `SUB ${subject} ${n}\r\n`).join(''));
      await client.settle();
      const link = await leaf.hub.link();
      link.send(hubInfo(info));
      await link.json('CONNECT');
      link.send(`PONG\r\n${hubInfo({ ...info, connect_info: true })}`);
      await until('the link is up', () => leaf.remote.isUp);
      client.send('SUB $JS.API.INFO q 9\r\nUNSUB 0\r\nUNSUB 9\r\nSUB b 10\r\n');
      await client.settle();
      const lines = (await link.settled())
        .split('\r\n')
        .filter((line) => !line.includes('$LDS') && line !== '');
      const taken = new Set(lines.filter((line) => line.startsWith('LS+')).map((line) => line.split(' ')[1]));
      expect([...taken].sort()).to.deep.equal(told);
      if (what !== 'sluice') expect(lines.filter((line) => line.startsWith('LS-'))).to.deep.equal([]);
    });

  it('does not tell again of what the hub has refused, and comes back without the long wait', async () => {
    leaf = await Leaf.start();
    const client = await leaf.client();
    client.send('SUB secret 1\r\nSUB open 2\r\n');
    await client.settle();
    const link = await leaf.link();
    link.send('-ERR \'Permissions Violation for Subscription to "secret"\'\r\n');
    await until('it has been read', () => leaf.remote.lastError !== undefined);
    link.wire.destroy();
    const next = await leaf.hub.link(1);
    next.send(hubInfo());
    await next.json('CONNECT');
    next.send(`PONG\r\n${hubInfo({ connect_info: true })}`);
    await until('the link is up', () => leaf.remote.isUp);
    const told = await next.settled();
    expect(told).to.include('LS+ open\r\n').and.not.include('secret');
  });

  it('goes to an address that the hub has named, once the hub is gone', async () => {
    const other = await RawHub.start();
    try {
      leaf = await Leaf.start();
      await leaf.link(0, { leafnode_urls: [`127.0.0.1:${other.port}`] });
      await leaf.hub.stop();
      const link = await other.link();
      link.send(hubInfo());
      expect(await link.json('CONNECT')).to.include({ name: 'edge' });
    } finally {
      await other.stop();
    }
  });

  it('stays with the configured addresses where it is to ignore others', async () => {
    const other = await RawHub.start();
    try {
      leaf = await Leaf.start({ ignore_discovered: true });
      const link = await leaf.link(0, { leafnode_urls: [`127.0.0.1:${other.port}`] });
      for (let index = 1; index < 4; index++) {
        leaf.hub.links.at(-1)!.wire.destroy();
        await leaf.hub.link(index);
      }
      expect(link.isClosed).to.equal(true);
      expect(other.links).to.deep.equal([]);
    } finally {
      await other.stop();
    }
  });
});

describe('a reload', () => {
  it('ends links to hubs that are no longer configured, keeps the others, and dials new ones', async () => {
    const hubs = [await RawHub.start(), await RawHub.start(), await RawHub.start()];
    const settings = (...numbers: number[]): SettingsInput => ({
      listener: '127.0.0.1:0',
      line: { enabled: false },
      leaf: {
        remotes: numbers.map((number) => ({
          url: `nats-leaf://127.0.0.1:${hubs[number]!.port}`,
          first_info_timeout: '10m',
        })),
      },
    });
    const harness = await Harness.start(settings(0, 1), (config) => config);
    try {
      const [gone, kept] = [await hubs[0]!.link(), await hubs[1]!.link()];
      for (const link of [gone, kept]) {
        link.send(hubInfo());
        await link.json('CONNECT');
        link.send(`PONG\r\n${hubInfo({ connect_info: true })}`);
      }
      await until('both are up', () => harness.broker.leafs.remotes.every(({ isUp }) => isUp));
      const config = harness.broker.settings;
      const changed = configFrom({ ...settings(1, 2), limits: { max_connections: 1_000 } });
      await harness.broker.reload({ ...config, leaf: changed.leaf });
      await gone.closed();
      await hubs[2]!.link();
      expect(kept.isClosed).to.equal(false);
      expect(harness.broker.leafs.remotes.map(({ isUp }) => isUp)).to.deep.equal([true, false]);
    } finally {
      await harness.stop();
      for (const hub of hubs) await hub.stop();
    }
  });
});
