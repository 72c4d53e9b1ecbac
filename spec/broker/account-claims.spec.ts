import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeAccount, encodeUser } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { expect } from 'chai';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';
import { type Client, Harness, pub, QUIET } from '../support/harness.js';

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
  async function start(): Promise<void> {
    harness = await Harness.start({
      operator: [await world.operatorJwt({ system_account: world.accountKey })],
      resolver_preload: { [world.accountKey]: await world.accountJwt() },
      resolver_dir: directory,
    });
    system = await login(world.account);
    await system.send('SUB answers 1\r\n').settle();
  }

  async function login(account: KeyPair): Promise<Client> {
    const user = quick(createUser());
    const client = await harness.open('nats');
    client.answersPings = true;
    const { nonce } = JSON.parse((await client.next()).slice('INFO '.length)) as { nonce: string };
    const sig = Buffer.from(user.sign(Buffer.from(nonce))).toString('base64url');
    const jwt = await encodeUser('ann', user, account, UNLIMITED);
    return client.send(`CONNECT ${JSON.stringify({ ...QUIET, jwt, sig })}\r\n`);
  }

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
      `left out an account: resolver_dir: ${stranger.getPublicKey()}: not signed by a trusted operator`,
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
    const { error } = await answerTo('$SYS.REQ.CLAIMS.DELETE', '');
    expect(error?.description).to.match(/delete must be enabled in server config$/);
  });
});
