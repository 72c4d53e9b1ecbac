import { expect } from 'chai';
import { ACCOUNTS, login } from '../support/e2e/accounts.js';
import { Harness, msg, OVER, type Over, pub, QUIET } from '../support/harness.js';
import { noResponders } from '../support/no-responders.js';
import { until } from '../support/until.js';

const EVERYTHING = 'SUB foo 1\r\nSUB * 2\r\nSUB > 3\r\nSUB foo q 4\r\n';

for (const over of OVER) describe(`accounts over a ${over}`, () => isolation(over));

function isolation(over: Over): void {
  let harness: Harness;
  const as = (user: string, more: object = {}) => login(harness, user, over, more);
  beforeEach(async () => {
    harness = await Harness.start(ACCOUNTS);
  });
  afterEach(() => harness.stop());

  it('hear nothing of each other, and their users hear all of each other', async () => {
    const [a, a2, b, c] = [await as('a'), await as('a2'), await as('b'), await as('c')];
    for (const each of [a2, b, c]) await each.send(EVERYTHING).settle();
    await a.send(pub('foo', 'from a')).settle();
    expect((await a2.settle()).sort()).to.deep.equal([1, 2, 3, 4].map((sid) => msg('foo', sid, 'from a')));
    await b.expectSilence();
    await c.expectSilence();
    await c.send(pub('foo', 'x')).settle();
    await a2.expectSilence();
    await b.expectSilence();
  });

  it('have no responders but their own', async () => {
    const [a, b] = [await as('a'), await as('b')];
    await a.send('SUB ask 1\r\n').settle();
    b.send('SUB inbox 1\r\n', pub('ask', 'q', 'inbox'));
    expect(await b.settle()).to.deep.equal([noResponders('inbox', 1, 'ask')]);
    await a.expectSilence();
  });

  it('are those of line clients, too', async () => {
    const a = await harness.connect('line', { over });
    const b = await harness.connect('line', { over });
    await a.send('AUTH a p\n').expect('OK AUTH');
    await b.send('AUTH b p\n').expect('OK AUTH');
    await a.send('SUB foo\nSUB s.x.1\n').expect('OK SUB foo', 'OK SUB s.x.1');
    await b.send('SUB foo\nSUB s.x.1\n').expect('OK SUB foo', 'OK SUB s.x.1');
    const [nats, other] = [await as('a2'), await as('b2')];
    await nats.send(pub('foo', 'hi'), pub('s.x.1', 'stream')).settle();
    await other.send('SUB foo 1\r\n').settle();
    await a.expect('UPDATE foo hi', 'UPDATE s.x.1 stream');
    await b.expect('UPDATE s.x.1 stream');
    await b.send('PUB foo back\n').expect('OK PUB foo', 'UPDATE foo back');
    await other.expect(msg('foo', 1, 'back'));
    await a.expectSilence();
  });

  it('the no_auth_user is in one', async () => {
    const anonymous = await harness.connect('nats', { over });
    const a = await as('a');
    await a.send('SUB foo 1\r\n').settle();
    await anonymous.send(pub('foo', 'hi')).settle();
    await a.expect(msg('foo', 1, 'hi'));
  });

  for (const [what, options, isIn] of [
    ['no credentials', {}, true],
    ['its name', { user: 'a2' }, true],
    ['its password', { pass: 'p' }, true],
    ['a token', { auth_token: 'x' }, true],
    ['another password', { pass: 'x' }, false],
    ['another name', { user: 'b' }, false],
  ] as const) {
    it(`a client let in as no_auth_user ${isIn ? 'may' : 'may not'} send a CONNECT with ${what} later`, async () => {
      const peer = await harness.open('nats', over);
      await peer.next();
      await peer.send('SUB foo 1\r\nPING\r\n').expect('+OK', 'PONG');
      peer.send(`CONNECT ${JSON.stringify({ ...QUIET, ...options })}\r\n`);
      if (!isIn) return peer.expectEnd('fin', "-ERR 'Authorization Violation'");
      await peer.send('SUB foo 2\r\n', pub('foo', 'x')).expect(msg('foo', 2, 'x'));
    });
  }

  it('no client gets into one with a wrong password', async () => {
    const peer = await harness.open('nats', over);
    await peer.next();
    peer.send(`CONNECT ${JSON.stringify({ ...QUIET, user: 'a', pass: 'wrong' })}\r\n`);
    await peer.expectEnd('fin', "-ERR 'Authorization Violation'");
  });

  it('a second CONNECT ends the subscriptions before it, in either account', async () => {
    const [x, a, b] = [await as('a'), await as('a2'), await as('b2')];
    await x.send('SUB foo 1\r\nSUB foo q 2\r\n').settle();
    x.send(`CONNECT ${JSON.stringify({ ...QUIET, user: 'b', pass: 'p' })}\r\nSUB foo 2\r\n`);
    await x.settle();
    await a.send(pub('foo', 'a')).settle();
    await b.send(pub('foo', 'b')).settle();
    await x.expect(msg('foo', 2, 'b'));
    x.send(`CONNECT ${JSON.stringify(QUIET)}\r\nSUB bar 3\r\n`);
    await x.settle();
    await b.send(pub('foo', 'b'), pub('bar', 'b')).settle();
    await x.expect(msg('bar', 3, 'b'));
    expect(harness.core.account('A').connections).to.equal(1);
    expect(harness.core.account('B').connections).to.equal(2);
    x.end();
    await x.closed;
    await until('it has left', () => harness.core.account('B').connections === 1);
    for (const name of ['A', 'B']) expect(harness.core.account(name).sublist.empty, name).to.equal(true);
  });

  it('are empty when all clients have left', async () => {
    const clients = await Promise.all(['a', 'a2', 'b', 'c'].map((user) => as(user)));
    for (const each of clients) await each.send(EVERYTHING, 'SUB s.x.> 5\r\nSUB pre.> g 6\r\n').settle();
    for (const subject of ['s.x.1', 's.p.2', 'req.one', 'w.x', 'foo'])
      for (const each of clients) await each.send(pub(subject, 'x')).settle();
    for (const each of clients) each.end();
    for (const each of clients) await each.closed;
    await until('all are gone', () => harness.connections.size === 0);
    for (const name of ['A', 'B', 'C', '$G']) {
      const { sublist, connections } = harness.core.account(name);
      expect({ name, connections, empty: sublist.empty, queued: sublist.queued }).to.deep.equal({
        name,
        connections: 0,
        empty: true,
        queued: 0,
      });
    }
  });
}

describe('the default and the system account', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('is the account of all clients without accounts', async () => {
    harness = await Harness.start();
    await harness.connect('nats');
    expect(harness.core.account('$G').connections).to.equal(1);
  });

  it('users of the system account hear nothing of others', async () => {
    harness = await Harness.start({
      system_account: 'SYS',
      accounts: {
        SYS: { users: [{ user: 's', password: 'p' }] },
        A: { users: [{ user: 'a', password: 'p' }] },
      },
    });
    const [system, a] = [await login(harness, 's'), await login(harness, 'a')];
    await system.send('SUB > 1\r\n').settle();
    await a.send('SUB > 1\r\n', pub('foo', 'x')).settle();
    await system.expectSilence();
    system.send('SUB _INBOX.1 2\r\nUNSUB 1\r\n', pub('$SYS.REQ.USER.INFO', '', '_INBOX.1'));
    const [, answer = ''] = (await system.next()).split('\r\n');
    expect(JSON.parse(answer)).to.have.deep.property('data', {
      user: 's',
      account: 'SYS',
      account_name: 'SYS',
    });
  });
});
