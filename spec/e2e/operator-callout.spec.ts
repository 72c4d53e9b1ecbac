import { encodeAccount, encodeAuthorizationResponse, encodeUser } from '@nats-io/jwt';
import { createAccount, createCurve, createUser, type KeyPair } from '@nats-io/nkeys';
import { connect, jwtAuthenticator, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { calloutRequest } from '../support/auth/operator-clients.js';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';
import { type Client, Harness, msg, pub, QUIET } from '../support/harness.js';

const VIOLATION = "-ERR 'Authorization Violation'";

interface Request {
  readonly sub: string;
  readonly nats: {
    readonly server_id: { readonly id: string };
    readonly user_nkey: string;
    readonly client_info: Readonly<Record<string, unknown>>;
    readonly connect_opts: { readonly user?: string; readonly pass?: string; readonly jwt?: string };
  };
}

/** A user by what it is called. */
interface Placement {
  /** Signs the user. */
  readonly by: KeyPair;
  /** The account it is of, where a signing key signs. */
  readonly account?: KeyPair;
  readonly claims?: object;
  readonly isScoped?: boolean;
  readonly responder?: KeyPair;
  readonly error?: string;
}

describe('a callout of an account of an operator', () => {
  const authUser = createUser();
  const sentinel = quick(createUser());
  const app = quick(createAccount());
  const appKey = quick(createAccount());
  const foreign = quick(createAccount());
  const authKey = quick(createAccount());
  const curve = createCurve();
  let world: OperatorFixture;
  let harness: Harness;
  let service: NatsConnection;
  let requests: Request[];
  let placements: Record<string, Placement>;

  beforeEach(() => {
    world = new OperatorFixture();
    requests = [];
    placements = {};
  });
  afterEach(async () => {
    await service.close();
    await harness.stop();
  });

  const keyOf = (pair: KeyPair) => pair.getPublicKey();
  const named = (text: string) => ({ getPublicKey: () => text }) as KeyPair;

  async function start(authorization: object = {}, more: object = {}, withSentinel = false): Promise<void> {
    const template = { ...UNLIMITED, pub: { allow: ['only.{{name()}}'] }, sub: {} };
    const scoped = { kind: 'user_scope', key: keyOf(authKey), role: 'r', template };
    const auth = await world.accountJwt({
      authorization: { auth_users: [keyOf(authUser)], allowed_accounts: [keyOf(app)], ...authorization },
      signing_keys: [scoped],
      ...more,
    });
    const account = (pair: KeyPair, claims: object) =>
      encodeAccount('App', pair, { limits: UNLIMITED, ...claims } as never, { signer: world.operator });
    const sentinelJwt = encodeUser('sentinel', sentinel, world.account, { ...UNLIMITED, bearer_token: true });
    harness = await Harness.start({
      operator: [await world.operatorJwt()],
      ...(withSentinel && { default_sentinel: await sentinelJwt }),
      resolver_preload: {
        [world.accountKey]: auth,
        [keyOf(app)]: await account(app, { signing_keys: [keyOf(appKey)] }),
        [keyOf(foreign)]: await account(foreign, {}),
      },
    });
    const { port } = harness.broker.natsAddress!;
    const jwt = await encodeUser('auth', authUser, world.account, UNLIMITED);
    service = await connect({
      port,
      authenticator: jwtAuthenticator(jwt, authUser.getSeed()),
      reconnect: false,
    });
    service.subscribe('$SYS.REQ.USER.AUTH', { callback: (_error, message) => void answer(message) });
    await service.flush();
  }

  async function answer(message: Msg): Promise<void> {
    const { request, sealed } = calloutRequest<Request>(message, curve);
    requests.push(request);
    const { user_nkey: sub, server_id, connect_opts } = request.nats;
    const {
      by,
      account,
      claims,
      isScoped,
      responder = world.account,
      error,
    } = placements[connect_opts.user!]!;
    const user = encodeUser(
      `u-${connect_opts.user}`,
      named(sub),
      account ?? by,
      (isScoped ? {} : { ...UNLIMITED, ...claims }) as never,
      {
        ...(account && { signer: by }),
        ...(isScoped && { scopedUser: true }),
      },
    );
    const said = error === undefined ? { jwt: await user } : { error };
    const isSigningKey = responder !== world.account;
    const response = await encodeAuthorizationResponse(
      named(sub),
      named(server_id.id),
      isSigningKey ? world.account : responder,
      said,
      {
        ...(isSigningKey && { signer: responder }),
      },
    );
    message.respond(sealed(response));
  }

  /** A client with a bearer JWT that only says which service is to be asked, and a name and password for that. */
  async function login(user: string): Promise<Client> {
    const jwt = await encodeUser('sentinel', sentinel, world.account, { ...UNLIMITED, bearer_token: true });
    const client = await harness.open('nats');
    client.answersPings = true;
    await client.next();
    return client.send(`CONNECT ${JSON.stringify({ ...QUIET, jwt, user, pass: 'pw' })}\r\n`);
  }

  const accountOf = () => [...harness.connections].at(-1)!.client.account.name;

  it('lets users into its own account, and into those that it may', async () => {
    await start();
    placements = {
      own: { by: world.account },
      other: { by: app },
      signed: { by: appKey, account: app },
    };
    for (const [user, account] of [
      ['own', world.accountKey],
      ['other', keyOf(app)],
      ['signed', keyOf(app)],
    ] as const) {
      const client = await login(user);
      await client.send('SUB a 1\r\n', pub('a', user)).expect(msg('a', 1, user));
      expect(accountOf(), user).to.equal(account);
    }
    expect(requests[0]!.sub).to.equal(world.accountKey);
    expect(requests[0]!.nats.connect_opts).to.include({ user: 'own', pass: 'pw' });
    expect(requests[0]!.nats.client_info).to.include({ user: 'own', name_tag: 'sentinel' });
  });

  it('may answer by a signing key, and have its users go by the scope of one', async () => {
    await start();
    placements = { anna: { by: authKey, account: world.account, isScoped: true, responder: authKey } };
    const client = await login('anna');
    client.send('SUB only.> 1\r\n', pub('only.u-anna', 'x'));
    await client.expect(msg('only.u-anna', 1, 'x'));
    await client
      .send(pub('only.other', 'x'))
      .expect(`-ERR 'Permissions Violation for Publish to "only.other"'`);
  });

  it('may let users into any account where it says so', async () => {
    await start({ allowed_accounts: ['*'] });
    placements = { x: { by: foreign } };
    await (await login('x')).settle();
    expect(accountOf()).to.equal(keyOf(foreign));
  });

  it('is asked in secret where it has a key for that', async () => {
    await start({ xkey: curve.getPublicKey() });
    placements = { x: { by: app } };
    await (await login('x')).settle();
    expect(accountOf()).to.equal(keyOf(app));
  });

  it('lets no client in by the answer of another service, or where it may not', async () => {
    await start();
    const stranger = quick(createAccount());
    placements = {
      refused: { by: app, error: 'no' },
      'another account': { by: foreign },
      'an unknown signer': { by: stranger, account: app },
      'a forged answer': { by: app, responder: stranger },
      'another address': { by: app, claims: { src: ['10.0.0.0/8'] } },
    };
    for (const user of Object.keys(placements)) await (await login(user)).expectEnd('fin', VIOLATION);
    const reasons = harness.log
      .filter(({ msg: text }) => text === 'login refused')
      .map(({ reason }) => String(reason));
    expect(reasons[0]).to.equal('callout: refused: no');
  });

  it('keeps its users from answering in its place', async () => {
    await start();
    placements = { own: { by: world.account } };
    const client = await login('own');
    client.send('SUB $SYS.REQ.USER.AUTH 1\r\n');
    await client.expect(`-ERR 'Permissions Violation for Subscription to "$SYS.REQ.USER.AUTH"'`);
    client.send(pub('$SYS._INBOX.x', 'x'));
    await client.expect(`-ERR 'Permissions Violation for Publish to "$SYS._INBOX.x"'`);
  });

  it('is asked about clients without a JWT where the configuration has one for them', async () => {
    await start({}, {}, true);
    placements = { x: { by: app } };
    const client = await harness.open('nats');
    client.answersPings = true;
    await client.next();
    await client.send(`CONNECT ${JSON.stringify({ ...QUIET, user: 'x', pass: 'pw' })}\r\n`).settle();
    expect(accountOf()).to.equal(keyOf(app));
    await harness.broker.reload(harness.broker.settings);
    await client.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
  });

  it('is not asked about users that are refused anyway', async () => {
    await start({}, { revocations: { [keyOf(sentinel)]: Math.floor(Date.now() / 1_000) + 60 } });
    await (await login('x')).expectEnd('fin', VIOLATION);
    expect(requests).to.deep.equal([]);
  });

  it('has no more say about users in place, but for accounts that no longer vouch for them', async () => {
    await start();
    placements = { x: { by: app } };
    const client = await login('x');
    await client.settle();
    const { settings } = harness.broker;
    await harness.broker.reload(settings);
    await client.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
    expect(requests).to.have.length(1);
    const { [keyOf(app)]: _, ...preload } = settings.operator!.preload;
    await harness.broker.reload({ ...settings, operator: { ...settings.operator!, preload } });
    await client.expectEnd('fin', VIOLATION);
  });
});
