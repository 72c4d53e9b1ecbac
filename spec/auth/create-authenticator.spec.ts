import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import type { AuthConfig } from '../../lib/auth/auth-config.js';
import { createAuthenticator } from '../../lib/auth/create-authenticator.js';
import { type Grant, isGrant, type Presented } from '../../lib/auth/grant.js';
import { loadAuthenticator } from '../../lib/auth/load.js';
import type { UserConfig } from '../../lib/config/shapes.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { derOf } from '../support/auth/certificates.js';
import { config, login, signedBy, userKey } from '../support/auth/logins.js';

const G = '$G';
const hashed = (password: string) => hashSync(password, 4);
const key = userKey();
const other = userKey();
const cert = (name: Parameters<typeof derOf>[0]) =>
  ({ certificate: { raw: derOf(name) } }) as unknown as Pick<Presented, 'certificate'>;

const SINGLE = config({ user: 'u', password: 'p' });
const TOKEN = config({ token: 't' });
const BOTH = config({ user: 'u', password: 'p', token: 't' });
const USERS: readonly UserConfig[] = [
  { user: 'a', password: 'pa', account: G },
  { user: 'b', password: hashed('pb'), account: 'B' },
  { user: 'ws', password: 'p', account: G, connectionTypes: ['websocket', 'Line'] },
  { nkey: key.nkey, account: 'N' },
];
const MANY = config({ users: USERS });
const GUESTS = config({ users: USERS, noAuthUser: 'b' });
const KEY_GUESTS = config({ users: USERS, noAuthUser: key.nkey });
const MAPPED = config(
  {
    users: [
      { user: 'anna@acme.test', account: 'C' },
      { user: 'CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme,DC=test', password: 'pw', account: 'C' },
      { user: 'a', password: 'pa', account: G },
      { nkey: key.nkey, account: 'N' },
    ],
  },
  { tls: { verifyAndMap: true } },
);

