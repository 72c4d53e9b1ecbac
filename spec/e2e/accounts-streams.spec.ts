import { expect } from 'chai';
import { ACCOUNTS, login } from '../support/e2e/accounts.js';
import { Harness, msg, OVER, pub } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';
import { until } from '../support/until.js';

/** What B subscribes to, what is published in A, what is heard; undefined: nothing. */
const ROWS: readonly (readonly [pattern: string, published: string, heard: string | undefined])[] = [
  ['s.x.1', 's.x.1', 's.x.1'],
  ['s.x.2', 's.x.1', undefined],
  ['s.x.*', 's.x.1', 's.x.1'],
  ['s.*.1', 's.x.1', 's.x.1'],
  ['>', 's.x.1', 's.x.1'],
  ['s.>', 's.x.1.2', 's.x.1.2'],
  ['s.>', 's.y', undefined],
  ['s.>', 's.p.9', undefined],
  ['pre.s.p.*', 's.p.9', 'pre.s.p.9'],
  ['pre.s.p.9', 's.p.9', 'pre.s.p.9'],
  ['>', 's.p.9', 'pre.s.p.9'],
  ['>', 'pre.s.p.9', undefined],
  ['to.>', 's.t.left.right', 'to.right.left'],
  ['to.right.left', 's.t.left.right', 'to.right.left'],
  ['to.left.right', 's.t.left.right', undefined],
  ['priv.*', 'priv.q', 'priv.q'],
];

