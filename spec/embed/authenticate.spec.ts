import { createUser } from '@nats-io/nkeys';
import { expect } from 'chai';
import {
  type Authenticate,
  type BrokerOptions,
  configFrom,
  type Login,
  type LoginContext,
} from '../../lib/index.js';
import { closeAll, embedded, natsPeer, read, refused } from '../support/embed/embedded.js';
import { Peer } from '../support/peer.js';
import { until } from '../support/until.js';

const VIOLATION = "-ERR 'Authorization Violation'";

describe('authenticate', () => {
  afterEach(closeAll);

  async function asking(authenticate: Authenticate, options: BrokerOptions = {}) {
    const broker = await embedded({ authenticate, ...options });
    const open = async (connect: object, dialect: 'nats' | 'line' = 'nats') => {
      const peer = new Peer(broker.connect({ dialect }), dialect);
      if (dialect === 'line') return peer.send(`AUTH ${Object.values(connect).join(' ')}\n`);
      const info = JSON.parse((await peer.next()).slice(5)) as { nonce: string; auth_required: boolean };
      expect(info.auth_required).to.equal(true);
      const given = typeof connect === 'function' ? (connect(info.nonce) as object) : connect;
      return peer.send(`CONNECT ${JSON.stringify({ verbose: true, ...given })}\r\n`);
    };
    return { broker, open };
  }

  const verdicts: readonly (readonly [string, Authenticate, boolean])[] = [
    ['true', () => true, true],
    ['a promise of true', async () => true, true],
    ['an object', () => ({}), true],
    ['a promise of an object', () => new Promise((resolve) => setTimeout(resolve, 5, { user: 'x' })), true],
    ['false', () => false, false],
    ['null', () => null, false],
    ['undefined', async () => undefined, false],
  ];
  for (const [what, authenticate, isIn] of verdicts)
    it(`${what} ${isIn ? 'lets in' : 'keeps out'}`, async () => {
      const { open } = await asking(authenticate);
      const peer = await open({});
      await peer.expect(isIn ? '+OK' : VIOLATION);
      const line = await open({ secret: 's' }, 'line');
      await line.expect(isIn ? 'OK AUTH' : 'ERR authorization violation');
    });

  it('has until authorization.timeout to answer', async () => {
    const { open } = await asking(() => new Promise(() => {}), { authorization: { timeout: '20ms' } });
    await (await open({})).expectEnd('fin', "-ERR 'Authentication Timeout'");
    await (await open({ secret: 's' }, 'line')).expectEnd('fin', 'ERR authentication timeout');
  });

  it('is shown what there is', async () => {
    const seen: LoginContext[] = [];
    const { open } = await asking((login) => {
      seen.push(login);
      return true;
    });
    await (await open({ user: 'ann', pass: 'secret', name: 'app', auth_token: 't', jwt: 'j' })).expect('+OK');
    await (await open({ user: 'ann', pass: 'secret' }, 'line')).expect('OK AUTH');
    const [first, second] = seen;
    expect(first).to.include({
      user: 'ann',
      password: 'secret',
      token: 't',
      jwt: 'j',
      name: 'app',
      dialect: 'nats',
    });
    expect(first!.nonce).to.be.a('string');
    expect(first!.provesNkey()).to.equal(false);
    expect(second).to.include({ user: 'ann', password: 'secret', dialect: 'line', remoteAddress: undefined });
  });

  it('can ask whether an nkey was proven', async () => {
    const proven: boolean[] = [];
    const { open } = await asking((login) => {
      proven.push(login.provesNkey());
      return proven.at(-1)!;
    });
    const key = createUser();
    const signed = (by: typeof key) => (nonce: string) => ({
      nkey: key.getPublicKey(),
      sig: Buffer.from(by.sign(Buffer.from(nonce))).toString('base64url'),
    });
    await (await open(signed(key))).expect('+OK');
    await (await open(signed(createUser()))).expect(VIOLATION);
    expect(proven).to.deep.equal([true, false]);
  });

  it('gives account, permissions, limits and a name', async () => {
    const login: Login = {
      user: 'Ann',
      account: 'SHOP',
      permissions: { publish: 'orders.>', subscribe: { deny: 'secret.>' } },
      maxSubscriptions: 1,
    };
    const { broker, open } = await asking(() => login);
    const orders = broker.subscribe('orders.*', { account: 'SHOP' });
    const peer = await open({});
    await peer.expect('+OK');
    peer.send('PUB orders.new 1\r\nx\r\nPUB other 1\r\nx\r\nSUB secret.a 1\r\nSUB a 2\r\nSUB b 3\r\n');
    await peer.expect(
      '+OK',
      `-ERR 'Permissions Violation for Publish to "other"'`,
      `-ERR 'Permissions Violation for Subscription to "secret.a"'`,
      '+OK',
      `-ERR 'maximum subscriptions exceeded'`,
    );
    expect((await read(orders, 1))[0]!.subject).to.equal('orders.new');
    const gone = new Promise<unknown>((resolve) => broker.on('disconnect', resolve));
    peer.wire.end();
    expect(await gone).to.include({ user: 'Ann', account: 'SHOP' });
  });

  it('what it throws, rejects with or answers wrongly keeps out and is an error', async () => {
    const answers: readonly Authenticate[] = [
      () => {
        throw new Error('one');
      },
      () => Promise.reject(new Error('two')),
      () => ({ acount: 'A' }) as Login,
      () => ({ permissions: { publish: 'a..b' } }),
      () => ({ maxSubscriptions: -1 }),
    ];
    let next = 0;
    const { broker, open } = await asking((login) => answers[next++]!(login));
    const errors: string[] = [];
    broker.on('error', (error) => errors.push((error as Error).message));
    for (const _ of answers) await (await open({})).expect(VIOLATION);
    await until('all is told', () => errors.length === answers.length);
    expect(errors.slice(0, 2)).to.deep.equal(['one', 'two']);
    expect(errors[2]).to.match(
      /^authenticate: acount: unknown option, did you mean account\? allowed: user, /,
    );
    expect(errors[3]).to.match(/^authenticate: permissions\.publish = "a\.\.b": not /);
    expect(errors[4]).to.equal(
      'authenticate: maxSubscriptions = -1: not a whole number in range, allowed: 0 to 10000000',
    );
  });

  it('that takes too long is not waited for', async () => {
    const { open } = await asking(() => new Promise(() => {}), { authorization: { timeout: '20ms' } });
    await (await open({})).expect("-ERR 'Authentication Timeout'");
  });

  it('holds up what the client says next, in order, and no other client', async () => {
    let letIn = (_: boolean) => {};
    const { broker, open } = await asking(({ user }) =>
      user === 'slow' ? new Promise<boolean>((resolve) => (letIn = resolve)) : true,
    );
    const slow = await open({ user: 'slow', verbose: false });
    const before = slow.bytesReceived;
    slow.send('SUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n');
    const quick = await open({ user: 'quick' });
    await quick.expect('+OK');
    expect(slow.bytesReceived).to.equal(before);
    letIn(true);
    await slow.expect('MSG a 1 1\r\nx', 'PONG');
    await broker.close();
  });

  it('does not ask about the program itself', async () => {
    const broker = await embedded({ authenticate: () => false });
    const subscription = broker.subscribe('a');
    await broker.publish('a', 'x');
    expect((await read(subscription, 1))[0]!.text()).to.equal('x');
  });

  const lettingIn: Readonly<Record<string, Authenticate>> = {
    'at once': () => true,
    later: async () => true,
  };
  for (const [when, authenticate] of Object.entries(lettingIn))
    it(`lets in ${when}: connections keep their login over a reload, even if they presented nothing`, async () => {
      let asked = 0;
      const broker = await embedded({
        authenticate: (login) => {
          asked++;
          return authenticate(login);
        },
      });
      const peers = [await natsPeer(broker), await natsPeer(broker, { user: 'ann' })];
      await broker.reload({ nats: false, line: false, flow: { policy: 'drop' } });
      for (const peer of peers) await peer.send('SUB a 1\r\n').settle();
      expect(asked).to.equal(2);
    });

  it('looks at permissions anew where the object has changed', async () => {
    const permissions = { publish: ['a', 'b'] };
    const broker = await embedded({ authenticate: () => ({ permissions }) });
    const before = await natsPeer(broker, { verbose: true });
    await before.send('PUB b 1\r\nx\r\n').expect('+OK');
    permissions.publish.pop();
    const after = await natsPeer(broker, { verbose: true });
    await after.send('PUB b 1\r\nx\r\n').expect(`-ERR 'Permissions Violation for Publish to "b"'`);
  });

  const both: readonly (readonly [BrokerOptions, string])[] = [
    [
      { authorization: { token: 't' } },
      'authorization.token: not allowed beside authenticate, which decides all logins',
    ],
    [
      { authorization: { user: 'u', password: 'p' } },
      'authorization.user: not allowed beside authenticate, which decides all logins',
    ],
    [
      { authorization: { users: [{ user: 'u', password: 'p' }] } },
      'authorization.users: not allowed beside authenticate, which decides all logins',
    ],
    [
      { accounts: { A: { users: [{ user: 'u', password: 'p' }] } } },
      'accounts.A.users: not allowed beside authenticate, which decides all logins',
    ],
    [
      { authorization: { default_permissions: { publish: 'a' } } },
      'authorization.default_permissions: not allowed beside',
    ],
    [
      { tls: { verify_and_map: true } },
      'tls.verify_and_map: not allowed beside authenticate, which decides all logins',
    ],
    [{ operator: ['x'] }, 'operator: not allowed beside authenticate, which decides all logins'],
  ];
  for (const [options, message] of both)
    it(`refuses ${JSON.stringify(options)} beside it`, async () => {
      await refused(() => embedded({ ...options, authenticate: () => true }), 'CONFIG_INVALID', message);
      const broker = await embedded({ authenticate: () => true });
      await refused(() => broker.reload({ nats: false, line: false, ...options }), 'CONFIG_INVALID', message);
    });

  it('refuses users in a ready configuration beside it', async () => {
    const broker = await embedded({ authenticate: () => true });
    const users = [{ user: 'u', password: 'p' }];
    const config = configFrom({ nats: false, line: false, authorization: { users }, accounts: { A: {} } });
    await refused(() => broker.reload(config), 'CONFIG_INVALID', 'authorization.users: not allowed beside');
  });

  it('must be a function', () =>
    refused(
      () => embedded({ authenticate: 3 as never }),
      'CONFIG_INVALID',
      'authenticate = 3: not a function',
    ));
});
