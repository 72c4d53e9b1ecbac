import { expect } from 'chai';
import { configFrom } from '../../../lib/config.js';
import { configOf, key, problemsOf } from '../../support/config/problems.js';

const ANN = 'user = "ann", password = "pw"';
const A_SUBJECT = 'a subject, where * is any token and > at the end all that follow';
const NO_NKEY = "not a user's public nkey, allowed: U and 55 letters and digits of base 32";

describe('config/schema/users', () => {
  const users = (text: string) => configOf(`authorization.users = [${text}]`).authorization.users;

  it('reads a user with a password, and one with an nkey', () => {
    expect(users(`{ ${ANN} }, { nkey = "${key('U', 'B')}" }`)).to.deep.equal([
      { user: 'ann', password: 'pw', account: '$G' },
      { nkey: key('U', 'B'), account: '$G' },
    ]);
  });

  const permissions: readonly [string, unknown][] = [
    ['{}', {}],
    ['{ publish = "a.>" }', { publish: { allow: ['a.>'] } }],
    ['{ publish = ["a", "b.*"] }', { publish: { allow: ['a', 'b.*'] } }],
    ['{ publish = [] }', { publish: { allow: [] } }],
    ['{ publish = {} }', {}],
    ['{ publish = { allow = "a", deny = ["b"] } }', { publish: { allow: ['a'], deny: ['b'] } }],
    ['{ subscribe = { deny = "> q.*" } }', { subscribe: { deny: ['> q.*'] } }],
    ['{ allow_responses = false }', {}],
    ['{ allow_responses = true }', { publish: { allow: [] }, responses: { max: 1, expiresMs: 120_000 } }],
    [
      '{ publish = { deny = "x" }, allow_responses = { max = 5 } }',
      { publish: { allow: [], deny: ['x'] }, responses: { max: 5, expiresMs: 120_000 } },
    ],
    [
      '{ publish = "a", allow_responses = { max = -1, expires = "0s" } }',
      { publish: { allow: ['a'] }, responses: { max: -1, expiresMs: 0 } },
    ],
  ];
  for (const [toml, as] of permissions) {
    it(`reads the permissions ${toml}`, () =>
      expect(users(`{ ${ANN}, permissions = ${toml} }`)[0]?.permissions).to.deep.equal(as));
  }

  it('reads what becomes of messages for a user that takes too little', () => {
    const [ann, bob] = users(`{ ${ANN}, flow = "drop" }, { user = "bob", password = "x" }`);
    expect(ann?.flow).to.equal('drop');
    expect(bob).not.to.have.property('flow');
  });

  it('reads kinds of connection in any case; an empty list is any kind', () => {
    const [ann, bob] = users(
      `{ ${ANN}, allowed_connection_types = ["standard", "LINE"] },
       { user = "bob", password = "x", allowed_connection_types = [] }`.replaceAll('\n', ' '),
    );
    expect(ann?.connectionTypes).to.deep.equal(['STANDARD', 'LINE']);
    expect(bob).not.to.have.property('connectionTypes');
  });

  it('fills in the default permissions of where a user is listed, and no others', () => {
    const { authorization } = configOf(`
      authorization.default_permissions = { publish = "general" }
      authorization.users = [{ ${ANN} }, { user = "bob", password = "x", permissions = {} }]
      accounts.A.default_permissions = { publish = "a" }
      accounts.A.users = [{ user = "cid", password = "x" }]
      accounts.B.users = [{ user = "dan", password = "x" }]
      accounts.C = {}`);
    const found = authorization.users.map(({ user, account, permissions }) => [
      user,
      account,
      permissions?.publish?.allow?.[0],
    ]);
    expect(found).to.deep.equal([
      ['ann', '$G', 'general'],
      ['bob', '$G', undefined],
      ['cid', 'A', 'a'],
      ['dan', 'B', undefined],
    ]);
    expect(authorization.defaultPermissions).to.deep.equal({ publish: { allow: ['general'] } });
  });

  it('takes users as an object, typed', () => {
    const { authorization } = configFrom({
      authorization: {
        users: [{ user: 'ann', password: 'pw', permissions: { publish: 'a', subscribe: { deny: ['b'] } } }],
        no_auth_user: 'ann',
      },
    });
    expect(authorization.users).to.have.length(1);
    expect(authorization.noAuthUser).to.equal('ann');
    expect(authorization.users[0]?.permissions).to.be.frozen;
  });

  it('lets users of certificates have no password', () => {
    const tls = 'tls = { cert_file = "c", key_file = "k", ca_file = "a", verify_and_map = true }';
    expect(problemsOf(`${tls}\nauthorization.users = [{ user = "CN=ann" }]`)).to.deep.equal([]);
  });

  const wrong: readonly [string, ...string[]][] = [
    ['users = "ann:pw"', 'authorization.users: not a list of users'],
    [
      'users = ["ann:pw"]',
      'authorization.users[0]: not a table, allowed: user, password, nkey, permissions, allowed_connection_types, flow',
    ],
    ['users = [{}]', 'authorization.users[0]: needs user and password, or nkey'],
    ['users = [{ password = "x" }]', 'authorization.users[0]: needs user and password, or nkey'],
    [
      'users = [{ user = "ann" }]',
      'authorization.users[0].user = "ann": needs a password as well; "" is none',
    ],
    [
      `users = [{ ${ANN}, nkey = "${key('U', 'C')}" }]`,
      'authorization.users[0]: nkey excludes user and password',
    ],
    [
      `users = [{ ${ANN}, pasword = "hunter2" }]`,
      'authorization.users[0].pasword: unknown key, did you mean password?',
    ],
    [
      `users = [{ ${ANN}, colour = 1 }]`,
      'authorization.users[0].colour: unknown key, allowed: user, password, nkey, permissions, allowed_connection_types, flow',
    ],
    [
      'users = [{ user = "ann", password = 12345 }]',
      'authorization.users[0].password: not usable, allowed: text without control characters',
    ],
    [`users = [{ ${ANN} }, { nkey = "UABC" }]`, `authorization.users[1].nkey = "UABC": ${NO_NKEY}`],
    // A seed, which is the secret half.
    [`users = [{ nkey = "SU${'A'.repeat(56)}" }]`, `authorization.users[0].nkey: ${NO_NKEY}`],
    [
      `users = [{ nkey = "${key('A', 'A')}" }]`,
      `authorization.users[0].nkey = "${key('A', 'A')}": ${NO_NKEY}`,
    ],
    [
      `users = [{ ${ANN} }, { user = "ann", password = "other" }]`,
      'authorization.users[1].user = "ann": is authorization.users[0] already',
    ],
    [
      `users = [{ nkey = "${key('U', 'D')}" }, { nkey = "${key('U', 'D')}" }]`,
      `authorization.users[1].nkey = "${key('U', 'D')}": is authorization.users[0] already`,
    ],
    [
      `users = [{ ${ANN}, permissions = 3 }]`,
      'authorization.users[0].permissions: not a table, allowed: publish, subscribe, allow_responses',
    ],
    [
      `users = [{ ${ANN}, permissions = { pub = "a" } }]`,
      'authorization.users[0].permissions.pub: unknown key, allowed: publish, subscribe, allow_responses',
    ],
    [
      `users = [{ ${ANN}, permissions = { publish = "a..b" } }]`,
      `authorization.users[0].permissions.publish = "a..b": not a subject, allowed: ${A_SUBJECT}`,
    ],
    [
      `users = [{ ${ANN}, permissions = { publish = { deny = ["a", "b q"] } } }]`,
      `authorization.users[0].permissions.publish.deny[1] = "b q": not a subject, allowed: ${A_SUBJECT}`,
    ],
    [
      `users = [{ ${ANN}, permissions = { subscribe = "a q r" } }]`,
      `authorization.users[0].permissions.subscribe = "a q r": not a subject, allowed: ${A_SUBJECT}; also "subject queue"`,
    ],
    [
      `users = [{ ${ANN}, permissions = { subscribe = { alow = "a" } } }]`,
      'authorization.users[0].permissions.subscribe.alow: unknown key, did you mean allow?',
    ],
    [
      `users = [{ ${ANN}, permissions = { allow_responses = "yes" } }]`,
      'authorization.users[0].permissions.allow_responses = "yes": not usable, allowed: true, false or { max = 1, expires = "2m" }',
    ],
    [
      `users = [{ ${ANN}, permissions = { allow_responses = { max = 0, expires = "soon" } } }]`,
      'authorization.users[0].permissions.allow_responses.max = 0: not usable, allowed: -1 (any number) or a whole number from 1',
      'authorization.users[0].permissions.allow_responses.expires = "soon": not a duration, allowed: such as "2s", "500ms" or "2m"; "0s" is without end',
    ],
    [
      `users = [{ ${ANN}, allowed_connection_types = ["PI GEON"] }]`,
      'authorization.users[0].allowed_connection_types[0] = "PI GEON": not a type of connection, allowed: such as STANDARD, WEBSOCKET or LINE',
    ],
    [
      'no_auth_user = "x"',
      'authorization.no_auth_user: no such user, allowed: user or nkey of one that is listed',
    ],
    [
      `users = [{ ${ANN} }]\nauthorization.no_auth_user = "an"`,
      'authorization.no_auth_user: no such user, did you mean ann?',
    ],
    [
      `users = [{ ${ANN} }]\nauthorization.token = "t"`,
      'authorization.token: excludes users, such as authorization.users[0]',
    ],
    [
      `user = "u"\nauthorization.password = "p"\naccounts.A.users = [{ ${ANN} }]`,
      'authorization.user: excludes users, such as accounts.A.users[0]',
    ],
    [
      `users = [{ ${ANN} }]\naccounts.A.users = [{ ${ANN} }]`,
      'accounts.A.users[0].user = "ann": is authorization.users[0] already',
    ],
  ];
  for (const [toml, ...says] of wrong) {
    it(`refuses ${toml}`, () => expect(problemsOf(`authorization.${toml}`)).to.deep.equal(says));
  }
});