/** What is configured, what is presented, whose grant one gets: `user@account`. */
const ROWS: readonly (readonly [name: string, AuthConfig, Partial<Presented>, got: string | undefined])[] = [
  ['nothing', config(), {}, `undefined@${G}`],
  ['nothing', config(), { user: 'x', password: 'y', token: 'z', nkey: 'n', jwt: 'j' }, `undefined@${G}`],
  ['a user', SINGLE, { user: 'u', password: 'p' }, `u@${G}`],
  ['a user', SINGLE, { user: 'u', password: 'p', token: 'any', nkey: 'any', jwt: 'any' }, `u@${G}`],
  ['a user', SINGLE, { user: 'u', password: 'x' }, undefined],
  ['a user', SINGLE, { user: 'u', password: 'pp' }, undefined],
  ['a user', SINGLE, { user: 'U', password: 'p' }, undefined],
  ['a user', SINGLE, { user: 'u' }, undefined],
  ['a user', SINGLE, { password: 'p' }, undefined],
  ['a user', SINGLE, { token: 'p' }, undefined],
  ['a user', SINGLE, {}, undefined],
  ['a bcrypt user', config({ user: 'u', password: hashed('p') }), { user: 'u', password: 'p' }, `u@${G}`],
  ['a bcrypt user', config({ user: 'u', password: hashed('p') }), { user: 'u', password: 'x' }, undefined],
  ['a bcrypt user', config({ user: 'u', password: hashed('p') }), { user: 'x', password: 'p' }, undefined],
  ['a token', TOKEN, { token: 't' }, `undefined@${G}`],
  ['a token', TOKEN, { token: 't', user: 'z' }, `undefined@${G}`],
  ['a token', TOKEN, { token: 'x' }, undefined],
  ['a token', TOKEN, { token: '' }, undefined],
  ['a token', TOKEN, { user: 't', password: 't' }, undefined],
  ['a token', TOKEN, {}, undefined],
  ['a bcrypt token', config({ token: hashed('t') }), { token: 't' }, `undefined@${G}`],
  ['a bcrypt token', config({ token: hashed('t') }), { token: 'x' }, undefined],
  ['a bcrypt token', config({ token: hashed('t') }), { token: hashed('t') }, undefined],
  ['a user and a token', BOTH, { user: 'u', password: 'p' }, `u@${G}`],
  ['a user and a token', BOTH, { token: 't' }, `undefined@${G}`],
  ['a user and a token', BOTH, { user: 'u', password: 'x', token: 't' }, `undefined@${G}`],
  ['a user and a token', BOTH, { user: 'u', token: 'p' }, undefined],
  ['users', MANY, { user: 'a', password: 'pa' }, `a@${G}`],
  ['users', MANY, { user: 'b', password: 'pb' }, 'b@B'],
  ['users', MANY, { user: 'a', password: 'pb' }, undefined],
  ['users', MANY, { user: 'b', password: 'pa' }, undefined],
  ['users', MANY, { user: 'c', password: 'pa' }, undefined],
  ['users', MANY, { user: key.nkey, password: '' }, undefined],
  ['users', MANY, {}, undefined],
  ['users and a token', config({ users: USERS, token: 't' }), { token: 't' }, `undefined@${G}`],
  ['users and a token', config({ users: USERS, token: 't' }), { user: 'c', token: 't' }, undefined],
  [
    'users and a user',
    config({ users: USERS, user: 'u', password: 'p' }),
    { user: 'u', password: 'p' },
    `u@${G}`,
  ],
  [
    'users and a user',
    config({ users: USERS, user: 'u', password: 'p' }),
    { user: 'a', password: 'pa' },
    `a@${G}`,
  ],
  ['users', MANY, { user: 'ws', password: 'p' }, undefined],
  ['users', MANY, { user: 'ws', password: 'p', connectionType: 'WEBSOCKET' }, `ws@${G}`],
  ['users', MANY, { user: 'ws', password: 'p', connectionType: 'LINE' }, `ws@${G}`],
  ['users', MANY, { user: 'ws', password: 'p', connectionType: 'IN_PROCESS' }, undefined],
  ['users', MANY, signedBy(key.pair), `${key.nkey}@N`],
  ['users', MANY, signedBy(other.pair), undefined],
  ['users', MANY, { ...signedBy(key.pair), nonce: 'another' }, undefined],
  ['users', MANY, { ...signedBy(key.pair), signature: undefined }, undefined],
  ['users', MANY, { ...signedBy(key.pair), signature: '*' }, undefined],
  ['users', MANY, { ...signedBy(key.pair), nonce: undefined }, undefined],
  ['users', MANY, { ...signedBy(other.pair), nkey: key.nkey }, undefined],
  // A client that presents an nkey is the user of that nkey, or refused.
  ['users', MANY, { ...signedBy(key.pair), user: 'a', password: 'no' }, `${key.nkey}@N`],
  ['users', MANY, { ...signedBy(other.pair), user: 'a', password: 'pa' }, undefined],
  ['users', MANY, { jwt: 'any', user: 'a', password: 'pa' }, `a@${G}`],
  ['guests', GUESTS, {}, 'b@B'],
  ['guests', GUESTS, { user: '', password: '', token: '' }, 'b@B'],
  ['guests', GUESTS, { user: 'a', password: 'pa' }, `a@${G}`],
  ['guests', GUESTS, { user: 'a', password: 'no' }, undefined],
  ['guests', GUESTS, { user: 'b', password: 'no' }, undefined],
  ['guests', GUESTS, { user: 'b' }, undefined],
  ['guests', GUESTS, { token: 'x' }, undefined],
  ['guests', GUESTS, { password: 'x' }, undefined],
  ['guests', GUESTS, signedBy(key.pair), `${key.nkey}@N`],
  ['guests by nkey', KEY_GUESTS, {}, `${key.nkey}@N`],
  ['guests by nkey', KEY_GUESTS, { nkey: key.nkey }, `${key.nkey}@N`],
  ['guests by nkey', KEY_GUESTS, { user: 'a', password: 'pa' }, `a@${G}`],
  ['guests by nkey', KEY_GUESTS, { nkey: other.nkey }, undefined],
  ['certificates', MAPPED, cert('sans'), 'anna@acme.test@C'],
  ['certificates', MAPPED, { ...cert('sans'), user: 'a', password: '' }, 'anna@acme.test@C'],
  ['certificates', MAPPED, { ...cert('sans'), password: 'x' }, undefined],
  ['certificates', MAPPED, cert('domain'), undefined],
  [
    'certificates',
    MAPPED,
    { ...cert('domain'), password: 'pw' },
    'CN=bob,OU=Night,OU=Ops,O=Acme,DC=acme,DC=test@C',
  ],
  ['certificates', MAPPED, cert('multi'), undefined],
  ['certificates', MAPPED, { user: 'a', password: 'pa' }, undefined],
  ['certificates', MAPPED, { user: 'anna@acme.test' }, undefined],
  ['certificates', MAPPED, { ...signedBy(key.pair), ...cert('multi') }, `${key.nkey}@N`],
  [
    'certificates without verify_and_map',
    config({ users: MAPPED.authorization.users }),
    cert('sans'),
    undefined,
  ],
];

