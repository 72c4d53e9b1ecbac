import { newScopedSigner, type UserPermissionsLimits } from '@nats-io/jwt';
import { createAccount, createOperator, createUser } from '@nats-io/nkeys';
import { expect } from 'chai';
import { createAuthenticator } from '../../lib/auth/create-authenticator.js';
import type { Grant, Presented } from '../../lib/auth/grant.js';
import { hashBytes } from '../../lib/frame/hash.js';
import { config, login } from '../support/auth/logins.js';
import { firstVersion, OperatorFixture, quick, reassembled, UNLIMITED } from '../support/auth/operators.js';

const NOW = Math.floor(Date.now() / 1_000);

describe('logins by JWT', () => {
  let world: OperatorFixture;
  beforeEach(() => {
    world = new OperatorFixture();
  });

  /** What a user gets under an account. */
  async function grantOf(
    presented: Partial<Presented>,
    account?: Promise<string>,
    operator?: Promise<string>,
    now?: () => number,
  ): Promise<Grant | undefined> {
    const authenticator = createAuthenticator(
      config({}, { operator: await world.config(account, operator) }),
      now,
    );
    return login(authenticator, presented);
  }

  function mayPublish(grant: Grant | undefined, subject: string): boolean | undefined {
    const bytes = Buffer.from(subject);
    return grant?.permissions?.mayPublish(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  it('ask for one, with a nonce', async () => {
    const { required, usesNonce, anonymous } = createAuthenticator(
      config({}, { operator: await world.config() }),
    );
    expect({ required, usesNonce, anonymous }).to.deep.equal({
      required: true,
      usesNonce: true,
      anonymous: undefined,
    });
  });

  it('let in who an account signed and who signs the nonce', async () => {
    const jwt = await world.userJwt();
    const grant = await grantOf(world.present(jwt));
    expect(grant).to.deep.include({ account: world.accountKey, user: world.userKey, permissions: undefined });
    expect(grant).to.not.have.any.keys(
      'expiresAt',
      'maxSubscriptions',
      'maxPayloadBytes',
      'maxAccountConnections',
    );
    const base64 = Buffer.from(world.user.sign(Buffer.from('n'))).toString('base64');
    expect(await grantOf({ jwt, nonce: 'n', signature: base64 })).to.not.equal(undefined);
  });

  it('let in no other client', async () => {
    const jwt = await world.userJwt();
    const good = world.present(jwt);
    for (const presented of [
      {},
      { user: 'u', password: 'p', token: 't' },
      { ...good, jwt: undefined },
      { ...good, jwt: '' },
      { ...good, jwt: 'eyJ' },
      { ...good, jwt: `${jwt}.x` },
      { ...good, jwt: `${jwt}=` },
      { ...good, signature: undefined },
      { ...good, signature: '' },
      { ...good, nonce: 'other' },
      { ...good, nonce: undefined },
      world.present(jwt, quick(createUser())),
      world.present(jwt, world.account),
      world.present(await world.accountJwt()),
      world.present(await world.operatorJwt()),
    ]) {
      expect(await grantOf(presented), JSON.stringify(presented)).to.equal(undefined);
    }
  });

  it('refuse what is not even text, without a fault', async () => {
    const authenticator = createAuthenticator(config({}, { operator: await world.config() }));
    const good = world.present(await world.userJwt());
    for (const odd of [5, {}, [], true, null]) {
      for (const name of ['jwt', 'signature', 'nonce']) {
        const presented = { ...good, [name]: odd } as Partial<Presented>;
        expect(await login(authenticator, presented), `${name} ${JSON.stringify(odd)}`).to.equal(undefined);
      }
    }
  });

  it('do not believe a changed JWT', async () => {
    const jwt = await world.userJwt();
    const stranger = quick(createAccount());
    for (const changed of [
      reassembled(jwt, ({ body }) => Object.assign(body, { name: 'other' })),
      reassembled(jwt, ({ body }) => Object.assign(body, { name: 'other' }), stranger),
      reassembled(jwt, ({ body }) => Object.assign(body, { iss: stranger.getPublicKey() }), stranger),
      reassembled(jwt, ({ header }) => Object.assign(header, { alg: 'none' }), world.account),
      reassembled(jwt, ({ header }) => Object.assign(header, { alg: 'ed25519' }), world.account),
      reassembled(jwt, ({ header }) => Object.assign(header, { alg: 'HS256' }), world.account),
      reassembled(jwt, ({ header }) => Object.assign(header, { typ: 'other' }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body.nats as object, { type: 'account' }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body.nats as object, { version: 3 }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body.nats as object, { pub: 'all' }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body.nats as object, { subs: '1' }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body, { sub: world.accountKey }), world.account),
      reassembled(jwt, ({ body }) => Object.assign(body, { exp: 'never' }), world.account),
    ]) {
      expect(await grantOf(world.present(changed))).to.equal(undefined);
    }
    const same = reassembled(jwt, ({ body }) => Object.assign(body, { name: 'other' }), world.account);
    expect(await grantOf(world.present(same))).to.not.equal(undefined);
  });

  it('may be of the first version, where limits that are not there are none', async () => {
    const { operator, account, user } = world;
    const limits = { subs: -1, conn: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true };
    const operatorConfig = {
      operators: [firstVersion('operator', operator, {}, operator)],
      preload: { [world.accountKey]: firstVersion('account', account, { limits }, operator) },
    };
    const authenticator = createAuthenticator(config({}, { operator: operatorConfig }));
    const jwt = firstVersion('user', user, { pub: { allow: ['a'] }, sub: {} }, account);
    const grant = await login(authenticator, world.present(jwt));
    expect(grant).to.include({ account: world.accountKey, user: world.userKey });
    expect([grant?.maxSubscriptions, grant?.maxPayloadBytes]).to.deep.equal([undefined, undefined]);
    expect(grant?.permissions?.restrictsPublish).to.equal(true);
    const [head, body, signature] = jwt.split('.');
    const other = firstVersion('user', user, {}, account).split('.');
    const forged = [
      [head, other[1], signature],
      [head, body, other[2]],
      [Buffer.from('{"typ":"jwt","alg":"ed25519-nkey"}').toString('base64url'), body, signature],
    ];
    for (const parts of forged)
      expect(await login(authenticator, world.present(parts.join('.')))).to.equal(undefined);
  });

  it('know who may sign', async () => {
    const signing = quick(createAccount());
    const jwt = await world.userJwt({}, {}, signing);
    const present = () => world.present(jwt);
    expect(await grantOf(present())).to.equal(undefined);
    expect(
      await grantOf(present(), world.accountJwt({ signing_keys: [signing.getPublicKey()] })),
    ).to.not.equal(undefined);
    // Signed by the right key for an account that is not there.
    const other = new OperatorFixture();
    expect(await grantOf(other.present(await other.userJwt()))).to.equal(undefined);
    // An operator can insist on signing keys, for itself and its accounts.
    const key = quick(createOperator());
    const strict = world.operatorJwt({ strict_signing_key_usage: true, signing_keys: [key.getPublicKey()] });
    const account = world.accountJwt({ signing_keys: [signing.getPublicKey()] }, {}, key);
    expect(await grantOf(present(), account, strict)).to.not.equal(undefined);
    expect(await grantOf(world.present(await world.userJwt()), account, strict)).to.equal(undefined);
  });

  it('end with the user, the account or the operator, whichever is first', async () => {
    const until = async (user?: number, account?: number, operator?: number) => {
      const at = (exp?: number) => (exp === undefined ? {} : { exp: NOW + exp });
      const presented = world.present(await world.userJwt({}, at(user)));
      const grant = await grantOf(
        presented,
        world.accountJwt({}, at(account)),
        world.operatorJwt({}, at(operator)),
      );
      return grant && (grant.expiresAt === undefined ? 'never' : grant.expiresAt / 1_000 - NOW);
    };
    expect(await until()).to.equal('never');
    expect(await until(1_000)).to.equal(1_000);
    expect(await until(1_000, 500)).to.equal(500);
    expect(await until(1_000, 2_000)).to.equal(1_000);
    expect(await until(1_000, 2_000, 300)).to.equal(300);
    expect(await until(-1)).to.equal(undefined);
    expect(await until(1_000, -1)).to.equal(undefined);
    const later = await grantOf(
      world.present(await world.userJwt()),
      undefined,
      world.operatorJwt({}, { exp: NOW + 1_000 }),
      () => (NOW + 1_001) * 1_000,
    );
    expect(later).to.equal(undefined);
  });

  it('do not begin too early', async () => {
    const later = { nbf: NOW + 9_000 };
    expect(await grantOf(world.present(await world.userJwt({}, later)))).to.equal(undefined);
    expect(await grantOf(world.present(await world.userJwt()), world.accountJwt({}, later))).to.equal(
      undefined,
    );
    expect(await grantOf(world.present(await world.userJwt({}, { nbf: NOW - 1 })))).to.not.equal(undefined);
  });

  it('are refused where revoked: those issued up to then, of one user or of all', async () => {
    const present = async () => world.present(await world.userJwt());
    for (const [key, at, refused] of [
      [world.userKey, NOW + 9_000, true],
      [world.userKey, NOW - 10, false],
      ['*', NOW + 9_000, true],
      ['*', NOW - 10, false],
      [quick(createUser()).getPublicKey(), NOW + 9_000, false],
    ] as const) {
      const grant = await grantOf(await present(), world.accountJwt({ revocations: { [key]: at } }));
      expect(grant === undefined, `${key} ${at - NOW}`).to.equal(refused);
    }
  });

  it('need no signature with a bearer token, unless the account has none of that', async () => {
    const jwt = await world.userJwt({ bearer_token: true });
    expect(await grantOf({ jwt })).to.not.equal(undefined);
    const forbidden = world.accountJwt({ limits: { ...UNLIMITED, disallow_bearer: true } });
    expect(await grantOf(world.present(jwt), forbidden)).to.equal(undefined);
    expect(await grantOf(world.present(await world.userJwt()), forbidden)).to.not.equal(undefined);
  });

  it('are for the kinds of connection they name', async () => {
    const of = async (types: readonly string[], connectionType: Presented['connectionType']) => {
      const jwt = await world.userJwt({ allowed_connection_types: types });
      return (await grantOf({ ...world.present(jwt), connectionType })) !== undefined;
    };
    expect(await of([], 'LINE')).to.equal(true);
    expect(await of(['STANDARD'], 'STANDARD')).to.equal(true);
    expect(await of(['standard'], 'STANDARD')).to.equal(true);
    expect(await of(['STANDARD'], 'IN_PROCESS')).to.equal(true);
    expect(await of(['STANDARD'], 'LINE')).to.equal(false);
    expect(await of(['WEBSOCKET', 'FAX'], 'STANDARD')).to.equal(false);
    expect(await of(['STANDARD', 'FAX'], 'STANDARD')).to.equal(true);
    expect(await of(['FAX'], 'STANDARD')).to.equal(false);
  });

  it('are for where and when they say', async () => {
    const from = async (src: unknown, remoteAddress?: string) =>
      (await grantOf({ ...world.present(await world.userJwt({ src })), remoteAddress })) !== undefined;
    expect(await from(['10.0.0.0/8', '::1/128'], '10.1.2.3')).to.equal(true);
    expect(await from(['10.0.0.0/8'], '::ffff:10.1.2.3')).to.equal(true);
    expect(await from(['10.0.0.0/8'], '11.1.2.3')).to.equal(false);
    expect(await from(['10.0.0.0/8'])).to.equal(false);
    const times = [{ start: '10:00:00', end: '11:00:00' }];
    const at = async (time: string, claims: Record<string, unknown>) => {
      const now = Date.parse(`2026-01-15T${time}Z`);
      const jwt = await world.userJwt(claims);
      const grant = await grantOf(world.present(jwt), undefined, undefined, () => now);
      return grant && (grant.expiresAt! - now) / 1_000;
    };
    expect(await at('10:30:00', { times, times_location: 'UTC' })).to.equal(1_800);
    expect(await at('11:30:00', { times, times_location: 'UTC' })).to.equal(undefined);
    expect(await at('09:30:00', { times, times_location: 'Europe/Berlin' })).to.equal(1_800);
    expect(await at('09:30:00', { times, locale: 'Europe/Berlin' })).to.equal(1_800);
    expect(await at('10:30:00', { times, times_location: 'Nowhere/Else' })).to.equal(undefined);
  });

  it('bring permissions, of the user or else of the account', async () => {
    const defaults = world.accountJwt({ default_permissions: { pub: { allow: ['d'] } } });
    const plain = await grantOf(world.present(await world.userJwt()), defaults);
    expect([mayPublish(plain, 'd'), mayPublish(plain, 'a')]).to.deep.equal([true, false]);
    const own = await grantOf(world.present(await world.userJwt({ sub: { deny: ['x'] } })), defaults);
    expect([mayPublish(own, 'a'), own?.permissions?.maySubscribe('x', undefined)]).to.deep.equal([
      true,
      false,
    ]);
    // Seen on nats-server 2.10.29: empty lists restrict nothing; leave to answer takes the rest away.
    const empty = await grantOf(
      world.present(await world.userJwt({ pub: { allow: [], deny: [] }, sub: {} })),
    );
    expect(empty?.permissions).to.equal(undefined);
    const answers = await grantOf(world.present(await world.userJwt({ resp: { max: 0, ttl: 0 } })));
    expect(answers?.permissions?.responses).to.deep.equal({ max: 1, expiresMs: 120_000 });
    expect(mayPublish(answers, 'a')).to.equal(false);
    const endless = await grantOf(world.present(await world.userJwt({ resp: { max: -3, ttl: -1 } })));
    expect(endless?.permissions?.responses).to.deep.equal({ max: -1, expiresMs: 0 });
    const some = await grantOf(world.present(await world.userJwt({ resp: { max: 5, ttl: 3e9 } })));
    expect(some?.permissions?.responses).to.deep.equal({ max: 5, expiresMs: 3_000 });
  });

  it('share the permissions of a user', async () => {
    const authenticator = createAuthenticator(config({}, { operator: await world.config() }));
    const jwt = await world.userJwt({ pub: { allow: ['a'] } });
    const [first, second] = [
      await login(authenticator, world.present(jwt)),
      await login(authenticator, world.present(jwt)),
    ];
    expect(first?.permissions).to.equal(second?.permissions);
    const other = await login(authenticator, world.present(await world.userJwt({ pub: { allow: ['b'] } })));
    expect(other?.permissions).to.not.equal(first?.permissions);
  });

  it('bring limits, the smaller of the user and the account', async () => {
    const limits = async (user: Record<string, unknown>, account: Record<string, unknown>) => {
      const jwt = await world.userJwt(user);
      const grant = await grantOf(
        world.present(jwt),
        world.accountJwt({ limits: { ...UNLIMITED, ...account } }),
      );
      return [grant?.maxSubscriptions, grant?.maxPayloadBytes, grant?.maxAccountConnections];
    };
    expect(await limits({}, {})).to.deep.equal([undefined, undefined, undefined]);
    expect(await limits({ subs: 5, payload: 100 }, { conn: 3 })).to.deep.equal([5, 100, 3]);
    expect(await limits({ subs: 5, payload: 100 }, { subs: 1, payload: 1_000 })).to.deep.equal([
      1,
      100,
      undefined,
    ]);
    expect(await limits({}, { subs: 7, payload: 70 })).to.deep.equal([7, 70, undefined]);
    // Seen on nats-server 2.10.29: 0 is nothing at all.
    expect(await limits({ subs: 0, payload: 0 }, { conn: 0 })).to.deep.equal([0, 0, 0]);
    const grant = await grantOf(
      world.present(await world.userJwt()),
      world.accountJwt({ limits: undefined }),
    );
    expect(grant?.maxAccountConnections).to.equal(0);
  });

  describe('of a scoped signing key', () => {
    const signing = quick(createAccount());
    const scoped = (template: Partial<UserPermissionsLimits>) => {
      const scope = newScopedSigner(signing, 'role', template);
      // What the tool adds by itself would take away all publishing.
      if (template.resp === undefined) delete scope.template.resp;
      return world.accountJwt({ signing_keys: [scope], tags: ['zone:north'] });
    };

    it('have its permissions, filled in', async () => {
      const account = scoped({
        pub: {
          allow: [
            'n.{{name()}}',
            's.{{subject()}}',
            'a.{{account-name()}}',
            't.{{tag(x)}}.{{account-tag(zone)}}',
          ],
          deny: ['n.{{name()}}.x', 'as.{{account-subject()}}'],
        },
        sub: { allow: ['{{tag(missing)}}.x', 'plain', '{{nonsense()}}'] },
      });
      const grant = await grantOf(
        world.present(await world.scopedJwt(signing, { tags: ['x:1', 'x:2', 'y:3'] })),
        account,
      );
      for (const subject of ['n.anna', `s.${world.userKey}`, 'a.Acme', 't.1.north', 't.2.north']) {
        expect(mayPublish(grant, subject), subject).to.equal(true);
      }
      for (const subject of ['n.bob', 'n.anna.x', 't.3.north', 't.1.south', `as.${world.accountKey}`]) {
        expect(mayPublish(grant, subject), subject).to.equal(false);
      }
      expect(grant?.permissions?.maySubscribe('plain', undefined)).to.equal(true);
      expect(grant?.permissions?.maySubscribe('x', undefined)).to.equal(false);
    });

    it('may nothing where nothing is left of what was allowed', async () => {
      const grant = await grantOf(
        world.present(await world.scopedJwt(signing)),
        scoped({ sub: { allow: ['foo.{{tag(x)}}'] }, pub: { deny: ['y'] } }),
      );
      expect(grant?.permissions?.maySubscribe('foo.x', undefined)).to.equal(false);
      expect(mayPublish(grant, 'foo')).to.equal(true);
    });

    it('are refused where a denial becomes none', async () => {
      const account = scoped({ pub: { deny: ['foo.{{tag(x)}}'] } });
      expect(await grantOf(world.present(await world.scopedJwt(signing)), account)).to.equal(undefined);
      const spaced = scoped({ pub: { deny: ['foo.{{name()}}'] } });
      const jwt = await world.scopedJwt(signing, {}, 'a b');
      expect(await grantOf(world.present(jwt), spaced)).to.equal(undefined);
      const allow = await grantOf(world.present(jwt), scoped({ sub: { allow: ['foo.{{name()}}', 'x'] } }));
      expect(allow?.permissions?.maySubscribe('foo.a', 'b')).to.equal(false);
    });

    it('have its limits, and none of their own', async () => {
      const account = scoped({ subs: 3, payload: 10 });
      const grant = await grantOf(world.present(await world.scopedJwt(signing)), account);
      expect([grant?.maxSubscriptions, grant?.maxPayloadBytes]).to.deep.equal([3, 10]);
      for (const own of [
        { pub: { allow: ['x'] } },
        { subs: 5 },
        { bearer_token: true },
        { resp: { max: 1, ttl: 0 } },
      ]) {
        const jwt = await world.scopedJwt(signing, own);
        expect(await grantOf(world.present(jwt), account), JSON.stringify(own)).to.equal(undefined);
      }
      const bearer = scoped({ bearer_token: true });
      expect(await grantOf({ jwt: await world.scopedJwt(signing) }, bearer)).to.not.equal(undefined);
    });
  });

  it('are renewed without showing anything again, by what holds then', async () => {
    const jwt = await world.userJwt({ pub: { allow: ['a'] } });
    const before = createAuthenticator(config({}, { operator: await world.config() }));
    const grant = (await login(before, world.present(jwt)))!;
    const renew = async (account: Promise<string>) =>
      createAuthenticator(config({}, { operator: await world.config(account) })).renew(grant, 'STANDARD');
    const same = await renew(world.accountJwt());
    expect(same?.fingerprint).to.equal(grant.fingerprint);
    expect((await renew(world.accountJwt({ limits: { ...UNLIMITED, subs: 4 } })))?.fingerprint)
      .to.be.a('string')
      .and.not.equal(grant.fingerprint);
    expect(await renew(world.accountJwt({ revocations: { '*': NOW + 9_000 } }))).to.equal(undefined);
    const again = createAuthenticator(config({}, { operator: await world.config() })).renew(
      same!,
      'STANDARD',
    );
    expect(again?.fingerprint).to.equal(grant.fingerprint);
    expect(createAuthenticator(config({ token: 't' })).renew(grant, 'STANDARD')).to.equal(undefined);
    expect(before.renew({ ...grant }, 'STANDARD')).to.equal(undefined);
  });
});
