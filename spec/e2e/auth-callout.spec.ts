import { encodeAuthorizationResponse, encodeUser, type User } from '@nats-io/jwt';
import { createAccount, createCurve, createUser, type KeyPair } from '@nats-io/nkeys';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { readClaims } from '../../lib/auth/claims.js';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { calloutRequest } from '../support/auth/operator-clients.js';
import { quick } from '../support/auth/operators.js';
import { type Client, Harness, QUIET } from '../support/harness.js';

/** An authorization request, as far as the specs look at it. */
interface Request {
  readonly aud: string;
  readonly iss: string;
  readonly sub: string;
  readonly nats: {
    readonly server_id: Readonly<Record<string, unknown>> & {
      readonly id: string;
      readonly tags?: readonly string[];
      readonly xkey?: string;
    };
    readonly user_nkey: string;
    readonly client_info: Readonly<Record<string, unknown>> & { readonly user?: string };
    readonly connect_opts: Readonly<Record<string, unknown>> & {
      readonly user?: string;
      readonly pass?: string;
    };
  };
}

const NOW = Math.floor(Date.now() / 1_000);
const UNLIMITED = { subs: -1, data: -1, payload: -1 };

describe('a callout for logins', () => {
  const issuer = quick(createAccount());
  const stranger = quick(createAccount());
  const curve = createCurve();
  let harness: Harness;
  let service: NatsConnection;
  let requests: Request[];

  function settings(callout: object = {}): SettingsInput {
    return {
      listener: '127.0.0.1:0',
      server_name: 'asking',
      server_tags: ['one'],
      line: { listener: '127.0.0.1:0' },
      limits: { max_connections: 1_000 },
      accounts: {
        AUTH: { users: [{ user: 'auth', password: 'pw' }] },
        APP: { users: [{ user: 'app', password: 'pw' }], limits: { max_subscriptions: 2 } },
        OTHER: { users: [{ user: 'other', password: 'pw' }] },
      },
      authorization: {
        timeout: '1m',
        auth_callout: {
          issuer: issuer.getPublicKey(),
          account: 'AUTH',
          auth_users: ['auth'],
          allowed_accounts: ['APP'],
          ...callout,
        },
      },
    };
  }

  async function start(callout: object = {}) {
    harness = await Harness.start(settings(callout));
    const { port } = harness.broker.natsAddress!;
    requests = [];
    service = await connect({ port, user: 'auth', pass: 'pw', reconnect: false });
    service.subscribe('$SYS.REQ.USER.AUTH', { callback: (_error, message) => void answer(message) });
    await service.flush();
  }

  afterEach(async () => {
    await service.close();
    await harness.stop();
  });

  async function answer(message: Msg): Promise<void> {
    const { request, sealed } = calloutRequest<Request>(message, curve);
    requests.push(request);
    const response = await responseTo(request);
    if (response === undefined) return;
    message.respond(sealed(response));
  }

  /** What the service says to a request, by the user's name; undefined: nothing. */
  async function responseTo({ nats }: Request): Promise<string | undefined> {
    const { user = 'nobody' } = nats.connect_opts;
    const keyOf = (text: string) => ({ getPublicKey: () => text }) as KeyPair;
    const userJwt = (account: string, claims: object = {}, by = issuer, sub = nats.user_nkey, exp = 0) =>
      encodeUser(`u-${user}`, keyOf(sub), by, { ...UNLIMITED, aud: account, ...claims } as Partial<User>, {
        aud: account,
        ...(exp === 0 ? {} : { exp }),
      });
    const respond = async (
      jwt: Promise<string>,
      { by = issuer, server = nats.server_id.id, sub = nats.user_nkey } = {},
    ) => encodeAuthorizationResponse(keyOf(sub), keyOf(server), by, { jwt: await jwt }, {});
    switch (user) {
      case 'silent':
        return undefined;
      case 'empty':
        return '';
      case 'garbage':
        return 'garbage';
      case 'error':
        return encodeAuthorizationResponse(
          keyOf(nats.user_nkey),
          keyOf(nats.server_id.id),
          issuer,
          { error: 'no' },
          {},
        );
      case 'for another server':
        return respond(userJwt('APP'), { server: `N${'B'.repeat(55)}` });
      case 'for another user':
        return respond(userJwt('APP'), { sub: createUser().getPublicKey() });
      case 'by another issuer':
        return respond(userJwt('APP'), { by: stranger });
      case 'JWT of another issuer':
        return respond(userJwt('APP', {}, stranger));
      case 'JWT of another user':
        return respond(userJwt('APP', {}, issuer, createUser().getPublicKey()));
      case 'JWT for no account':
        return respond(userJwt('NONE'));
      case 'JWT that has expired':
        return respond(userJwt('APP', {}, issuer, nats.user_nkey, NOW - 10));
      case 'JWT with an issuer account':
        return respond(userJwt('APP', { issuer_account: issuer.getPublicKey() }));
      case 'JWT for WebSocket':
        return respond(userJwt('APP', { allowed_connection_types: ['WEBSOCKET'] }));
      case 'JWT for another address':
        return respond(userJwt('APP', { src: ['10.0.0.0/8'] }));
      case 'restricted':
        return respond(
          userJwt('APP', { pub: { allow: ['ok'], deny: [] }, sub: { allow: [], deny: ['no'] } }),
        );
      case 'in AUTH':
        return respond(userJwt('AUTH'));
      case 'limited':
        return respond(userJwt('APP', { subs: 1 }));
      case 'soon over':
        return respond(userJwt('APP', {}, issuer, nats.user_nkey, Math.ceil(Date.now() / 1_000) + 1));
      default:
        return respond(userJwt('APP'));
    }
  }

  /** A client that has read INFO. */
  const greeted = async (): Promise<Client> => {
    const client = await harness.connect('nats', { over: 'socket', options: false });
    await client.next();
    return client;
  };
  const present = (client: Client, options: object): Client =>
    client.send(`CONNECT ${JSON.stringify({ ...QUIET, ...options })}\r\n`);
  const login = async (options: object): Promise<Client> => present(await greeted(), options);
  const accountOf = (client: Client) => client.connection.client.account.name;
  const VIOLATION = "-ERR 'Authorization Violation'";

  it('is asked who comes in, with what the client presents', async () => {
    await start();
    const client = await login({ user: 'ann', pass: 'secret', name: 'mine', lang: 'x', version: '1.2' });
    await client.settle();
    expect(accountOf(client)).to.equal('APP');
    expect(client.connection.client.rights.user).to.equal('u-ann');
    const [request] = requests;
    const { id } = request!.nats.server_id;
    expect(id).to.equal(harness.broker.serverId);
    expect(request).to.include({ aud: 'nats-authorization-request', iss: id, sub: issuer.getPublicKey() });
    expect(request!.nats.server_id).to.include({ name: 'asking', host: '127.0.0.1' });
    expect(request!.nats.server_id.tags).to.deep.equal(['one']);
    expect(request!.nats.client_info).to.deep.include({
      host: '127.0.0.1',
      user: 'ann',
      name: 'mine',
      kind: 'Client',
      type: 'nats',
    });
    expect(request!.nats.connect_opts).to.deep.equal({
      user: 'ann',
      pass: 'secret',
      name: 'mine',
      lang: 'x',
      version: '1.2',
      protocol: 1,
    });
  });

  it('signs what it asks with the key that the id of the server is', async () => {
    await start();
    let jwt = '';
    service.subscribe('$SYS.REQ.USER.AUTH', {
      callback: (_error, { data }) => {
        jwt = Buffer.from(data).toString();
      },
    });
    await service.flush();
    await (await login({ user: 'ann' })).settle();
    // The signature of a JWT is checked before its kind is.
    expect(readClaims(jwt, 'user')).to.equal('not the JWT of a user');
    const [head, body, signature] = jwt.split('.');
    const { fromPublic } = await import('@nats-io/nkeys');
    const signed = Buffer.from(`${head}.${body}`);
    expect(fromPublic(harness.broker.serverId).verify(signed, Buffer.from(signature!, 'base64url'))).to.equal(
      true,
    );
  });

  for (const user of [
    'empty',
    'garbage',
    'error',
    'for another server',
    'for another user',
    'by another issuer',
    'JWT of another issuer',
    'JWT of another user',
    'JWT for no account',
    'JWT that has expired',
    'JWT with an issuer account',
    'JWT for WebSocket',
    'JWT for another address',
  ]) {
    it(`refuses a login for an answer such as: ${user}`, async () => {
      await start();
      const client = await login({ user });
      await client.expectEnd('fin', VIOLATION);
      expect(requests).to.have.lengthOf(1);
      const { reason } = harness.log.at(-1)!;
      expect(reason).to.match(/^callout: /);
    });
  }

  it('refuses a login without an answer in time', async () => {
    await start();
    const client = await greeted();
    // Only now, as it is the time to log in as well: of the service, too.
    const { authorization, ...others } = settings();
    await harness.broker.reload(
      configFrom({ ...others, authorization: { ...authorization, timeout: '50ms' } }),
    );
    present(client, { user: 'silent' });
    await client.expectEnd('fin', VIOLATION);
    expect(harness.log.at(-1)).to.include({ reason: 'callout: no answer' });
  });

  it('refuses a login where nothing takes requests', async () => {
    await start();
    await service.close();
    await (await login({ user: 'ann' })).expectEnd('fin', VIOLATION);
    expect(harness.log.at(-1)).to.include({ reason: 'callout: no answer' });
  });

  it('gives the permissions, the limits and the end that the answer has', async () => {
    await start();
    const restricted = await login({ user: 'restricted' });
    restricted.send('PUB ok 0\r\n\r\nPUB no 0\r\n\r\nSUB no 1\r\n');
    await restricted.expect('-ERR \'Permissions Violation for Publish to "no"\'');
    await restricted.expect('-ERR \'Permissions Violation for Subscription to "no"\'');
    const ann = await login({ user: 'ann' }); // of the account
    await ann.send('SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n').expect("-ERR 'maximum subscriptions exceeded'");
    const limited = await login({ user: 'limited' });
    await limited.send('SUB a 1\r\nSUB b 2\r\n').expect("-ERR 'maximum subscriptions exceeded'");
    await (await login({ user: 'soon over' })).expectEnd('fin', "-ERR 'User Authentication Expired'");
  });

  it('keeps users of the account with the service from asking and from seeing answers', async () => {
    await start();
    const client = await login({ user: 'in AUTH' });
    client.send('PUB $SYS.REQ.USER.AUTH 0\r\n\r\nSUB $SYS._INBOX.> 1\r\nSUB $SYS.REQ.USER.AUTH 2\r\n');
    await client.expect('-ERR \'Permissions Violation for Publish to "$SYS.REQ.USER.AUTH"\'');
    await client.expect('-ERR \'Permissions Violation for Subscription to "$SYS._INBOX.>"\'');
    await client.expect('-ERR \'Permissions Violation for Subscription to "$SYS.REQ.USER.AUTH"\'');
  });

  it('leaves its own users alone, and those of accounts that it is not for', async () => {
    await start();
    const own = await login({ user: 'auth', pass: 'pw' });
    const other = await login({ user: 'other', pass: 'pw' });
    await own.settle();
    await other.settle();
    expect([own, other].map(accountOf)).to.deep.equal(['AUTH', 'OTHER']);
    await (await login({ user: 'auth', pass: 'wrong' })).expectEnd('fin', VIOLATION);
    expect(requests).to.have.lengthOf(0);
    for (const options of [
      { user: 'app', pass: 'pw' },
      { user: 'other', pass: 'wrong' },
      { auth_token: 't' },
      {},
    ])
      await (await login(options)).settle();
    expect(requests.map(({ nats }) => nats.client_info.user)).to.deep.equal([
      'app',
      'other',
      '[REDACTED]',
      undefined,
    ]);
  });

  it('decides about all but its own users where no accounts are named', async () => {
    await start({ allowed_accounts: [] });
    const client = await login({ user: 'other', pass: 'pw' });
    await client.settle();
    expect(accountOf(client)).to.equal('APP');
  });

  it('encrypts requests for a service with a curve key, and takes answers that are encrypted', async () => {
    await start({ xkey: curve.getPublicKey() });
    const client = await login({ user: 'ann', pass: 'secret' });
    await client.settle();
    expect(accountOf(client)).to.equal('APP');
    expect(requests[0]!.nats.server_id.xkey).to.match(/^X/);
    expect(requests[0]!.nats.connect_opts.pass).to.equal('secret');
    await (await login({ user: 'garbage' })).expectEnd('fin', VIOLATION);
    await (await login({ user: 'empty' })).expectEnd('fin', VIOLATION);
  });

  it('is asked no more about connections at a reload, unless it is another one or the account has gone', async () => {
    await start();
    const client = await login({ user: 'ann' });
    await client.settle();
    await harness.broker.reload(configFrom({ ...settings(), server_tags: ['two'] }));
    await client.settle();
    expect(requests).to.have.lengthOf(1);
    await harness.broker.reload(configFrom(settings({ issuer: stranger.getPublicKey() })));
    await client.expectEnd('fin', VIOLATION);
  });
});
