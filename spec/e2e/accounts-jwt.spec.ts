import { encodeAccount, encodeActivation, encodeUser } from '@nats-io/jwt';
import { createAccount, createUser } from '@nats-io/nkeys';
import { expect } from 'chai';
import { SERVER } from '../../lib/routing/server-publisher.js';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';
import { type Client, Harness, msg, pub, QUIET } from '../support/harness.js';
import { until } from '../support/until.js';

const seconds = (fromNow: number) => Math.floor(Date.now() / 1_000) + fromNow;

describe('accounts and users of an operator', () => {
  let world: OperatorFixture;
  let harness: Harness | undefined;
  beforeEach(() => {
    world = new OperatorFixture();
  });
  afterEach(() => harness?.stop());

  async function start(
    account = world.accountJwt(),
    others: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { operators, preload } = await world.config(account);
    harness = await Harness.start({
      operator: [...operators],
      resolver_preload: { ...preload, ...others },
    });
  }

  /** A client that has answered the nonce; what follows is not read yet. */
  async function login(jwt: string, user = world.user): Promise<Client> {
    const client = await harness!.open('nats');
    client.answersPings = true;
    const { nonce } = JSON.parse((await client.next()).slice('INFO '.length)) as { nonce: string };
    const sig = Buffer.from(user.sign(Buffer.from(nonce))).toString('base64url');
    client.send(`CONNECT ${JSON.stringify({ ...QUIET, jwt, sig, headers: true })}\r\n`);
    return client;
  }

  it('a user has as many subscriptions as its JWT says', async () => {
    await start();
    const client = await login(await world.userJwt({ ...UNLIMITED, subs: 2 }));
    client.send('SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n');
    await client.expect("-ERR 'maximum subscriptions exceeded'");
    client.send('UNSUB 1\r\nSUB c 3\r\n');
    await client.expectSilence();
  });

  it('or as the account says, where that is less', async () => {
    await start(world.accountJwt({ limits: { ...UNLIMITED, subs: 1 } }));
    const client = await login(await world.userJwt({ ...UNLIMITED, subs: 2 }));
    client.send('SUB a 1\r\nSUB b 2\r\n');
    await client.expect("-ERR 'maximum subscriptions exceeded'");
  });

  it('and messages as large', async () => {
    await start();
    const client = await login(await world.userJwt({ ...UNLIMITED, payload: 10 }));
    client.send('SUB a 1\r\n', pub('a', '0123456789'));
    await client.expect(msg('a', 1, '0123456789'));
    client.send(pub('a', '0123456789+'));
    await client.expectEnd('fin', "-ERR 'Maximum Payload Violation'");
  });

  it('an account has as many connections as its JWT says', async () => {
    await start(world.accountJwt({ limits: { ...UNLIMITED, conn: 1 } }));
    const first = await login(await world.userJwt(UNLIMITED));
    await first.settle();
    const second = await login(await world.userJwt(UNLIMITED));
    await second.expectEnd('fin', "-ERR 'maximum account active connections exceeded'");
    expect(harness!.log.map(({ msg: text, reason }) => [text, reason])).to.deep.equal([
      ['login refused', 'maximum account active connections exceeded'],
    ]);
    await first.expectSilence();
    first.end();
    await first.closed;
    await until('the first has left', () => harness!.connections.size === 0);
    const third = await login(await world.userJwt(UNLIMITED));
    await third.expectSilence();
  });

  it('a user is cut off when its JWT expires', async () => {
    await start();
    const client = await login(await world.userJwt(UNLIMITED, { exp: seconds(2) }));
    await client.settle();
    await client.expectEnd('fin', "-ERR 'User Authentication Expired'");
    expect(await client.closeReason()).to.equal('USER_EXPIRED');
  });

  it('a user is cut off when the JWT of its account expires', async () => {
    await start(world.accountJwt({}, { exp: seconds(2) }));
    const client = await login(await world.userJwt(UNLIMITED, { exp: seconds(60) }));
    await client.settle();
    await client.expectEnd('fin', "-ERR 'Account Authentication Expired'");
    expect(await client.closeReason()).to.equal('ACCOUNT_EXPIRED');
  });

  it('a user whose JWT has expired is not let in', async () => {
    await start();
    const client = await login(await world.userJwt(UNLIMITED, { exp: seconds(-1) }));
    await client.expectEnd('fin', "-ERR 'Authorization Violation'");
  });

  it('nor one of an account that has', async () => {
    await start(world.accountJwt({}, { exp: seconds(-1) }));
    const client = await login(await world.userJwt(UNLIMITED));
    await client.expectEnd('fin', "-ERR 'Authorization Violation'");
  });

  it('are told who they are', async () => {
    await start();
    const exp = seconds(3_600);
    const client = await login(await world.userJwt({ ...UNLIMITED, sub: { allow: ['_INBOX.>'] } }, { exp }));
    client.send('SUB _INBOX.1 1\r\n', pub('$SYS.REQ.USER.INFO', '', '_INBOX.1'));
    const { data } = JSON.parse((await client.next()).split('\r\n')[1]!) as { data: Record<string, unknown> };
    const { expires, ...rest } = data;
    expect(rest).to.deep.equal({
      user: world.userKey,
      account: world.accountKey,
      account_name: world.accountKey,
      permissions: { publish: {}, subscribe: { allow: ['_INBOX.>'] } },
    });
    expect(expires).to.be.within(3_000 * 1e9, 3_600 * 1e9);
  });

  it('import from each other', async () => {
    const other = quick(createAccount());
    const exporter = await encodeAccount(
      'Other',
      other,
      { limits: UNLIMITED, exports: [{ name: 'news', subject: 'news.>', type: 'stream' }] } as never,
      { signer: world.operator },
    );
    const imports = [
      {
        name: 'news',
        subject: 'news.>',
        account: other.getPublicKey(),
        local_subject: 'from.other.>',
        type: 'stream',
      },
    ];
    await start(world.accountJwt({ imports }), { [other.getPublicKey()]: exporter });
    const client = await login(await world.userJwt(UNLIMITED));
    await client.send('SUB from.> 1\r\n').settle();
    const account = harness!.core.account(other.getPublicKey());
    const { router } = harness!.core;
    const { batchOf } = await import('../../lib/frame/command.js');
    router.route(SERVER, account, batchOf({ subject: 'news.today', payload: Buffer.from('x') }), 0, 1);
    await client.expect(msg('from.other.today', 1, 'x'));
  });

  it('use a private service with an activation token, until that expires', async () => {
    const other = quick(createAccount());
    const exporter = await encodeAccount(
      'Other',
      other,
      {
        limits: UNLIMITED,
        exports: [{ name: 's', subject: 'svc', type: 'service', token_req: true }],
      } as never,
      { signer: world.operator },
    );
    const token = await encodeActivation(
      'token',
      world.account,
      other,
      'service',
      { subject: 'svc' } as never,
      {
        exp: seconds(3),
      },
    );
    const imported = { name: 's', subject: 'svc', account: other.getPublicKey(), type: 'service', token };
    const otherUser = quick(createUser());
    await start(world.accountJwt({ imports: [imported] }), { [other.getPublicKey()]: exporter });
    const server = await login(await encodeUser('srv', otherUser, other, UNLIMITED as never), otherUser);
    await server.send('SUB svc 1\r\n').settle();
    const client = await login(await world.userJwt(UNLIMITED));
    client.send('SUB reply 1\r\n', pub('svc', 'x', 'reply'));
    const request = await server.next();
    expect(request).to.match(/^HMSG svc 1 _R_\.\S+ \d+ \d+\r\n[\s\S]*\r\n\r\nx$/);
    server.send(pub(request.split(' ')[3]!, 'y'));
    await client.expect(msg('reply', 1, 'y'));
    await until('the import has ended', () =>
      harness!.log.some(({ msg: text }) => text === 'import ended: its activation token has expired'),
    );
    client.send(pub('svc', 'z', 'reply'));
    await client.settle();
    await server.expectSilence();
  });
});