describe('stream imports', () => {
  let harness: Harness;
  const as = (user: string, more: object = {}) => login(harness, user, 'pair', more);
  beforeEach(async () => {
    harness = await Harness.start(ACCOUNTS);
  });
  afterEach(() => harness.stop());

  for (const [pattern, published, heard] of ROWS) {
    for (const queue of ['', 'q ']) {
      it(`SUB ${pattern} ${queue}${heard === undefined ? 'does not hear' : 'hears'} ${published}`, async () => {
        const [a, b] = [await as('a'), await as('b')];
        await b.send(`SUB ${pattern} ${queue}1\r\n`).settle();
        await a.send(pub(published, 'hi', 'reply')).settle();
        if (heard !== undefined) await b.expect(msg(heard, 1, 'hi', 'reply'));
        await b.expectSilence();
      });
    }
  }

  it('are no chain: what B imports it does not export', async () => {
    const [a, b, c] = [await as('a'), await as('b'), await as('c')];
    await c.send('SUB s.> 1\r\n').settle();
    await a.send(pub('s.x.1', 'from a')).settle();
    await b.send(pub('s.x.1', 'from b')).settle();
    await c.expect(msg('s.x.1', 1, 'from b'));
  });

  it('make no requests: what comes in is no request to a service', async () => {
    const [a, a2, b] = [await as('a'), await as('a2'), await as('b')];
    await a2.send('SUB req.> 1\r\n').settle();
    await b.send('SUB two.local 1\r\n').settle();
    await a.send(pub('s.one', 'x', 'r')).settle(); // as two.local in B, which is the name of a service there
    await b.expect(msg('two.local', 1, 'x', 'r'));
    await a2.expectSilence();
  });

  it('bring headers, and to who takes none the payload alone', async () => {
    const [a, b, plain] = [
      await as('a'),
      await as('b'),
      await as('b', { headers: false, no_responders: false }),
    ];
    for (const each of [b, plain]) await each.send('SUB s.x.* 1\r\nSUB pre.> 2\r\n').settle();
    const block = 'NATS/1.0\r\nX: y\r\n\r\n';
    for (const subject of ['s.x.1', 's.p.1'])
      await a.send(`HPUB ${subject} ${block.length} ${block.length + 2}\r\n${block}hi\r\n`).settle();
    await b.expect(
      `HMSG s.x.1 1 ${block.length} ${block.length + 2}\r\n${block}hi`,
      `HMSG pre.s.p.1 2 ${block.length} ${block.length + 2}\r\n${block}hi`,
    );
    await plain.expect(msg('s.x.1', 1, 'hi'), msg('pre.s.p.1', 2, 'hi'));
  });

  for (const over of OVER) {
    it(`bring what came in many pieces, over a ${over}`, async () => {
      const [a, b] = [await login(harness, 'a', over), await login(harness, 'b', over)];
      await b.send('SUB s.x.* 1\r\nSUB pre.> 2\r\n').settle();
      const big = 'z'.repeat(300_000);
      for (const subject of ['s.x.1', 's.p.1']) {
        const frame = pub(subject, big);
        for (let at = 0; at < frame.length; at += 70_000) await a.sendAll(frame.slice(at, at + 70_000));
      }
      await b.expect(msg('s.x.1', 1, big), msg('pre.s.p.1', 2, big));
    });
  }

  it('keep the order, whatever subjects they map', async () => {
    const [a, b] = [await as('a'), await as('b')];
    await b.send('SUB > 1\r\n').settle();
    const subjects = ['s.x.1', 's.p.1', 's.x.1', 's.x.2', 's.t.l.r', 's.p.1', 's.x.1'];
    const mapped = ['s.x.1', 'pre.s.p.1', 's.x.1', 's.x.2', 'to.r.l', 'pre.s.p.1', 's.x.1'];
    await a.send(subjects.map((subject, n) => pub(subject, `${n}`)).join('')).settle();
    expect(await b.settle()).to.deep.equal(mapped.map((subject, n) => msg(subject, 1, `${n}`)));
  });

  it('count towards the maximum of a subscription', async () => {
    const [a, b, b2] = [await as('a'), await as('b'), await as('b2')];
    await b.send('SUB s.x.> 1\r\nUNSUB 1 3\r\n').settle();
    await a.send(pub('s.x.1', '1'), pub('s.x.2', '2')).settle();
    await b2.send(pub('s.x.3', '3')).settle();
    await a.send(pub('s.x.4', '4')).settle();
    await b.expect(msg('s.x.1', 1, '1'), msg('s.x.2', 1, '2'), msg('s.x.3', 1, '3'));
    await b.expectSilence();
    expect(harness.core.account('B').sublist.empty).to.equal(true);
  });

  it('find responders: only without a receiver there is a 503', async () => {
    const [a, b] = [await as('a'), await as('b')];
    await a.send('SUB inbox 1\r\n', pub('s.x.1', 'q', 'inbox')).expect(noResponders('inbox', 1, 's.x.1'));
    await b.send('SUB s.x.1 1\r\n').settle();
    expect(await a.send(pub('s.x.1', 'q', 'inbox')).settle()).to.deep.equal([]);
  });

  it('of an account that may not import them are refused', async () => {
    let refused: unknown;
    try {
      await Harness.start({
        accounts: {
          A: { exports: [{ stream: 'priv.*', accounts: ['B'] }] },
          B: {},
          C: { imports: [{ stream: { account: 'A', subject: 'priv.*' } }] },
        },
      });
    } catch (error) {
      refused = error;
    }
    expect(String(refused)).to.match(/accounts\.C\.imports/);
  });

  it('a slow importer holds the publisher', async () => {
    await harness.stop();
    harness = await Harness.start({
      ...ACCOUNTS,
      flow: { high_water: '64KiB', low_water: '16KiB', max_pending: '64MiB', write_deadline: '60s' },
    });
    const [a, b] = [await login(harness, 'a', 'socket'), await login(harness, 'b', 'socket')];
    await b.send('SUB s.x.1 1\r\n').settle();
    b.stall();
    const frame = pub('s.x.1', 'x'.repeat(100_000));
    let sent = 0;
    for (; !a.held && sent < 1_000; sent++) {
      a.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until('the publisher is held', () => a.held);
    b.resume();
    for (let n = 0; n < sent; n++) expect((await b.next()).length).to.be.above(100_000);
    await until('the publisher is let go', () => !a.held);
  });
});

describe('queue groups', () => {
  let harness: Harness;
  const as = (user: string, more: object = {}) => login(harness, user, 'pair', more);
  beforeEach(async () => {
    harness = await Harness.start(ACCOUNTS);
  });
  afterEach(() => harness.stop());

  /** How many of 300 messages each got; every message must have come once. */
  async function shares(
    subject: string,
    publisher: string,
    ...subscribers: readonly string[]
  ): Promise<number[]> {
    const sender = await as(publisher);
    const clients = await Promise.all(subscribers.map((user) => as(user)));
    for (const each of clients) await each.send('SUB > q 1\r\n').settle();
    await sender.send(Array.from({ length: 300 }, (_, n) => pub(subject, `${n}`)).join('')).settle();
    const heard: string[][] = [];
    for (const each of clients) heard.push((await each.settle()).map((frame) => frame.split('\n')[1]!));
    for (const each of heard) expect(each).to.deep.equal([...each].sort((x, y) => Number(x) - Number(y)));
    expect(heard.flat().sort((x, y) => Number(x) - Number(y))).to.deep.equal(
      Array.from({ length: 300 }, (_, n) => `${n}`),
    );
    return heard.map(({ length }) => length);
  }

  it('are one across the accounts a stream comes to', async () => {
    const [inA, inB, inB2] = await shares('s.x.1', 'a', 'a2', 'b', 'b2');
    for (const share of [inA, inB, inB2]) expect(share).to.be.within(40, 180);
  });

  it('are one where the subject is mapped', async () => {
    for (const share of await shares('s.t.l.r', 'a', 'a2', 'b')) expect(share).to.be.within(90, 210);
  });

  it('of one account are served as ever', async () => {
    for (const share of await shares('s.x.1', 'a', 'b', 'b2')) expect(share).to.equal(150);
  });

  it('of other names are apart', async () => {
    const [a, a2, b] = [await as('a'), await as('a2'), await as('b')];
    await a2.send('SUB s.x.1 q 1\r\nSUB s.x.1 r 2\r\n').settle();
    await b.send('SUB s.x.1 s 1\r\nSUB s.x.1 2\r\n').settle();
    await a.send(pub('s.x.1', 'x')).settle();
    expect((await a2.settle()).sort()).to.deep.equal([msg('s.x.1', 1, 'x'), msg('s.x.1', 2, 'x')]);
    expect((await b.settle()).sort()).to.deep.equal([msg('s.x.1', 1, 'x'), msg('s.x.1', 2, 'x')]);
  });

  it('pass over who hears no echo', async () => {
    const [a, b] = [await as('a', { echo: false }), await as('b')];
    await a.send('SUB s.x.1 q 1\r\n').settle();
    await b.send('SUB s.x.1 q 1\r\n').settle();
    await a.send(Array.from({ length: 20 }, (_, n) => pub('s.x.1', `${n}`)).join('')).settle();
    expect(await b.settle()).to.deep.equal(Array.from({ length: 20 }, (_, n) => msg('s.x.1', 1, `${n}`)));
  });
});
