import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAccount } from '@nats-io/jwt';
import { createAccount, createOperator, type KeyPair } from '@nats-io/nkeys';
import { expect } from 'chai';
import { loginTo } from '../support/auth/operator-clients.js';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';
import { type Client, Harness, pub } from '../support/harness.js';

/** An answer as JSON. */
interface Answer {
  readonly server?: { readonly id: string };
  readonly data?: unknown;
  readonly error?: { readonly account: string; readonly code: number; readonly description: string };
}

describe("a directory of accounts' JWTs", () => {
  let world: OperatorFixture;
  let directory: string;
  let harness: Harness;
  let system: Client;
  const app = quick(createAccount());
  const appKey = app.getPublicKey();

  beforeEach(async () => {
    world = new OperatorFixture();
    directory = join(mkdtempSync(join(tmpdir(), 'sluice-claims-')), 'jwts');
  });
  afterEach(async () => {
    await harness.stop();
    rmSync(join(directory, '..'), { recursive: true });
  });

  const jwtOf = (account: KeyPair, claims: object = {}, signer: KeyPair = world.operator) =>
    encodeAccount('App', account, { limits: UNLIMITED, ...claims }, { signer });

  /** The system account is preloaded; its user is logged in. */
  async function start(resolver: Readonly<Record<string, unknown>> = { dir: directory }): Promise<void> {
    harness = await Harness.start({
      operator: [await world.operatorJwt({ system_account: world.accountKey })],
      resolver_preload: { [world.accountKey]: await world.accountJwt() },
      resolver,
    });
    system = await login(world.account);
    await system.send('SUB answers 1\r\n').settle();
  }

  const login = (account: KeyPair) => loginTo(harness, account);

  async function ask(subject: string, body: string): Promise<string> {
    system.send(pub(subject, body, 'answers'));
    const frame = await system.next();
    return frame.slice(frame.indexOf('\n') + 1);
  }

  async function answerTo(subject: string, body: string): Promise<Answer> {
    return JSON.parse(await ask(subject, body)) as Answer;
  }

  const VIOLATION = "-ERR 'Authorization Violation'";

  it('is read at start and at a reload; what is wrong in it is left out', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, `${appKey}.jwt`), await jwtOf(app));
    const stranger = quick(createAccount());
    writeFileSync(
      join(directory, `${stranger.getPublicKey()}.jwt`),
      await jwtOf(stranger, {}, quick(createOperator())),
    );
    writeFileSync(join(directory, 'notes.jwt'), 'not an account');
    await start();
    await (await login(app)).settle();
    await (await login(stranger)).expectEnd('fin', VIOLATION);
    const warnings = harness.log.filter(({ msg }) => msg.startsWith('left out an account'));
    expect(warnings.map(({ msg }) => msg)).to.deep.equal([
      `left out an account: resolver.dir: ${stranger.getPublicKey()}: not signed by a trusted operator`,
    ]);
  });

  for (const subject of [
    '$SYS.REQ.CLAIMS.UPDATE',
    `$SYS.REQ.ACCOUNT.${appKey}.CLAIMS.UPDATE`,
    `$SYS.ACCOUNT.${appKey}.CLAIMS.UPDATE`,
  ]) {
    it(`takes a new account by a request on ${subject.replace(appKey, '*')}, at once and for good`, async () => {
      await start();
      await (await login(app)).expectEnd('fin', VIOLATION);
      const jwt = await jwtOf(app);
      const { server, data } = await answerTo(subject, jwt);
      expect(server?.id).to.equal(harness.broker.serverId);
      expect(data).to.deep.equal({ account: appKey, code: 200, message: 'jwt updated' });
      await (await login(app)).settle();
      expect(readdirSync(directory)).to.deep.equal([`${appKey}.jwt`]);
      expect(readFileSync(join(directory, `${appKey}.jwt`), 'utf8')).to.equal(jwt);
    });
  }

  it('takes another JWT of an account in the place of the one before, for open connections as well', async () => {
    await start();
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app));
    const client = await login(app);
    await client.settle();
    const { data } = await answerTo(
      '$SYS.REQ.CLAIMS.UPDATE',
      await jwtOf(app, { limits: { ...UNLIMITED, subs: 1 } }),
    );
    expect(data).to.include({ code: 200 });
    await client.send('SUB a 1\r\nSUB b 2\r\n').expect("-ERR 'maximum subscriptions exceeded'");
  });

  it('closes the newest connections of an account whose next JWT allows fewer', async () => {
    await start();
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app));
    const clients: Client[] = [];
    for (let n = 0; n < 3; n++) {
      const client = await login(app);
      clients.push(client);
      await client.settle();
    }
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app, { limits: { ...UNLIMITED, conn: 1 } }));
    const [oldest, ...newer] = clients;
    for (const client of newer)
      await client.expectEnd('fin', "-ERR 'maximum account active connections exceeded'");
    await oldest!.expectSilence();
    await system.expectSilence();
  });

  it('refuses what no trusted operator has signed, and what is for another account', async () => {
    await start();
    const foreign = await jwtOf(app, {}, quick(createOperator()));
    const other = await jwtOf(quick(createAccount()));
    const rows: readonly (readonly [subject: string, body: string, account: string, why: string])[] = [
      ['$SYS.REQ.CLAIMS.UPDATE', foreign, appKey, 'JWT: not signed by a trusted operator'],
      ['$SYS.REQ.CLAIMS.UPDATE', 'nonsense', 'n/a', 'not a JWT of an account'],
      [`$SYS.REQ.ACCOUNT.${appKey}.CLAIMS.UPDATE`, other, appKey, 'subject does not match jwt content'],
    ];
    for (const [subject, body, account, why] of rows) {
      const { error } = await answerTo(subject, body);
      expect(error).to.deep.equal({
        account,
        code: 500,
        description: `jwt update resulted in error - ${why}`,
      });
    }
    expect(await answerTo('$SYS.REQ.CLAIMS.LIST', '')).to.have.deep.property('data', []);
  });

  it('is listed, packed and looked up', async () => {
    await start();
    const jwt = await jwtOf(app);
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', jwt);
    expect((await answerTo('$SYS.REQ.CLAIMS.LIST', '')).data).to.deep.equal([appKey]);
    expect(await ask(`$SYS.REQ.ACCOUNT.${appKey}.CLAIMS.LOOKUP`, '')).to.equal(jwt);
    const none = quick(createAccount()).getPublicKey();
    expect(await ask(`$SYS.REQ.ACCOUNT.${none}.CLAIMS.LOOKUP`, '')).to.equal('');
    expect(await ask('$SYS.REQ.ACCOUNT.x.CLAIMS.LOOKUP', '')).to.equal('');
    expect(await ask('$SYS.REQ.CLAIMS.PACK', '')).to.equal(`${appKey}|${jwt}`);
    const end = await system.next();
    expect(end.slice(end.indexOf('\n') + 1)).to.equal('');
  });

  it('adds no more accounts than it may have, and replaces those that it has', async () => {
    await start({ dir: directory, max_accounts: 1 });
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app));
    const other = quick(createAccount());
    const { error } = await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(other));
    expect(error?.description).to.equal('jwt update resulted in error - jwt store is full');
    const again = await answerTo(
      '$SYS.REQ.CLAIMS.UPDATE',
      await jwtOf(app, { limits: { ...UNLIMITED, subs: 1 } }),
    );
    expect(again.data).to.include({ code: 200 });
  });

  /** A request of an operator that accounts be deleted, as `nsc push --prune` has it. */
  function deletion(accounts: unknown, operator = world.operator, subject = operator.getPublicKey()): string {
    const write = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = {
      iss: operator.getPublicKey(),
      sub: subject,
      iat: 1_700_000_000,
      nats: { accounts, version: 2 },
    };
    const signed = `${write({ typ: 'JWT', alg: 'ed25519-nkey' })}.${write(claims)}`;
    return `${signed}.${Buffer.from(operator.sign(Buffer.from(signed))).toString('base64url')}`;
  }

  for (const [how, name] of [
    ['rename', `${appKey}.jwt.deleted`],
    ['remove', undefined],
  ] as const) {
    it(`deletes accounts that an operator names, whose users have to leave: ${how}`, async () => {
      await start({ dir: directory, deletion: how });
      await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app));
      const client = await login(app);
      await client.settle();
      const answer = await answerTo('$SYS.REQ.CLAIMS.DELETE', deletion([appKey]));
      expect(answer.data).to.deep.equal({ code: 200, message: 'deleted 1 accounts' });
      await client.expectEnd('fin', VIOLATION);
      expect(readdirSync(directory)).to.deep.equal(name === undefined ? [] : [name]);
      const again = await answerTo('$SYS.REQ.CLAIMS.DELETE', deletion([appKey]));
      expect(again.data).to.include({ code: 200 });
      expect((await answerTo('$SYS.REQ.CLAIMS.LIST', '')).data).to.deep.equal([]);
    });
  }

  it('deletes nothing for other operators, or where that is not allowed', async () => {
    const stranger = quick(createOperator());
    await start({ dir: directory, deletion: 'remove' });
    await answerTo('$SYS.REQ.CLAIMS.UPDATE', await jwtOf(app));
    const operatorKey = world.operator.getPublicKey();
    const rows: readonly (readonly [body: string, by: string, why: string])[] = [
      ['', '', 'not a JWT'],
      [await jwtOf(app), '', 'not the JWT of a generic'],
      [deletion([appKey], stranger), stranger.getPublicKey(), 'not trusted'],
      [deletion([appKey], stranger, operatorKey), operatorKey, 'not self signed'],
      [deletion(undefined), operatorKey, 'malformed request'],
      [deletion(['x']), operatorKey, 'malformed request'],
      [deletion([world.accountKey]), operatorKey, 'not allowed to delete system account'],
    ];
    for (const [body, by, why] of rows)
      expect((await answerTo('$SYS.REQ.CLAIMS.DELETE', body)).error).to.deep.equal({
        code: 500,
        description: `delete accounts request by ${by} failed - ${why}`,
      });
    expect(readdirSync(directory)).to.deep.equal([`${appKey}.jwt`]);
    await harness.stop();
    await start();
    const { error } = await answerTo('$SYS.REQ.CLAIMS.DELETE', deletion([appKey]));
    expect(error?.description).to.match(/delete must be enabled in server config$/);
  });

  it('is not needed to replace the JWT of an account that is known', async () => {
    await start({});
    const subject = (key: string) => `$SYS.REQ.ACCOUNT.${key}.CLAIMS.UPDATE`;
    const skipped = await answerTo(subject(appKey), await jwtOf(app));
    expect(skipped.data).to.deep.equal({ account: appKey, code: 200, message: 'jwt update skipped' });
    await (await login(app)).expectEnd('fin', VIOLATION);
    const next = await world.accountJwt({ limits: { ...UNLIMITED, subs: 2 } });
    expect((await answerTo(subject(world.accountKey), next)).data).to.include({ message: 'jwt updated' });
    await system.send('SUB a 2\r\nSUB b 3\r\n').expect("-ERR 'maximum subscriptions exceeded'");
  });
});
