import { connect } from 'node:net';
import { expect } from 'chai';
import type { Authorize } from '../../lib/index.js';
import { closeAll, embedded, natsPeer, read, refused } from '../support/embed/embedded.js';
import { pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { until } from '../support/until.js';

const noPublish = (subject: string) => `-ERR 'Permissions Violation for Publish to "${subject}"'`;
const noSubscribe = (subject: string) => `-ERR 'Permissions Violation for Subscription to "${subject}"'`;

/** May use what starts with `open`, at once or later. */
const openOnly: Authorize = (_, action, subject) => {
  const verdict = subject.startsWith('open');
  return action === 'publish' || subject.endsWith('now') ? verdict : Promise.resolve(verdict);
};

describe('authorize', () => {
  afterEach(closeAll);

  it('decides about each publish and each subscription', async () => {
    const broker = await embedded({ authorize: openOnly });
    const peer = await natsPeer(broker);
    peer.send('SUB open.> 1\r\nSUB shut 2\r\nSUB shut.now 3\r\nSUB open.now 4\r\n');
    peer.send('PUB open.a 1\r\nx\r\nPUB shut 1\r\nx\r\nPUB open.now 1\r\ny\r\nPING\r\n');
    peer.answersPings = false;
    await peer.expect(
      noSubscribe('shut'),
      noSubscribe('shut.now'),
      'MSG open.a 1 1\r\nx',
      noPublish('shut'),
      'MSG open.now 1 1\r\ny',
      'MSG open.now 4 1\r\ny',
      'PONG',
    );
  });

  it('does so in the line dialect', async () => {
    const broker = await embedded({ authorize: openOnly });
    const peer = new Peer(broker.connect({ dialect: 'line' }), 'line');
    peer.send('SUB shut\nSUB open.*\nPUB shut x\nPUB open.a x\n');
    await peer.expect(
      'ERR permissions violation for subscription to "shut"',
      'OK SUB open.*',
      'ERR permissions violation for publish to "shut"',
      'OK PUB open.a',
      'UPDATE open.a x',
    );
  });

  it('is told who it is', async () => {
    const asked: unknown[] = [];
    const broker = await embedded({
      authenticate: ({ user }) => ({ user: user!, account: 'A' }),
      authorize: ({ user, account, name, dialect, queue }, action, subject) => {
        asked.push([user, account, name, dialect, queue, action, subject]);
        return true;
      },
    });
    const peer = await natsPeer(broker, { user: 'ann', name: 'app' });
    await peer.send('SUB a.* q 1\r\nPUB a.b 1\r\nx\r\n').settle();
    expect(asked).to.deep.equal([
      ['ann', 'A', 'app', 'nats', 'q', 'subscribe', 'a.*'],
      ['ann', 'A', 'app', 'nats', undefined, 'publish', 'a.b'],
    ]);
  });

  it('answers anew each time', async () => {
    let isAllowed = true;
    const broker = await embedded({ authorize: () => isAllowed });
    const peer = await natsPeer(broker, { verbose: true });
    await peer.send('PUB a 1\r\nx\r\n').expect('+OK');
    isAllowed = false;
    await peer.send('PUB a 1\r\nx\r\n').expect(noPublish('a'));
    isAllowed = true;
    await peer.send('PUB a 1\r\nx\r\n').expect('+OK');
  });

  it('cannot allow what permissions deny', async () => {
    const broker = await embedded({
      authorize: () => true,
      authorization: {
        users: [{ user: 'u', password: 'p', permissions: { publish: 'a', subscribe: { deny: 'b.x' } } }],
      },
    });
    const peer = await natsPeer(broker, { user: 'u', pass: 'p' });
    peer.send('PUB b 1\r\nx\r\nSUB b.x 1\r\nSUB b.* 2\r\n');
    await peer.expect(noPublish('b'), noSubscribe('b.x'));
    await peer.settle();
    await broker.publish('b.x', 'hidden');
    await broker.publish('b.y', 'seen');
    await peer.expect('MSG b.y 2 4\r\nseen');
  });

  it('that throws, rejects, or is late about publishing refuses, and is an error', async () => {
    const broker = await embedded({
      authorize: (_, action, subject) => {
        if (subject === 'throws') throw new Error('thrown');
        return action === 'publish' ? Promise.resolve(true) : Promise.reject(new Error('rejected'));
      },
    });
    const errors: string[] = [];
    broker.on('error', (error) => errors.push((error as Error).message));
    const peer = await natsPeer(broker);
    peer.send('PUB throws 1\r\nx\r\nSUB throws 1\r\nSUB a 2\r\nPUB a 1\r\nx\r\n');
    await peer.expect(noPublish('throws'), noSubscribe('throws'), noSubscribe('a'), noPublish('a'));
    await until('all is told', () => errors.length === 4);
    expect(errors.slice(0, 3)).to.deep.equal(['thrown', 'thrown', 'rejected']);
    expect(errors[3]).to.match(/about publishing it must answer at once/);
  });

  it('holds up what a client says after a SUB it has yet to decide on, in order', async () => {
    let decide = (_: boolean) => {};
    const broker = await embedded({
      authorize: (_, action) =>
        action === 'publish' ||
        new Promise<boolean>((resolve) => {
          decide = resolve;
        }),
    });
    const peer = await natsPeer(broker);
    const other = await natsPeer(broker);
    peer.answersPings = false;
    const before = peer.bytesReceived;
    peer.send('SUB a 1\r\nPUB a 1\r\nx\r\n');
    await new Promise(setImmediate);
    peer.send('PING\r\n');
    await other.send('PUB a 1\r\ny\r\n').settle();
    expect(peer.bytesReceived).to.equal(before);
    decide(true);
    await peer.expect('MSG a 1 1\r\nx', 'PONG');
  });

  it('keeps what waits behind such a SUB as it was read', async () => {
    let decide: ((verdict: boolean) => void) | undefined;
    const broker = await embedded({
      nats: { port: 0 },
      authorize: (_, action) =>
        action === 'publish' ||
        new Promise<boolean>((resolve) => {
          decide = resolve;
        }),
    });
    const subscription = broker.subscribe('a.*');
    const [held, other] = [connect(broker.natsAddress!), connect(broker.natsAddress!)];
    const texts = Array.from({ length: 15 }, (_, n) => `${n}`.padEnd(3_000, '.'));
    held.write(`CONNECT {"verbose":false}\r\nSUB b 1\r\n${texts.map((text) => pub('a.1', text)).join('')}`);
    await until('it is asked', () => decide !== undefined);
    other.write(
      `CONNECT {"verbose":false}\r\n${texts.map((text) => pub('a.2', text.replaceAll('.', '#'))).join('')}`,
    );
    const before = await read(subscription, 15);
    expect(new Set(before.map(({ subject }) => subject))).to.deep.equal(new Set(['a.2']));
    const rest = broker.subscribe('a.1');
    decide!(true);
    expect((await read(rest, 15)).map((message) => message.text())).to.deep.equal(texts);
    for (const socket of [held, other]) socket.destroy();
  });

  it('is asked again about subscriptions after a reload', async () => {
    let isAllowed = true;
    const broker = await embedded({
      authorize: async () => isAllowed,
    });
    const peer = await natsPeer(broker);
    await peer.send('SUB a 1\r\n').settle();
    isAllowed = false;
    await broker.reload({ nats: false, line: false });
    expect(await peer.next()).to.match(/^-ERR 'Permissions Violation for Subscription to "a"/);
    await refused(() => broker.request('a'), 'NO_RESPONDERS');
  });
});