const who = (grant: Grant | undefined) => grant && `${grant.user}@${grant.account}`;

describe('the authenticator', () => {
  for (const [name, configured, presented, got] of ROWS) {
    const shown = JSON.stringify({ ...presented, ...(presented.certificate && { certificate: '…' }) });
    it(`${name}: ${shown} ${got === undefined ? 'is refused' : `is ${got}`}`, async () => {
      expect(who(await login(createAuthenticator(configured), presented))).to.equal(got);
    });
  }

  it('does the work of bcrypt for every wrong login, where one user has a hash', async () => {
    const work = async (configured: AuthConfig, user: string, password: string) => {
      const decision = createAuthenticator(configured).authenticate({
        user,
        password,
        connectionType: 'STANDARD',
      });
      const verdict = await decision;
      return [decision instanceof Promise, who(isGrant(verdict) ? verdict : undefined)];
    };
    expect(await work(MANY, 'a', 'pa')).to.deep.equal([false, `a@${G}`]);
    expect(await work(MANY, 'a', 'no')).to.deep.equal([true, undefined]);
    expect(await work(MANY, 'b', 'no')).to.deep.equal([true, undefined]);
    expect(await work(MANY, 'nobody', 'no')).to.deep.equal([true, undefined]);
    expect(await work(MANY, 'ws', 'p')).to.deep.equal([true, undefined]);
    expect(await work(SINGLE, 'nobody', 'no')).to.deep.equal([false, undefined]);
  });

  it('refuses what is not even text, without a fault', async () => {
    for (const odd of [5, {}, [], true, null]) {
      for (const name of ['user', 'password', 'token', 'jwt', 'nkey', 'signature', 'nonce', 'certificate']) {
        const presented = {
          user: 'b',
          password: 'x',
          nkey: key.nkey,
          nonce: 'n',
          signature: 's',
          [name]: odd,
        };
        for (const configured of [SINGLE, BOTH, MANY, MAPPED]) {
          const grant = await login(createAuthenticator(configured), presented as Partial<Presented>);
          expect(grant, `${name} ${JSON.stringify(odd)}`).to.equal(undefined);
        }
      }
    }
  });

  it('takes signatures in base64 too', async () => {
    const nonce = 'a nonce';
    for (const encoding of ['base64', 'base64url'] as const) {
      const signature = Buffer.from(key.pair.sign(Buffer.from(nonce))).toString(encoding);
      expect(who(await login(createAuthenticator(MANY), { nkey: key.nkey, signature, nonce }))).to.equal(
        `${key.nkey}@N`,
      );
    }
  });

  it('says what INFO is to say, and who comes in without a word', () => {
    const row = (configured: AuthConfig) => {
      const { required, usesNonce, anonymous } = createAuthenticator(configured);
      return [required, usesNonce, who(anonymous)];
    };
    expect(row(config())).to.deep.equal([false, false, `undefined@${G}`]);
    expect(row(SINGLE)).to.deep.equal([true, false, undefined]);
    expect(row(MANY)).to.deep.equal([true, true, undefined]);
    expect(row(GUESTS)).to.deep.equal([false, true, 'b@B']);
    expect(row(KEY_GUESTS)).to.deep.equal([false, true, `${key.nkey}@N`]);
    expect(row(config({ users: USERS, noAuthUser: 'ws' }))).to.deep.equal([false, true, undefined]);
    expect(row({ ...MAPPED, authorization: { ...MAPPED.authorization, noAuthUser: 'a' } })).to.deep.equal([
      false,
      true,
      undefined,
    ]);
  });

  it('lets guests of one kind in only by that kind of connection', async () => {
    const authenticator = createAuthenticator(config({ users: USERS, noAuthUser: 'ws' }));
    expect(await login(authenticator, {})).to.equal(undefined);
    expect(who(await login(authenticator, { connectionType: 'LINE' }))).to.equal(`ws@${G}`);
  });

  it('keeps all clients in where only the system account has users', async () => {
    const users = [{ user: 'admin', password: 'p', account: '$SYS' }];
    const accounts = [{ name: '$SYS', exports: [], imports: [] }];
    const authenticator = createAuthenticator(config({ users }, { accounts }));
    expect([authenticator.required, who(authenticator.anonymous)]).to.deep.equal([true, `undefined@${G}`]);
    expect(who(await login(authenticator, {}))).to.equal(`undefined@${G}`);
    expect(who(await login(authenticator, { user: 'admin', password: 'p' }))).to.equal('admin@$SYS');
    expect(await login(authenticator, { user: 'x', password: 'p' })).to.equal(undefined);
    const more = [...accounts, { name: 'A', exports: [], imports: [] }];
    expect(await login(createAuthenticator(config({ users }, { accounts: more })), {})).to.equal(undefined);
    const token = createAuthenticator(config({ users, token: 't' }, { accounts }));
    expect(await login(token, {})).to.equal(undefined);
  });

  it('gives permissions, one object a user, or else the default ones', async () => {
    const users: UserConfig[] = [
      { user: 'a', password: 'p', account: G, permissions: { publish: { allow: ['a'] } } },
      { user: 'b', password: 'p', account: G },
    ];
    const authenticator = createAuthenticator(
      config({ users, defaultPermissions: { subscribe: { deny: ['x'] } }, user: 'single', password: 'p' }),
    );
    const [a, again, b, single] = await Promise.all(
      ['a', 'a', 'b', 'single'].map((user) => login(authenticator, { user, password: 'p' })),
    );
    expect(a?.permissions).to.equal(again?.permissions);
    expect([a?.permissions?.restrictsPublish, a?.permissions?.maySubscribe('x', undefined)]).to.deep.equal([
      true,
      true,
    ]);
    expect([b?.permissions?.restrictsPublish, b?.permissions?.maySubscribe('x', undefined)]).to.deep.equal([
      false,
      false,
    ]);
    expect(single?.permissions).to.equal(undefined);
  });
});

