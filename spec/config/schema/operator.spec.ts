import { expect } from 'chai';
import { configOf, key, problemsOf } from '../../support/config/problems.js';

const JWT = 'eyJ0eXAiOiJKV1QifQ.eyJqdGkiOiJYIn0.c2ln';

describe('config/schema/operator', () => {
  it('reads JWTs and paths, and the JWTs of accounts', () => {
    const preload = { [key('A', 'B')]: JWT };
    const { operator } = configOf(
      `operator = ["${JWT}", "op.jwt"]\nresolver_preload.${key('A', 'B')} = "${JWT}"`,
    );
    expect(operator).to.deep.equal({ operators: [JWT, 'op.jwt'], preload, fetching: { timeoutMs: 1_900 } });
  });

  it('takes one text for a list of one, and the empty one for none', () => {
    expect(configOf('operator = "op.jwt"').operator?.operators).to.deep.equal(['op.jwt']);
    expect(configOf('operator = ""').operator).to.equal(undefined);
    expect(configOf('').operator).to.equal(undefined);
  });

  it('reads where other accounts come from', () => {
    const { operator } = configOf(
      'operator = "x"\nresolver = { dir = "d", deletion = "rename", max_accounts = 5, url = "https://u:p@x/jwt", timeout = "3s", ca_file = "c" }',
    );
    expect(operator).to.deep.include({
      directory: { path: 'd', deletion: 'rename', maxAccounts: 5 },
      url: 'https://u:p@x/jwt',
      fetching: { timeoutMs: 3_000, caFile: 'c' },
    });
  });

  it("takes a public key as the operator's system account", () =>
    expect(problemsOf(`operator = "x"\nsystem_account = "${key('A', 'B')}"`)).to.deep.equal([]));

  const wrong: readonly [string, ...string[]][] = [
    [
      'operator = 3',
      'operator = 3: not usable, allowed: JWTs of operators, paths of files that hold one, or public keys',
    ],
    [
      `resolver_preload.${key('U', 'B')} = "${JWT}"`,
      `resolver_preload.${key('U', 'B')}: not usable as a name, allowed: an account's public nkey, A and 55 letters and digits of base 32`,
    ],
    [
      `resolver_preload.${key('A', 'B')} = "a.b"`,
      `resolver_preload.${key('A', 'B')} = "a.b": not a JWT, allowed: three parts of base64url with dots between them`,
    ],
    ...['x', 'ftp://x', 'https://x?y=z', 'https://x#y'].map((url): [string, string] => [
      `resolver.url = "${url}"`,
      'resolver.url: not usable, allowed: a URL with http or https, without a query',
    ]),
    ['default_sentinel = "eyJ"', 'default_sentinel: needs operator as well'],
    ['resolver.cert_file = "c"', 'resolver.cert_file: needs resolver.key_file as well'],
    ['resolver.key_file = "c"', 'resolver.key_file: needs resolver.cert_file as well'],
    [
      'operator = "x"\naccounts.A.users = [{ user = "a", password = "b" }]',
      'accounts: excluded by operator: accounts are JWTs then, see resolver_preload',
    ],
    [
      'operator = "x"\nauthorization.users = [{ user = "a", password = "b" }]',
      'authorization.users: excluded by operator: users are JWTs then',
    ],
    ['operator = "x"\nauthorization.no_auth_user = "a"', 'authorization.no_auth_user: excludes operator'],
    [
      'operator = "x"\nsystem_account = "SYS"',
      "system_account: not an account's public nkey, as operator needs",
    ],
  ];
  for (const [toml, ...says] of wrong) {
    it(`refuses ${toml.slice(0, 60)}`, () => expect(problemsOf(toml)).to.deep.equal(says));
  }
});
