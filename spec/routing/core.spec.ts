import { expect } from 'chai';
import { duplexPair } from '../support/duplex-pair.js';
import { type Client, Harness, msg, pub } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';
import { until } from '../support/until.js';

const status = (sid: string | number, reply = '_INBOX.1') => noResponders(reply, sid, 'svc');
const many = (count: number, subject: string, first = 0) =>
  Array.from({ length: count }, (_, n) => pub(subject, String(first + n))).join('');
const payload = (frame: string) => Number(frame.slice(frame.indexOf('\n') + 1));

describe('the core', () => {
  let harness: Harness;
  let a: Client;
  let b: Client;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  const nats = (options: object = {}) =>
    harness.connect('nats', { options: { verbose: false, pedantic: false, ...options } });

  describe('queue groups', () => {
    it('spread one batch evenly, and each member hears its share in order', async () => {
      const members = [await nats(), await nats(), await nats()];
      for (const member of members) await member.send('SUB job q 1\r\n').settle();
      a = await nats();
      await a.send(many(100, 'job')).settle();
      const shares = await Promise.all(members.map(async (member) => (await member.settle()).map(payload)));
      expect(shares.map((share) => share.length).sort()).to.deep.equal([33, 33, 34]);
      for (const share of shares) expect(share).to.deep.equal([...share].sort((x, y) => x - y));
      expect(shares.flat().sort((x, y) => x - y)).to.deep.equal([...Array(100).keys()]);
    });

    it('spread single messages over all members', async () => {
      const members = [await nats(), await nats(), await nats()];
      for (const member of members) await member.send('SUB job q 1\r\n').settle();
      a = await nats();
      for (let n = 0; n < 300; n++) a.send(pub('job', `${n}`)).send(pub('other', ''));
      await a.settle();
      const counts = await Promise.all(members.map(async (member) => (await member.settle()).length));
      expect(counts.reduce((sum, count) => sum + count)).to.equal(300);
      for (const count of counts) expect(count).to.be.within(40, 200); // 100 expected, 8 sigma each side
    });

    it('are one by name, whatever the patterns and the connections', async () => {
      a = await nats();
      b = await nats();
      await a.send('SUB foo.* q 1\r\nSUB foo.> q 2\r\nSUB foo.a q 3\r\nSUB foo.a r 4\r\n').settle();
      await b.send('SUB > q 5\r\nSUB foo.a 6\r\n').settle();
      const heard = count([...(await a.send(many(40, 'foo.a')).settle()), ...(await b.settle())]);
      expect(Object.fromEntries(heard)).to.deep.equal({ 1: 10, 2: 10, 3: 10, 4: 40, 5: 10, 6: 40 });
    });

    it('get a message that a member with its max reached can no longer take', async () => {
      a = await nats();
      b = await nats();
      await a.send('SUB job q 1\r\nUNSUB 1 1\r\n').settle();
      await b.send('SUB job q 1\r\n').settle();
      for (let round = 0; round < 8; round++) {
        const c = await nats();
        await c.send(many(9, 'job')).settle();
        const heard = [...(await a.settle()), ...(await b.settle())].map(payload);
        expect(heard.sort((x, y) => x - y)).to.deep.equal([...Array(9).keys()]);
        await a.send('SUB job q 1\r\nUNSUB 1 1\r\n').settle();
      }
    });

    it('whose members all reach their max leave the rest undelivered', async () => {
      a = await nats();
      await a.send('SUB foo q 1\r\nSUB foo q 2\r\nUNSUB 1 1\r\nUNSUB 2 1\r\n').settle();
      const heard = await a.send(many(4, 'foo')).settle();
      expect(heard.map((frame) => frame.split(' ')[2]).sort()).to.deep.equal(['1', '2']);
      expect(heard.map(payload)).to.deep.equal([0, 1]);
      expect(harness.core.sublist.empty).to.equal(true);
    });

    it('leave out an echo:false publisher, member or not', async () => {
      a = await nats({ echo: false });
      b = await nats();
      await a.send('SUB foo q 1\r\n').settle();
      await a.send(pub('foo', 'x')).expectSilence();
      await b.send('SUB foo q 2\r\nUNSUB 2 1\r\n').settle();
      await a.send(pub('foo', 'x'), pub('foo', 'y')).expectSilence();
      await b.expect(msg('foo', 2, 'x'));
      await b.expectSilence();
    });

    it('get their message after the plain subscribers', async () => {
      a = await nats();
      await a.send('SUB foo q 1\r\nSUB foo q 2\r\nSUB foo 3\r\nSUB > 4\r\n').settle();
      const heard = await a.send(pub('foo', 'x')).settle();
      expect(heard.map((frame) => frame.split(' ')[2]).slice(0, 2)).to.have.members(['3', '4']);
      expect(heard).to.have.lengthOf(3);
    });
  });

  describe('echo:false', () => {
    it('spares the publisher alone', async () => {
      a = await nats({ echo: false });
      b = await nats();
      await a.send('SUB foo 1\r\n').settle();
      await b.send('SUB foo 2\r\n').settle();
      await a.send(pub('foo', 'x')).expectSilence();
      await b.expect(msg('foo', 2, 'x'));
      await b.send(pub('foo', 'y')).settle();
      await a.expect(msg('foo', 1, 'y'));
    });

    it('does not count what it spared towards a max', async () => {
      a = await nats({ echo: false });
      b = await nats();
      await a.send('SUB foo 1\r\nUNSUB 1 1\r\n').settle();
      await a.send(pub('foo', 'x'), pub('foo', 'x')).expectSilence();
      await b.send(pub('foo', 'y')).settle();
      await b.send(pub('foo', 'z')).settle();
      await a.expect(msg('foo', 1, 'y'));
      await a.expectSilence();
    });
  });

  /** before the UNSUB, the UNSUB lines, after it, messages heard in all; nats-server 2.10, section 6. */
  const MAXES: readonly (readonly [
    name: string,
    before: number,
    unsub: string,
    after: number,
    heard: number,
  ])[] = [
    ['counts from the SUB', 3, 'UNSUB 1 4\r\n', 3, 4],
    ['armed first, is exact', 0, 'UNSUB 1 2\r\n', 5, 2],
    ['below what has come ends it at once', 3, 'UNSUB 1 2\r\n', 2, 3],
    ['equal to what has come ends it at once', 3, 'UNSUB 1 3\r\n', 2, 3],
    ['0 ends it at once', 0, 'UNSUB 1 0\r\n', 1, 0],
    ['that is no number ends it at once', 0, 'UNSUB 1 abc\r\n', 1, 0],
    ['with leading zeros is that number', 0, 'UNSUB 1 002\r\n', 3, 2],
    ['can be raised', 0, 'UNSUB 1 2\r\nUNSUB 1 4\r\n', 6, 4],
    ['can be lowered', 0, 'UNSUB 1 4\r\nUNSUB 1 2\r\n', 6, 2],
    ['is not reset by a second SUB', 0, 'UNSUB 1 2\r\nSUB foo 1\r\n', 3, 2],
    ['is forgotten with the subscription', 1, 'UNSUB 1 2\r\nUNSUB 1\r\nSUB foo 1\r\n', 3, 4],
    ['for an unknown sid is nothing', 1, 'UNSUB 7 1\r\n', 3, 4],
  ];

  describe('UNSUB max', () => {
    for (const [name, before, unsub, after, heard] of MAXES) {
      for (const together of [true, false]) {
        it(`${name}, ${together ? 'all in one batch' : 'step by step'}`, async () => {
          a = await nats();
          const steps = ['SUB foo 1\r\n', many(before, 'foo'), unsub, many(after, 'foo')];
          const frames: string[] = [];
          if (together) frames.push(...(await a.send(steps.join('')).settle()));
          else for (const step of steps) frames.push(...(await a.send(step).settle()));
          expect(frames).to.have.lengthOf(heard);
        });
      }
    }

    it('lets the sid be used again', async () => {
      a = await nats();
      await a.send('SUB foo 1\r\nUNSUB 1 2\r\n', many(3, 'foo'), 'SUB foo 1\r\n', many(3, 'foo'));
      expect(await a.settle()).to.have.lengthOf(5);
    });

    it('before the SUB is forgotten', async () => {
      a = await nats();
      expect(await a.send('UNSUB 1 1\r\nSUB foo 1\r\n', many(2, 'foo')).settle()).to.have.lengthOf(2);
    });

    it('counts each subscription for itself, inside one batch of other subjects', async () => {
      a = await nats();
      await a.send('SUB > 1\r\nSUB a 2\r\nSUB a.b 3\r\nUNSUB 1 3\r\nUNSUB 2 1\r\n').settle();
      const heard = await a
        .send(['a', 'a.b', 'a', 'a.b', 'a.b'].map((s, n) => pub(s, `${n}`)).join(''))
        .settle();
      const of = (sid: string) => heard.filter((frame) => frame.split(' ')[2] === sid).map(payload);
      expect([of('1'), of('2'), of('3')]).to.deep.equal([[0, 1, 2], [0], [1, 3, 4]]);
    });

    it('is counted alike for every subscriber of a long run', async () => {
      a = await nats();
      const subscribers = await Promise.all([1, 5, 99, 100, 101].map(() => nats()));
      const maxes = [1, 5, 99, 100, 101];
      for (const [i, each] of subscribers.entries())
        await each.send(`SUB foo 1\r\nUNSUB 1 ${maxes[i]}\r\n`).settle();
      await a.send(many(100, 'foo')).settle();
      const counts = await Promise.all(subscribers.map(async (each) => (await each.settle()).length));
      expect(counts).to.deep.equal([1, 5, 99, 100, 100]);
    });
  });

  it('takes a second SUB with a known sid for nothing, whatever its subject', async () => {
    a = await harness.connect('nats', { options: { pedantic: false } });
    await a.send('SUB foo 1\r\nSUB bar 1\r\nSUB a..b 1\r\n').expect('+OK', '+OK', '+OK');
    await a.send(pub('foo', 'x'), pub('bar', 'y')).expect('+OK', msg('foo', 1, 'x'), '+OK');
    expect(harness.core.sublist.size).to.equal(1);
  });

  it('refuses a SUB to an invalid subject and goes on', async () => {
    a = await nats();
    await a
      .send('SUB foo..bar 1\r\nSUB >.a 2\r\n')
      .expect("-ERR 'Invalid Subject'", "-ERR 'Invalid Subject'");
    await a.expectSilence();
    expect(harness.core.sublist.empty).to.equal(true);
  });

  it('matches a published wildcard as a literal', async () => {
    a = await nats();
    await a.send('SUB foo.bar 1\r\nSUB foo.> 2\r\n').settle();
    await a.send(pub('foo.*', 'x')).expect(msg('foo.*', 2, 'x'));
    await a.expectSilence();
  });

  /** what the requester subscribed to, what it publishes, what it hears; nats-server 2.10, section 9. */
  const REQUESTS: readonly (readonly [
    name: string,
    options: object,
    subs: string,
    publish: string,
    heard: readonly string[],
  ])[] = [
    ['answers with a 503', {}, 'SUB _INBOX.1 7\r\n', pub('svc', 'hi', '_INBOX.1'), [status(7)]],
    [
      'after the +OK',
      { verbose: true },
      'SUB _INBOX.1 7\r\n',
      pub('svc', 'hi', '_INBOX.1'),
      ['+OK', status(7)],
    ],
    [
      'without naming a subject that has a CR',
      {},
      'SUB _INBOX.1 7\r\n',
      'PUB a\rb _INBOX.1 2\r\nhi\r\n',
      ['HMSG _INBOX.1 7 16 16\r\nNATS/1.0 503\r\n\r\n'],
    ],
    ['by a wildcard subscription', {}, 'SUB _INBOX.* 7\r\n', pub('svc', 'hi', '_INBOX.1'), [status(7)]],
    ['without a subscription: silence', {}, '', pub('svc', 'hi', '_INBOX.1'), []],
    ['without a reply subject: silence', {}, 'SUB _INBOX.1 7\r\n', pub('svc', 'hi'), []],
    [
      'not asked for: silence',
      { no_responders: false },
      'SUB _INBOX.1 7\r\n',
      pub('svc', 'hi', '_INBOX.1'),
      [],
    ],
    ['by a queue subscription: silence', {}, 'SUB _INBOX.1 q 7\r\n', pub('svc', 'hi', '_INBOX.1'), []],
    [
      'on the first of several subscriptions: > before *, * before the literal',
      {},
      'SUB _INBOX.1 7\r\nSUB _INBOX.* 8\r\nSUB _INBOX.> 9\r\nSUB _INBOX.1 10\r\n',
      pub('svc', 'hi', '_INBOX.1').repeat(3),
      [status(9), status(9), status(9)],
    ],
    [
      'when echo:false keeps the only responder, itself, from it',
      { echo: false },
      'SUB _INBOX.1 7\r\nSUB svc 8\r\n',
      pub('svc', 'hi', '_INBOX.1'),
      [status(7)],
    ],
    [
      'not when it responds itself',
      {},
      'SUB _INBOX.1 7\r\nSUB svc 8\r\n',
      pub('svc', 'hi', '_INBOX.1'),
      [msg('svc', 8, 'hi', '_INBOX.1')],
    ],
    [
      'not when > hears it',
      {},
      'SUB > 7\r\n',
      pub('svc', 'hi', '_INBOX.1'),
      [msg('svc', 7, 'hi', '_INBOX.1')],
    ],
    [
      'and does not count towards a max',
      {},
      'SUB _INBOX.1 7\r\nUNSUB 7 1\r\n',
      pub('svc', 'hi', '_INBOX.1').repeat(3),
      [status(7), status(7), status(7)],
    ],
    [
      'for HPUB as well',
      {},
      'SUB _INBOX.1 7\r\n',
      'HPUB svc _INBOX.1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
      [status(7)],
    ],
    [
      'for a wildcard it published to',
      {},
      'SUB _INBOX.1 7\r\n',
      pub('svc.*', 'hi', '_INBOX.1') + pub('svc', 'hi', '_INBOX.*'),
      [noResponders('_INBOX.1', 7, 'svc.*')],
    ],
    [
      'in order',
      { verbose: true },
      'SUB _INBOX.1 7\r\n',
      `${pub('svc', 'hi', '_INBOX.1')}PING\r\n`,
      ['+OK', status(7), 'PONG'],
    ],
    [
      'for each request of a batch that has no receiver, and only those',
      {},
      'SUB _INBOX.1 7\r\nSUB svc 8\r\nUNSUB 8 2\r\n',
      pub('svc', 'hi', '_INBOX.1').repeat(4),
      [msg('svc', 8, 'hi', '_INBOX.1'), msg('svc', 8, 'hi', '_INBOX.1'), status(7), status(7)],
    ],
  ];

  describe('a request without responders', () => {
    for (const [name, options, subs, publish, heard] of REQUESTS) {
      it(name, async () => {
        a = await nats({ headers: true, no_responders: true, ...options });
        await a.send(subs).settle();
        await a.send(publish).expect(...heard);
        await a.expectSilence();
      });
    }

    it('is not answered on the subscription of another', async () => {
      a = await nats({ headers: true, no_responders: true });
      b = await nats();
      await b.send('SUB _INBOX.1 1\r\n').settle();
      await a.send(pub('svc', 'hi', '_INBOX.1')).expectSilence();
      await b.expectSilence();
    });

    it('is one whose responder has had its max', async () => {
      a = await nats({ headers: true, no_responders: true });
      b = await nats();
      await b.send('SUB svc 1\r\nUNSUB 1 1\r\n').settle();
      await a.send('SUB _INBOX.1 7\r\n', pub('svc', 'hi', '_INBOX.1').repeat(2)).expect(status(7));
      await b.expect(msg('svc', 1, 'hi', '_INBOX.1'));
      await b.expectSilence();
    });

    it('is not one that a line client hears', async () => {
      a = await nats({ headers: true, no_responders: true });
      const line = await harness.connect('line');
      await line.send('SUB svc\n').expect('OK SUB svc');
      await a.send('SUB _INBOX.1 7\r\n', pub('svc', 'hi', '_INBOX.1')).expectSilence();
      await line.expect('UPDATE svc hi');
    });
  });

  describe('confirmations', () => {
    it('+OK comes before the own MSG, message by message', async () => {
      a = await harness.connect('nats', { options: { pedantic: false } });
      await a.send('SUB foo 1\r\n').expect('+OK');
      await a
        .send(many(3, 'foo'))
        .expect('+OK', msg('foo', 1, '0'), '+OK', msg('foo', 1, '1'), '+OK', msg('foo', 1, '2'));
    });

    it('OK PUB comes before the own UPDATE, line by line', async () => {
      a = await harness.connect('line');
      await a.send('SUB foo\nSUB >\nUNSUB >\n').expect('OK SUB foo', 'OK SUB >', 'OK UNSUB >');
      await a.send('PUB foo 1\nPUB bar x\nPUB foo 2\n');
      await a.expect('OK PUB foo', 'UPDATE foo 1', 'OK PUB bar', 'OK PUB foo', 'UPDATE foo 2');
    });

    it('come for every publish of a batch that another client receives', async () => {
      a = await harness.connect('nats', { options: { pedantic: false } });
      b = await nats();
      await b.send('SUB foo 1\r\n').settle();
      expect(await a.send(many(50, 'foo')).settle()).to.deep.equal(Array(50).fill('+OK'));
      expect((await b.settle()).map(payload)).to.deep.equal([...Array(50).keys()]);
    });

    it('come before the MSG of a member of an own queue group', async () => {
      a = await harness.connect('nats', { options: { pedantic: false } });
      await a.send('SUB foo q 1\r\n').expect('+OK');
      await a.send(many(2, 'foo')).expect('+OK', msg('foo', 1, '0'), '+OK', msg('foo', 1, '1'));
    });
  });

  describe('a pedantic client', () => {
    const INVALID = "-ERR 'Invalid Publish Subject'";

    it('is told of what is no literal subject, and it is routed all the same', async () => {
      a = await nats({ pedantic: true });
      await a.send('SUB > 1\r\n').settle();
      await a
        .send(pub('a.b', '0') + pub('a.*', '1') + pub('a..b', '2') + pub('c', '3'))
        .expect(msg('a.b', 1, '0'), INVALID, msg('a.*', 1, '1'), INVALID, msg('c', 1, '3'));
    });

    it('hears of it before the confirmation, and before it has said CONNECT', async () => {
      a = await harness.connect('nats', { options: false });
      expect(await a.next()).to.match(/^INFO /);
      await a.send('SUB > 1\r\n').expect('+OK');
      await a.send(pub('a.>', '1')).expect(INVALID, '+OK', msg('a.>', 1, '1'));
    });

    it('hears nothing of it once it no longer is', async () => {
      a = await nats({ pedantic: false });
      await a.send('SUB > 1\r\n').settle();
      await a.send(pub('a.*', '1')).expect(msg('a.*', 1, '1'));
    });
  });

  describe('several subscriptions of one connection', () => {
    it('get the first message, all of them, before any gets the second', async () => {
      a = await nats();
      b = await nats();
      await a.send('SUB foo 1\r\nSUB * 2\r\nSUB foo q 3\r\n').settle();
      await b.send(many(4, 'foo')).settle();
      const heard = (await a.settle()).map(payload);
      expect(heard).to.deep.equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
    });

    it('show a terminal one message after the other', async () => {
      a = await harness.connect('line');
      await a.send('SUB foo\nSUB >\n').expect('OK SUB foo', 'OK SUB >');
      b = await harness.connect('line');
      await b.send('PUB foo 1\nPUB foo 2\n').expect('OK PUB foo', 'OK PUB foo');
      await a.expect('UPDATE foo 1', 'UPDATE foo 1', 'UPDATE foo 2', 'UPDATE foo 2');
    });
  });

  describe('two dialects, one subject space', () => {
    it('pass messages both ways, wildcards too', async () => {
      a = await nats();
      const line = await harness.connect('line');
      await a.send('SUB orders.> 1\r\n').settle();
      await line.send('SUB orders.*\n').expect('OK SUB orders.*');
      await a.send(pub('orders.new', 'from nats')).expect(msg('orders.new', 1, 'from nats'));
      await line.expect('UPDATE orders.new from nats');
      await line
        .send('PUB orders.old from  a line \n')
        .expect('OK PUB orders.old', 'UPDATE orders.old from  a line ');
      await a.expect(msg('orders.old', 1, 'from  a line '));
    });

    it('cannot forge a line from a payload', async () => {
      a = await nats();
      const line = await harness.connect('line');
      await line.send('SUB foo\n').expect('OK SUB foo');
      await a.send(pub('foo', 'one\r\nUPDATE foo two\nERR no')).settle();
      await line.expect('UPDATE foo one\\r\\nUPDATE foo two\\nERR no');
      await line.expectSilence();
    });

    it('let no byte that is not UTF-8 through to a line, be it in the topic', async () => {
      const [near, far] = duplexPair();
      const heard: Buffer[] = [];
      near.on('data', (chunk: Buffer) => heard.push(chunk));
      harness.broker.attach(far, 'line');
      near.write('SUB >\n');
      await until('it is subscribed', () => Buffer.concat(heard).toString() === 'OK SUB >\n');
      a = await nats();
      for (let n = 0; n < 2; n++)
        await a.send(Buffer.from('PUB a.\xff\xfb 2\r\n\xffx\r\n', 'latin1')).settle();
      const expected = `OK SUB >\n${'UPDATE a.\ufffd\ufffd \ufffdx\n'.repeat(2)}`;
      await until('both are there', () => Buffer.concat(heard).length >= Buffer.byteLength(expected));
      expect(Buffer.concat(heard).toString('latin1')).to.equal(Buffer.from(expected).toString('latin1'));
    });

    it('share one queue of work with plain line subscribers beside it', async () => {
      a = await nats();
      b = await nats();
      const line = await harness.connect('line');
      await a.send('SUB job q 1\r\n').settle();
      await line.send('SUB job\n').expect('OK SUB job');
      await b.send(many(10, 'job')).settle();
      expect(await a.settle()).to.have.lengthOf(10);
      expect(await line.settle()).to.have.lengthOf(10);
    });

    it('a line client is subscribed once, however often it says so', async () => {
      const line = await harness.connect('line');
      await line.send('SUB foo\nSUB foo\n').expect('OK SUB foo', 'OK SUB foo');
      await line.send('PUB foo x\n').expect('OK PUB foo', 'UPDATE foo x');
      await line.expectSilence();
      await line.send('UNSUB foo\nPUB foo y\n').expect('OK UNSUB foo', 'OK PUB foo');
      await line.expectSilence();
      expect(harness.core.sublist.empty).to.equal(true);
    });
  });
});

function count(frames: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const frame of frames) {
    const sid = frame.split(' ')[2]!;
    counts.set(sid, (counts.get(sid) ?? 0) + 1);
  }
  return counts;
}
