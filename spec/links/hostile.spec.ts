import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { MAX_LINK_QUEUES_LENGTH, MAX_QUEUE_GROUPS } from '../../lib/domain/limits.js';
import { duplexPair } from '../support/duplex-pair.js';
import { Harness } from '../support/harness.js';
import { RawLink } from '../support/leaf/raw-server.js';

describe('a leaf that means harm', () => {
  let hub: Harness;
  afterEach(() => hub.stop());

  const start = async (settings: SettingsInput = {}): Promise<void> => {
    hub = await Harness.start(settings);
  };
  /** A leaf that has sent its CONNECT. */
  const attach = async (options: object): Promise<RawLink> => {
    const [near, far] = duplexPair();
    hub.broker.attach(far, 'leaf');
    hub.wires.push(near);
    const leaf = new RawLink(near);
    await leaf.json('INFO');
    leaf.send(`CONNECT ${JSON.stringify({ version: '2.15.3', headers: true, ...options })}\r\n`);
    return leaf;
  };
  const link = async (options: object = {}): Promise<RawLink> => {
    const leaf = await attach(options);
    await leaf.saw('LS+ $LDS.');
    await leaf.settled();
    return leaf;
  };

  it('does not take the place of another without its login, or with that of another account', async () => {
    await start({
      accounts: { A: {}, B: {} },
      leaf: {
        users: [
          { user: 'ann', password: 'ann', account: 'A' },
          { user: 'bob', password: 'bob', account: 'B' },
        ],
      },
    });
    const name = { name: 'edge', cluster: 'edge', remote_account: '$G' };
    const leaf = await link({ ...name, user: 'ann', pass: 'ann' });
    const guess = await attach({ ...name, user: 'ann', pass: 'wrong' });
    await guess.saw("-ERR 'Authorization Violation'");
    await guess.closed();
    await link({ ...name, user: 'bob', pass: 'bob' });
    await leaf.settled();
    expect(leaf.isClosed).to.equal(false);
    await link({ ...name, user: 'ann', pass: 'ann' });
    await leaf.saw("-ERR 'Duplicate Remote LeafNode Connection'");
    await leaf.closed();
  });

  it('has no more queue groups than a client may have', async () => {
    await start();
    const leaf = await link();
    let lines = '';
    for (let i = 0; i < MAX_QUEUE_GROUPS; i++) lines += `LS+ job g${i} 1\r\n`;
    leaf.send(`${lines}LS+ other g1 1\r\n`);
    await leaf.settled();
    expect(leaf.isClosed).to.equal(false);
    leaf.send('LS+ job more 1\r\n');
    await leaf.saw("-ERR 'maximum subscriptions exceeded'");
    await leaf.closed();
  });

  it('is told of no more tokens of a subject than a client may have', async () => {
    await start({ limits: { max_subject_tokens: 4 } });
    const leaf = await link();
    leaf.send('LS+ a.b.c.d.e\r\nLS+ a.b.c.d\r\n');
    await leaf.saw('-ERR \'Permissions Violation for Subscription to "a.b.c.d.e", too many tokens\'');
    await leaf.settled();
    const client = await hub.connect('nats');
    client.send('PUB a.b.c.d.e 1\r\na\r\nPUB a.b.c.d 1\r\nb\r\n');
    await client.settle();
    expect(await leaf.settled()).to.equal('LMSG a.b.c.d 1\r\nb\r\n');
  });

  it('pays for what its interest costs where there are many links', async () => {
    await start();
    const others: RawLink[] = [];
    for (let n = 0; n < 100; n++) others.push(await link({ name: `${n}`, cluster: 'edge' }));
    for (const other of others) other.send('LS+ foo\r\n');
    for (const other of others) await other.settled();
    const { work } = hub.core;
    let units = 0;
    const before = work.units;
    const remove = hub.core.interest.watchSubscriptions({
      subscribed: () => {
        units = work.units - before;
      },
      unsubscribed: () => undefined,
    });
    const leaf = await link({ name: 'leaf', cluster: 'other' });
    leaf.send('LS+ foo\r\nLS+ foo.bar\r\n');
    await leaf.settled();
    remove();
    // Each of 100 links is asked, and looks past 100 subscriptions.
    expect(units).to.be.above((100 * 100) / 4);
  });

  it('gets lines that it can take, however long the names of its queue groups are', async () => {
    await start();
    const leaf = await link();
    const other = await link({ name: 'other' });
    const names = Array.from({ length: 20 }, (_, index) => `${index}${'q'.repeat(10_000)}`);
    leaf.send(names.map((name) => `LS+ job ${name} 1\r\n`).join(''));
    other.send('LS+ job red 1\r\n');
    await leaf.settled();
    await other.settled();
    const client = await hub.connect('nats');
    client.send('PUB job 1\r\na\r\n');
    await client.settle();
    expect(await other.settled()).to.equal('LMSG job | red 1\r\na\r\n');
    const [line = ''] = (await leaf.settled()).split('\r\n');
    expect(line.length).to.be.within(MAX_LINK_QUEUES_LENGTH / 2, MAX_LINK_QUEUES_LENGTH + 20);
    expect(line.split(' ').slice(0, 3)).to.deep.equal(['LMSG', 'job', '|']);
  });
});