describe('a grant at a reload', () => {
  const before: UserConfig = {
    user: 'a',
    password: 'p',
    account: 'A',
    permissions: { publish: { allow: ['a'] } },
  };
  const renewed = async (old: AuthConfig, next: AuthConfig, presented: Partial<Presented>) => {
    const grant = (await login(createAuthenticator(old), presented))!;
    const renewal = createAuthenticator(next).renew(grant, 'STANDARD');
    return [grant.fingerprint === renewal?.fingerprint, who(renewal)];
  };
  const presented = { user: 'a', password: 'p' };

  it('is the same where nothing of it changed', async () => {
    const next = config({ token: 't', users: [{ user: 'z', password: 'q', account: G }, { ...before }] });
    expect(await renewed(config({ users: [before] }), next, presented)).to.deep.equal([true, 'a@A']);
    expect(
      await renewed(SINGLE, config({ user: 'u', password: 'p', token: 'new' }), { user: 'u', password: 'p' }),
    ).to.deep.equal([true, `u@${G}`]);
    expect(await renewed(TOKEN, BOTH, { token: 't' })).to.deep.equal([true, `undefined@${G}`]);
    expect(await renewed(config(), config(), {})).to.deep.equal([true, `undefined@${G}`]);
    expect(await renewed(MANY, MANY, signedBy(key.pair))).to.deep.equal([true, `${key.nkey}@N`]);
  });

  for (const [what, change] of Object.entries<Partial<UserConfig>>({
    password: { password: 'other' },
    account: { account: 'B' },
    'kinds of connection': { connectionTypes: ['WEBSOCKET'] },
    name: { user: 'b' },
  })) {
    it(`is none where the ${what} changed`, async () => {
      const next = config({ users: [{ ...before, ...change }] });
      expect(await renewed(config({ users: [before] }), next, presented)).to.deep.equal([false, undefined]);
    });
  }

  it('gives what the same login gives now', async () => {
    const permissions = { publish: { allow: ['b'] } };
    const next = config({ users: [{ ...before, permissions, connectionTypes: ['STANDARD', 'LINE'] }] });
    const grant = (await login(createAuthenticator(config({ users: [before] })), presented))!;
    const renewal = createAuthenticator(next).renew(grant, 'STANDARD');
    expect(renewal?.permissions?.describe()).to.deep.include({ publish: { allow: ['b'] } });
    const listed = config({ users: [{ user: 'u', password: 'p', account: G }] });
    expect(await renewed(SINGLE, listed, { user: 'u', password: 'p' })).to.deep.equal([true, `u@${G}`]);
  });

  it('knows whose user is gone or elsewhere', async () => {
    const grant = (await login(createAuthenticator(config({ users: [before] })), presented))!;
    const hasUser = (next: AuthConfig): boolean => createAuthenticator(next).hasUser(grant);
    expect(hasUser(config({ users: [{ ...before, password: 'other' }] }))).to.equal(true);
    expect(hasUser(config({ users: [{ ...before, account: 'B' }] }))).to.equal(false);
    expect(hasUser(config({ users: [{ ...before, user: 'b' }] }))).to.equal(false);
    expect(hasUser(TOKEN)).to.equal(false);
    expect(hasUser(config())).to.equal(false);
  });

  it('is none where the login went, or became another one', async () => {
    expect(await renewed(config({ users: [before] }), config({ token: 't' }), presented)).to.deep.equal([
      false,
      undefined,
    ]);
    expect(await renewed(config(), SINGLE, {})).to.deep.equal([false, undefined]);
    expect(await renewed(TOKEN, config({ token: 'u' }), { token: 't' })).to.deep.equal([false, undefined]);
    expect(await renewed(SINGLE, config(), { user: 'u', password: 'p' })).to.deep.equal([
      false,
      `undefined@${G}`,
    ]);
  });

  it('is the same for all clients, once the system account gets its first user', async () => {
    const open = await loadAuthenticator(config());
    const users = [{ user: 'admin', password: 's', account: '$SYS' }];
    const next = await loadAuthenticator(config({ users }));
    expect(next.renew(open.anonymous!, 'STANDARD')).to.equal(next.anonymous).and.not.equal(undefined);
  });

  it('shows nothing of the secret', async () => {
    const secret = 'Secret-4711';
    const authenticator = createAuthenticator(
      config({ users: [{ user: 'a', password: secret, account: G }] }),
    );
    const grant = await login(authenticator, { user: 'a', password: secret });
    expect(grant?.fingerprint).to.match(/^[0-9a-f]{64}$/);
    const seen = new Set<unknown>();
    const shown = JSON.stringify([grant, authenticator], (_name, value: unknown) => {
      if (typeof value === 'object' && value !== null) {
        if (seen.has(value)) return undefined;
        seen.add(value);
      }
      return value instanceof Map ? [...value] : value;
    });
    expect(shown).to.include('"a"').and.not.include(secret);
  });
});

