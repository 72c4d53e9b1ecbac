import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAccount, createOperator } from '@nats-io/nkeys';
import { expect } from 'chai';
import type { AuthConfig } from '../../lib/auth/auth-config.js';
import { createAuthenticator } from '../../lib/auth/create-authenticator.js';
import { loadSystemAccount } from '../../lib/auth/load.js';
import { readTrust } from '../../lib/auth/operator.js';
import { accountsIn } from '../../lib/auth/operator-accounts.js';
import type { OperatorConfig } from '../../lib/config/shapes.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { config, login } from '../support/auth/logins.js';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';

const NOW = Math.floor(Date.now() / 1_000);

describe('an operator', () => {
  let world: OperatorFixture;
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-'));
  });
  after(() => rmSync(directory, { recursive: true }));
  beforeEach(() => {
    world = new OperatorFixture();
  });

  function refused(operator: OperatorConfig, message: string | RegExp, rest: Partial<AuthConfig> = {}): void {
    expect(() => createAuthenticator({ ...config(), ...rest, operator }))
      .to.throw(SluiceError, message)
      .with.property('code', 'CONFIG_INVALID');
  }

  it('is a JWT, or a file with one, with or without lines around it', async () => {
    const jwt = await world.operatorJwt();
    const decorated = `-----BEGIN NATS OPERATOR JWT-----\n${jwt}\n------END NATS OPERATOR JWT------\n\n`;
    const files = { plain: jwt, newline: `${jwt}\n`, decorated, windows: decorated.replaceAll('\n', '\r\n') };
    const given = [jwt, ` ${jwt}\n`, decorated];
    for (const [name, contents] of Object.entries(files)) {
      const path = join(directory, name);
      writeFileSync(path, contents);
      given.push(path);
    }
    const preload = { [world.accountKey]: await world.accountJwt() };
    const presented = world.present(await world.userJwt());
    for (const operator of given) {
      const authenticator = createAuthenticator(config({}, { operator: { operators: [operator], preload } }));
      expect(await login(authenticator, presented), operator).to.not.equal(undefined);
    }
  });

  it('may have signing keys, and company', async () => {
    const key = quick(createOperator());
    const other = new OperatorFixture();
    const operators = [
      await other.operatorJwt(),
      await world.operatorJwt({ signing_keys: [key.getPublicKey()] }),
    ];
    const preload = {
      [world.accountKey]: await world.accountJwt({}, {}, key),
      [other.accountKey]: await other.accountJwt(),
    };
    const authenticator = createAuthenticator(config({}, { operator: { operators, preload } }));
    expect((await login(authenticator, world.present(await world.userJwt())))?.account).to.equal(
      world.accountKey,
    );
    expect((await login(authenticator, other.present(await other.userJwt())))?.account).to.equal(
      other.accountKey,
    );
  });

  it('may be a public key that has signed the accounts', async () => {
    const other = new OperatorFixture();
    const operators = [other.operator.getPublicKey(), world.operator.getPublicKey()];
    const preload = { [world.accountKey]: await world.accountJwt() };
    const authenticator = createAuthenticator(config({}, { operator: { operators, preload } }));
    const grant = await login(authenticator, world.present(await world.userJwt()));
    expect(grant?.account).to.equal(world.accountKey);
    expect(grant?.expiresAt).to.equal(undefined);
    expect(await loadSystemAccount(config({}, { operator: { operators, preload } }))).to.equal('$SYS');
    refused({ operators: operators.slice(0, 1), preload }, /not signed by a trusted operator$/);
    refused({ operators: [`O${'B'.repeat(55)}`], preload }, 'operator[0]: not the public key of an operator');
  });

  it('is refused where it is not one', async () => {
    const good = await world.config();
    const [jwt] = good.operators;
    const with_ = (...operators: string[]) => ({ ...good, operators });
    refused(with_(), 'operator: none is given');
    refused(with_(join(directory, 'absent')), 'operator[0]: neither a JWT nor a file with one: no such file');
    refused(with_(jwt!, 'eyJ.eyJ.x'), 'operator[1]: not a JWT');
    refused(with_(`${jwt}A`), 'operator[0]: ');
    refused(with_(await world.accountJwt()), 'operator[0]: not the JWT of an operator');
    refused(with_(await world.operatorJwt({}, { exp: NOW - 10 })), /^operator\[0\]: expired on 20/);
    refused(
      with_(await world.operatorJwt({}, {}, quick(createOperator()))),
      'operator[0]: not signed by itself',
    );
    refused(with_(await world.operatorJwt({ signing_keys: ['x'] })), 'operator[0]: a signing key is not');
    refused(
      with_(await world.operatorJwt({ system_account: 'x' })),
      'operator[0]: its system account is no account',
    );
  });

  it('starts without accounts, and refuses every login until a reload names some', async () => {
    const { operators } = await world.config();
    const authenticator = createAuthenticator({ ...config(), operator: { operators, preload: {} } });
    expect(authenticator.required).to.equal(true);
    expect(await authenticator.authenticate({ connectionType: 'STANDARD' })).to.have.property('refused');
  });

  it('is refused where its accounts are not', async () => {
    const { operators } = await world.config();
    const key = world.accountKey;
    const row = async (jwt: Promise<string> | string, message: string, name = key) =>
      refused({ operators, preload: { [name]: await jwt } }, message);
    await row(world.accountJwt(), 'resolver_preload.ABC: not the public key of an account', 'ABC');
    await row('x', `resolver_preload.${key}: not a JWT`);
    await row(world.userJwt(), `resolver_preload.${key}: not the JWT of an account`);
    await row(
      world.accountJwt({}, {}, quick(createOperator())),
      `resolver_preload.${key}: not signed by a trusted operator`,
    );
    await row(
      world.accountJwt({}, {}, world.account),
      `resolver_preload.${key}: not signed by a trusted operator`,
    );
    const other = quick(createAccount()).getPublicKey();
    await row(world.accountJwt(), `resolver_preload.${other}: the JWT is of another account, ${key}`, other);
    await row(world.accountJwt({ signing_keys: ['A'] }), `resolver_preload.${key}: a signing key is not`);
    const limits = { ...UNLIMITED, exports: 1, wildcards: false };
    const exports = [{ name: 'x', subject: 'x.>', type: 'stream' }];
    await row(world.accountJwt({ limits, exports }), `resolver_preload.${key}: exports with wildcards`);
    const imports = [{ name: 'x', subject: 'x', type: 'stream', account: other }];
    await row(
      world.accountJwt({ limits: { ...UNLIMITED, imports: 0 }, imports }),
      `${key}: more imports than`,
    );
    await row(world.accountJwt({ limits: { ...limits, exports: 0 }, exports }), `${key}: more exports than`);
  });

  it('does not go with users, accounts or another system account', async () => {
    const operator = await world.config(undefined, world.operatorJwt({ system_account: world.accountKey }));
    refused(operator, 'authorization.users: ', config({ users: [{ user: 'a', account: '$G' }] }));
    refused(operator, 'authorization.no_auth_user: ', config({ noAuthUser: 'a' }));
    refused(operator, 'authorization.token: ', config({ token: 'a' }));
    refused(operator, 'accounts: ', { accounts: [{ name: 'A', exports: [], imports: [] }] });
    refused(operator, 'system_account: ', { systemAccount: quick(createAccount()).getPublicKey() });
    expect(readTrust(operator).systemAccount).to.equal(world.accountKey);
    createAuthenticator({ ...config(), operator, systemAccount: world.accountKey });
  });

  it('has a JWT for clients without one only if it is a bearer token', async () => {
    const operator = await world.config();
    const plain = await world.userJwt(UNLIMITED);
    for (const [defaultSentinel, why] of [
      ['eyJ', 'not a JWT'],
      [plain, 'not a bearer token'],
    ] as const)
      refused({ ...operator, defaultSentinel }, `default_sentinel: ${why}`);
    const bearer = await world.userJwt({ ...UNLIMITED, bearer_token: true });
    createAuthenticator({ ...config(), operator: { ...operator, defaultSentinel: bearer } });
  });

  it('names the system account, unless the configuration does', async () => {
    const operator = await world.config(undefined, world.operatorJwt({ system_account: world.accountKey }));
    expect(await loadSystemAccount({ ...config(), operator })).to.equal(world.accountKey);
    expect(await loadSystemAccount({ ...config(), operator: await world.config() })).to.equal('$SYS');
    expect(await loadSystemAccount(config())).to.equal('$SYS');
    expect(await loadSystemAccount({ ...config(), systemAccount: 'A' })).to.equal('A');
  });

  it('describes accounts with what they export and import', async () => {
    const other = new OperatorFixture();
    const from = other.accountKey;
    const account = world.accountJwt({
      exports: [
        { name: 'a', subject: 'a.>', type: 'stream' },
        {
          name: 'b',
          subject: 'b',
          type: 'service',
          response_type: 'Stream',
          response_threshold: 2_000_000_000,
        },
        { name: 'c', subject: 'c', type: 'service', token_req: true },
        { name: 'd', subject: 'd.*', type: 'stream', account_token_position: 2 },
        { name: 'e', subject: 'e.*', type: 'stream', account_token_position: 1 },
      ],
      imports: [
        { name: 'e', subject: 'e.*', type: 'stream', account: from, local_subject: 'x.$1' },
        { name: 'f', subject: 'f', type: 'stream', account: from, to: 'pre' },
        { name: 'g', subject: 'here', type: 'service', account: from, to: 'there' },
        { name: 'h', subject: 'h', type: 'service', account: from },
        { name: 'i', subject: 'i', type: 'service', account: from, token: 'eyJ' },
        { name: 'j', subject: 'j', type: 'service', account: quick(createAccount()).getPublicKey() },
      ],
    });
    const operators = [await world.operatorJwt(), await other.operatorJwt()];
    const exports = [
      { name: 'e', subject: 'e.>', type: 'stream' },
      { name: 'f', subject: 'f', type: 'stream' },
      { name: 'there', subject: 'there', type: 'service' },
      { name: 'h', subject: 'h', type: 'service' },
    ];
    const preload = { [world.accountKey]: await account, [from]: await other.accountJwt({ exports }) };
    const warnings: string[] = [];
    expect(
      accountsIn(readTrust({ operators, preload }).accounts, (warning) => warnings.push(warning)),
    ).to.deep.equal([
      {
        name: world.accountKey,
        exports: [
          { kind: 'stream', subject: 'a.>' },
          { kind: 'service', subject: 'b', responseType: 'Stream', responseThresholdMs: 2_000 },
          { kind: 'service', subject: 'c' },
          { kind: 'stream', subject: 'd.*' },
        ],
        imports: [
          { kind: 'stream', account: from, subject: 'e.*', to: 'x.$1' },
          { kind: 'stream', account: from, subject: 'f', prefix: 'pre' },
          { kind: 'service', account: from, subject: 'there', to: 'here' },
          { kind: 'service', account: from, subject: 'h' },
        ],
      },
      {
        name: from,
        exports: [
          { kind: 'stream', subject: 'e.>' },
          { kind: 'stream', subject: 'f' },
          { kind: 'service', subject: 'there' },
          { kind: 'service', subject: 'h' },
        ],
        imports: [],
      },
    ]);
    expect(warnings.map((warning) => warning.replace(/^account Acme \(\w+\): /, ''))).to.deep.equal([
      'left out the export of "e.*": account_token_position is not the place of a * in it',
      `left out the import of "i": account ${from} does not export it to this one`,
      warnings[2]!.replace(/^account Acme \(\w+\): /, ''),
    ]);
    expect(warnings[2]).to.match(/left out the import of "j": there is no account A\w{55}$/);
    expect(accountsIn(readTrust({ operators, preload }).accounts)).to.have.length(2);
  });

  it('leaves out what is imported without being exported', async () => {
    const other = new OperatorFixture();
    const from = other.accountKey;
    const exports = [
      { name: 'a', subject: 'a.>', type: 'stream' },
      { name: 'b', subject: 'a.private', type: 'stream', token_req: true },
      { name: 'c', subject: 'svc.*', type: 'service' },
    ];
    const wanted = (subject: string, type: string, more: object = {}) => ({
      name: subject,
      subject,
      type,
      account: from,
      ...more,
    });
    const imports = [
      wanted('a.b', 'stream'),
      wanted('svc.x', 'service'),
      wanted('svc.*', 'service', { local_subject: 'ask.$1' }),
      // Not these.
      wanted('>', 'stream'),
      wanted('secret', 'stream'),
      wanted('a.b', 'service'),
      wanted('a.private', 'stream'),
      wanted('svc.>', 'service'),
      wanted('here', 'service', { to: 'secret' }),
    ];
    const operators = [await world.operatorJwt(), await other.operatorJwt()];
    const preload = {
      [world.accountKey]: await world.accountJwt({ imports }),
      [from]: await other.accountJwt({ exports }),
    };
    const warnings: string[] = [];
    const [account] = accountsIn(readTrust({ operators, preload }).accounts, (warning) =>
      warnings.push(warning),
    );
    expect(account!.imports.map(({ kind, subject }) => `${kind} ${subject}`)).to.deep.equal([
      'stream a.b',
      'service svc.x',
      'service svc.*',
    ]);
    const left = warnings.filter((warning) =>
      warning.includes(`account ${from} does not export it to this one`),
    );
    const leftOut = (lines: readonly string[]) => lines.map((line) => /import of "(.*?)"/.exec(line)?.[1]);
    expect(leftOut(left)).to.deep.equal(['>', 'secret', 'a.b', 'svc.>', 'secret']);
    const without = warnings.filter((warning) => warning.includes('it has no activation token'));
    expect(leftOut(without)).to.deep.equal(['a.private']);
  });

  it('maps subjects as account JWTs say, but for mappings that nats-server would not take', async () => {
    const mappings = {
      a: [{ subject: 'b' }],
      'c.*': [
        { subject: 'd.$1', weight: 30 },
        { subject: 'e.$1', weight: 70, cluster: 'east' },
      ],
      heavy: [
        { subject: 'x', weight: 60 },
        { subject: 'y', weight: 50 },
      ],
      wrong: [{ subject: 'x.$1' }],
      'a..b': [{ subject: 'x' }],
    };
    const warnings: string[] = [];
    const [account] = accountsIn(
      readTrust(await world.config(world.accountJwt({ mappings }))).accounts,
      (line) => warnings.push(line),
    );
    expect(account?.mappings).to.deep.equal([
      { subject: 'a', destinations: [{ subject: 'b', weight: 100 }] },
      {
        subject: 'c.*',
        destinations: [
          { subject: 'd.$1', weight: 30 },
          { subject: 'e.$1', weight: 70, cluster: 'east' },
        ],
      },
    ]);
    expect(warnings.map((line) => line.replace(/^.*left out/, 'left out'))).to.deep.equal([
      'left out the mapping of "heavy": total weight needs to be <= 100',
      'left out the mapping of "wrong": invalid mapping destination: wildcard index out of range in $1',
      'left out the mapping of "a..b": invalid subject',
    ]);
  });
});
