import { createUser } from '@nats-io/nkeys';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { connectAs, infoIn, reload, usersOf } from '../support/broker/reloading.js';
import { type Client, Harness, msg, pub } from '../support/harness.js';

const ann = { user: 'ann', password: 'p' };
const bob = { user: 'bob', password: 'p' };
const asAnn = { user: 'ann', pass: 'p' };
const asBob = { user: 'bob', pass: 'p' };
const VIOLATION = "-ERR 'Authorization Violation'";

describe('a reload, for who is logged in', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function expectRefused(options: Readonly<Record<string, unknown>>): Promise<void> {
    const peer = await harness.open('nats');
    await peer.next();
    peer.send(`CONNECT ${JSON.stringify(options)}\r\n`);
    await peer.expectEnd('fin', VIOLATION);
    peer.end();
  }

  async function expectGone(client: Client, reason: string, ...words: string[]): Promise<void> {
    await client.expectEnd('fin', ...words);
    expect(await client.closeReason()).to.equal(reason);
  }

  it('keeps who has not changed, and lets in who was added', async () => {
    harness = await Harness.start(usersOf(ann));
    const stays = await connectAs(harness, asAnn);
    await stays.send('SUB a 1\r\n').settle();
    expect(await reload(harness, usersOf(ann, bob))).to.deep.equal(['authorization']);
    const young = await connectAs(harness, asBob);
    await young.send(pub('a', 'x')).settle();
    await stays.expect(msg('a', 1, 'x'));
  });

  it('lets go without a word whose user is gone or belongs to another account, as nats-server does', async () => {
    harness = await Harness.start({ accounts: { A: { users: [ann, bob] }, B: { users: [] } } });
    const gone = await connectAs(harness, asAnn);
    const moved = await connectAs(harness, asBob);
    await reload(harness, { accounts: { A: { users: [] }, B: { users: [bob] } } });
    await expectGone(gone, 'USER_MOVED');
    await expectGone(moved, 'USER_MOVED');
    await expectRefused(asAnn);
    const back = await connectAs(harness, asBob);
    expect(back.connection.client.account.name).to.equal('B');
  });

  it('refuses who has another password now', async () => {
    harness = await Harness.start(usersOf(ann, bob));
    const old = await connectAs(harness, asAnn);
    const stays = await connectAs(harness, asBob);
    await reload(harness, usersOf({ ...ann, password: 'new' }, bob));
    await expectGone(old, 'AUTHORIZATION_VIOLATION', VIOLATION);
    await stays.expectSilence();
    await expectRefused(asAnn);
    await (await connectAs(harness, { user: 'ann', pass: 'new' })).expectSilence();
  });

  for (const [what, before, after, shown, next] of [
    ['token', { token: 't' }, { token: 'u' }, { auth_token: 't' }, { auth_token: 'u' }],
    ['only user', ann, { ...ann, password: 'q' }, asAnn, { ...asAnn, pass: 'q' }],
    [
      'bcrypt password',
      { users: [{ ...ann, password: hashSync('p', 4) }] },
      { users: [{ ...ann, password: hashSync('q', 4) }] },
      asAnn,
      { ...asAnn, pass: 'q' },
    ],
  ] as const) {
    it(`refuses clients that came with another ${what}, and none where nothing changed`, async () => {
      harness = await Harness.start({ authorization: before as object });
      const client = await connectAs(harness, shown);
      expect(await reload(harness, { authorization: before as object })).to.deep.equal([]);
      await client.expectSilence();
      await reload(harness, { authorization: after as object });
      await expectGone(client, 'AUTHORIZATION_VIOLATION', VIOLATION);
      await (await connectAs(harness, next)).expectSilence();
    });
  }

  it('keeps the owner of an nkey as long as that is listed', async () => {
    const pair = createUser();
    const nkey = pair.getPublicKey();
    harness = await Harness.start(usersOf({ nkey }, ann));
    const owner = await harness.open('nats');
    const { nonce } = infoIn(await owner.next());
    const sig = Buffer.from(pair.sign(Buffer.from(String(nonce)))).toString('base64url');
    owner.send(`CONNECT ${JSON.stringify({ verbose: false, nkey, sig })}\r\n`);
    await owner.settle();
    await reload(harness, usersOf({ nkey }));
    await owner.expectSilence();
    await reload(harness, usersOf(ann));
    await expectGone(owner, 'USER_MOVED');
  });

  it('refuses who came before there was a login, and keeps who did not need one', async () => {
    harness = await Harness.start();
    const early = await connectAs(harness);
    const line = await harness.connect('line');
    await reload(harness, usersOf(ann));
    await expectGone(early, 'AUTHORIZATION_VIOLATION', VIOLATION);
    await line.expectEnd('fin', 'ERR authorization violation');
    const late = await connectAs(harness, asAnn);
    await reload(harness, {});
    await late.expectSilence();
  });

  it('asks clients without credentials anew: no_auth_user may be another user, or none', async () => {
    const narrow = { ...bob, permissions: { subscribe: 'b' } };
    const guests = (name: string) => ({ authorization: { users: [ann, narrow], no_auth_user: name } });
    harness = await Harness.start(guests('ann'));
    const guest = await connectAs(harness);
    const named = await connectAs(harness, asAnn);
    await guest.send('SUB a 1\r\nSUB b 2\r\n').settle();
    await reload(harness, guests('bob'));
    await guest.expect(`-ERR 'Permissions Violation for Subscription to "a" (sid "1")'`);
    await reload(harness, usersOf(ann, narrow));
    await expectGone(guest, 'AUTHORIZATION_VIOLATION', VIOLATION);
    await named.expectSilence();
  });

  it('narrows permissions: subscriptions end with a word, publishes are refused, the rest goes on', async () => {
    harness = await Harness.start(usersOf(ann, bob));
    const client = await connectAs(harness, asAnn);
    const other = await connectAs(harness, asBob);
    await client.send('SUB x.1 1\r\nSUB y 2\r\nSUB x.q group 3\r\nSUB > 4\r\n').settle();
    const permissions = { publish: 'ok', subscribe: { deny: ['x.>'] } };
    await reload(harness, usersOf({ ...ann, permissions }, bob));
    await client.expect(
      `-ERR 'Permissions Violation for Subscription to "x.1" (sid "1")'`,
      `-ERR 'Permissions Violation for Subscription to "x.q" (sid "3")'`,
    );
    await other.send(pub('x.1', 'n'), pub('x.q', 'n'), pub('y', 'm')).settle();
    expect((await client.nextOnes(2)).sort()).to.deep.equal([msg('y', 2, 'm'), msg('y', 4, 'm')]);
    client.send(pub('no', 'x'), pub('ok', 'x'), 'SUB x.2 5\r\n');
    await client.expect(
      `-ERR 'Permissions Violation for Publish to "no"'`,
      msg('ok', 4, 'x'),
      `-ERR 'Permissions Violation for Subscription to "x.2"'`,
    );
    await reload(harness, usersOf(ann, bob));
    await other.send(pub('x.1', 'n')).settle();
    await client.expect(msg('x.1', 4, 'n'));
    await client.send('SUB x.1 1\r\n').expectSilence();
  });

  it('narrows the permissions of line clients as well', async () => {
    harness = await Harness.start(usersOf(ann));
    const line = await harness.connect('line');
    line.send('AUTH ann p\nSUB x\nSUB y\n');
    await line.expect('OK AUTH', 'OK SUB x', 'OK SUB y');
    await reload(harness, usersOf({ ...ann, permissions: { subscribe: 'y' } }));
    await line.expect('ERR permissions violation for subscription to "x"');
    await line.expectSilence();
  });

  it('lets be answered what was asked before it', async () => {
    const responder = { ...bob, permissions: { publish: [], allow_responses: true } };
    harness = await Harness.start(usersOf(ann, responder as typeof bob));
    const asker = await connectAs(harness, asAnn);
    const answerer = await connectAs(harness, asBob);
    await answerer.send('SUB q 1\r\n').settle();
    await asker.send('SUB r 1\r\n', pub('q', '?', 'r')).settle();
    await answerer.expect(msg('q', 1, '?', 'r'));
    await reload(
      harness,
      usersOf(ann, { ...responder, permissions: { ...responder.permissions, subscribe: 'q' } } as typeof bob),
    );
    await answerer.send(pub('r', '!')).expectSilence();
    await asker.expect(msg('r', 1, '!'));
  });

  it('does not let in with what was right before the reload who was still being looked at', async () => {
    const hash = hashSync('p', 10);
    harness = await Harness.start(usersOf({ ...ann, password: hash }));
    const peer = await harness.open('nats');
    await peer.next();
    peer.send('CONNECT {"verbose":false,"user":"ann","pass":"p"}\r\nPING\r\n');
    const { client } = peer.connection;
    while (!client.suspended) await new Promise(setImmediate);
    await reload(harness, usersOf(bob));
    await peer.expectEnd('fin', VIOLATION);
  });

  it('takes several at once one after the other', async () => {
    harness = await Harness.start(usersOf(ann));
    // The first has a file to load, so on its own it would be the last to be done.
    const done: string[] = [];
    await Promise.all([
      reload(harness, usersOf(ann, bob)).then(() => done.push('first')),
      reload(harness, {}).then(() => done.push('second')),
      reload(harness, usersOf(bob)).then(() => done.push('third')),
    ]);
    expect(done).to.deep.equal(['first', 'second', 'third']);
    await expectRefused(asAnn);
    await (await connectAs(harness, asBob)).expectSilence();
  });
});