describe('an authenticator cannot be made', () => {
  const rows: readonly (readonly [AuthConfig, message: string])[] = [
    [config({ noAuthUser: 'x' }), 'authorization.no_auth_user: there are no users'],
    [config({ users: USERS, noAuthUser: 'x' }), 'authorization.no_auth_user: no user "x"'],
    [config({ users: [{ account: G }] }), 'authorization.users[0]: needs either a user or an nkey'],
    [
      config({ users: [{ user: 'a', nkey: key.nkey, account: G }] }),
      'authorization.users[0]: needs either a user or an nkey',
    ],
    [
      config({ users: [{ nkey: 'UABC', account: G }] }),
      'authorization.users[0].nkey: not the public nkey of a user, U…',
    ],
    [
      config({ users: [{ nkey: key.nkey, password: 'p', account: G }] }),
      'authorization.users[0]: an nkey has no password',
    ],
    [
      config({ users: [...USERS, { user: 'a', account: G }] }),
      'authorization.users[2]: there already is a user "a"',
    ],
    [
      config({ users: [{ user: 'a', account: G, connectionTypes: ['standard', 'FAX'] }] }),
      'authorization.users[0].allowed_connection_types: unknown connection type "FAX", allowed: STANDARD, WEBSOCKET, LINE, IN_PROCESS, MONITOR, LEAFNODE, LEAFNODE_WS, MQTT, MQTT_WS',
    ],
    [config({ user: 'u', password: '$2a$11$short' }), 'authorization.password: not a whole bcrypt hash'],
    [config({ token: `$2x$11$${'.'.repeat(53)}` }), 'authorization.token: not a whole bcrypt hash'],
    [
      config({ users: [{ user: 'a', password: `$2a$99$${'.'.repeat(53)}`, account: G }] }),
      'authorization.users[0].password: bcrypt cost 99 out of range, allowed: 4 to 14',
    ],
  ];
  for (const [configured, message] of rows) {
    it(message, () => {
      expect(() => createAuthenticator(configured))
        .to.throw(SluiceError, message)
        .with.property('code', 'CONFIG_INVALID');
    });
  }
});
