import { expect } from 'chai';
import { AccountResolver } from '../../lib/auth/account-resolver.js';
import { type AccountSource, readTrust, type Trust } from '../../lib/auth/operator.js';
import { ACCOUNT_FETCHES, ACCOUNT_FETCHES_WAITING } from '../../lib/domain/limits.js';
import { OperatorFixture } from '../support/auth/operators.js';

/** A source that answers when it is told to. */
class Source implements AccountSource {
  readonly timeoutMs = 60_000;
  readonly asked: string[] = [];
  private readonly waiting = new Map<string, (jwt: string | Error) => void>();

  get(account: string): Promise<string> {
    this.asked.push(account);
    return new Promise((resolve, reject) => {
      this.waiting.set(account, (jwt) => (typeof jwt === 'string' ? resolve(jwt) : reject(jwt)));
    });
  }

  async answer(account: string, jwt: string | Error): Promise<void> {
    this.waiting.get(account)?.(jwt);
    this.waiting.delete(account);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('auth/account-resolver', () => {
  const one = new OperatorFixture();
  const two = new OperatorFixture();
  let source: Source;
  let trust: Trust;
  let now: number;
  let failures: string[];
  let resolver: AccountResolver;
  beforeEach(async () => {
    source = new Source();
    now = Date.now();
    failures = [];
    const operators = [await one.operatorJwt(), await two.operatorJwt()];
    trust = { ...readTrust({ operators, preload: {} }), source };
    resolver = new AccountResolver(
      ({ reason }) => failures.push(reason),
      () => now,
    );
  });

  it('fetches an account once for all that wait, and verifies it', async () => {
    const waits = [resolver.fetch(one.accountKey, trust), resolver.fetch(one.accountKey, trust)];
    expect(source.asked).to.deep.equal([one.accountKey]);
    await source.answer(one.accountKey, `${await one.accountJwt()}\n`);
    expect(await Promise.all(waits)).to.deep.equal([true, true]);
    expect(resolver.find(one.accountKey, trust)?.claims.sub).to.equal(one.accountKey);
    expect(resolver.isWanted(one.accountKey, trust)).to.equal(false);
    expect([...resolver.all(trust).keys()]).to.deep.equal([one.accountKey]);
  });

  const wrong: readonly [string, () => string | Error | Promise<string>, string][] = [
    ['that cannot be fetched', () => new Error('HTTP status 404'), 'HTTP status 404'],
    ['that is another one', () => two.accountJwt(), `JWT: the JWT is of another account, ${two.accountKey}`],
    [
      'that no operator has signed',
      () => one.accountJwt({}, {}, one.account),
      'JWT: not signed by a trusted operator',
    ],
    ['that is none', () => 'no', 'JWT: not a JWT'],
  ];
  for (const [what, make, why] of wrong)
    it(`has no account ${what}, and does not ask for it again at once`, async () => {
      const wait = resolver.fetch(one.accountKey, trust);
      await source.answer(one.accountKey, await make());
      await wait;
      expect(resolver.find(one.accountKey, trust)).to.equal(undefined);
      expect(failures).to.deep.equal([why]);
      expect(resolver.isWanted(one.accountKey, trust)).to.equal(false);
      now += 1_000;
      expect(resolver.isWanted(one.accountKey, trust)).to.equal(true);
    });

  it('asks again for an account that has expired', async () => {
    const wait = resolver.fetch(one.accountKey, trust);
    await source.answer(one.accountKey, await one.accountJwt({}, { exp: Math.floor(now / 1_000) + 10 }));
    await wait;
    expect(resolver.isWanted(one.accountKey, trust)).to.equal(false);
    now += 10_000;
    expect(resolver.isWanted(one.accountKey, trust)).to.equal(true);
  });

  it('fetches what an account imports from, and says when accounts are to be joined', async () => {
    let joined = 0;
    resolver.onJoined = () => joined++;
    const imports = [{ name: 's', subject: 's', type: 'service', account: two.accountKey }];
    const wait = resolver.fetch(one.accountKey, trust);
    await source.answer(one.accountKey, await one.accountJwt({ imports }));
    expect(source.asked).to.deep.equal([one.accountKey, two.accountKey]);
    // It imports from the first one in turn, which is there.
    await source.answer(
      two.accountKey,
      await two.accountJwt({ imports: [{ ...imports[0], account: one.accountKey }] }),
    );
    await wait;
    expect(joined).to.equal(1);
    expect(source.asked).to.have.length(2);
  });

  it('has accounts joined together where many come and that takes its time', async () => {
    let joined = 0;
    resolver.onJoined = () => {
      joined++;
      const until = performance.now() + 50;
      while (performance.now() < until);
    };
    const mappings = { a: [{ subject: 'b' }] };
    const others = Array.from({ length: 3 }, () => new OperatorFixture());
    const jwts = await Promise.all(others.map((each) => each.accountJwt({ mappings }, {}, one.operator)));
    const own = await one.accountJwt({ mappings });
    const first = resolver.fetch(one.accountKey, trust);
    await source.answer(one.accountKey, own);
    expect(await first).to.equal(true);
    const waits = others.map(({ accountKey }) => resolver.fetch(accountKey, trust));
    for (const [index, { accountKey }] of others.entries())
      await source.answer(accountKey, jwts[index] ?? '');
    expect(await Promise.all(waits)).to.deep.equal([true, true, true]);
    expect(joined).to.equal(2);
  });

  it('says nothing of accounts that are joined to none', async () => {
    let joined = 0;
    resolver.onJoined = () => joined++;
    const wait = resolver.fetch(one.accountKey, trust);
    await source.answer(one.accountKey, await one.accountJwt());
    await wait;
    expect(joined).to.equal(0);
  });

  it('keeps accounts under another trust that vouches for them, and no others', async () => {
    resolver.put(one.accountKey, await one.accountJwt(), trust);
    const [same, other] = [
      readTrust({ operators: [await one.operatorJwt()], preload: {} }),
      readTrust({ operators: [await two.operatorJwt()], preload: {} }),
    ];
    expect(resolver.find(one.accountKey, same)).not.to.equal(undefined);
    expect(resolver.find(one.accountKey, other)).to.equal(undefined);
    expect(failures).to.deep.equal(['JWT: not signed by a trusted operator']);
    expect(resolver.find(one.accountKey, trust)).not.to.equal(undefined);
  });

  it('takes the younger one of an account that is configured as well', async () => {
    const preload = { [one.accountKey]: await one.accountJwt({ limits: { conn: 1 } }) };
    const both = readTrust({ operators: [await one.operatorJwt()], preload });
    expect(resolver.find(one.accountKey, both)?.claims.nats.limits.conn).to.equal(1);
    resolver.put(one.accountKey, await one.accountJwt({ limits: { conn: 2 } }), both);
    expect(resolver.find(one.accountKey, both)?.claims.nats.limits.conn).to.equal(2);
  });

  it('fetches so many at once, lets so many wait, and refuses the others', async () => {
    const keys = Array.from({ length: ACCOUNT_FETCHES_WAITING }, (_, index) => `A${index}`);
    for (const key of keys) void resolver.fetch(key, trust);
    expect(source.asked).to.have.length(ACCOUNT_FETCHES);
    expect(await resolver.fetch('one more', trust)).to.equal(false);
    await source.answer('A0', new Error('no'));
    expect(source.asked).to.have.length(ACCOUNT_FETCHES + 1);
    expect(source.asked.at(-1)).to.equal(`A${ACCOUNT_FETCHES}`);
  });
});
