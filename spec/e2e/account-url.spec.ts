import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeAccount } from '@nats-io/jwt';
import { createAccount, type KeyPair } from '@nats-io/nkeys';
import { expect } from 'chai';
import { loginTo } from '../support/auth/operator-clients.js';
import { OperatorFixture, quick, UNLIMITED } from '../support/auth/operators.js';
import { Harness, msg, pub } from '../support/harness.js';
import { until } from '../support/until.js';

const VIOLATION = "-ERR 'Authorization Violation'";

describe('accounts that are fetched from a URL', () => {
  let world: OperatorFixture;
  let server: Server;
  let harness: Harness;
  let asked: string[];
  /** What the server answers by account; a function takes the response itself. */
  let answers: Map<string, string | ((response: ServerResponse) => void)>;

  const app = quick(createAccount());
  const other = quick(createAccount());
  const keyOf = (account: KeyPair) => account.getPublicKey();

  beforeEach(async () => {
    world = new OperatorFixture();
    asked = [];
    answers = new Map();
    server = createServer(({ url = '' }, response) => {
      const account = url.slice('/jwt/v1/accounts/'.length);
      asked.push(account);
      const answer = answers.get(account);
      if (typeof answer === 'function') answer(response);
      else response.writeHead(answer === undefined ? 404 : 200).end(answer);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    await harness.stop();
    server.closeAllConnections();
    server.close();
  });

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwt/v1`;

  const jwtOf = (account: KeyPair, claims: object = {}, signer: KeyPair = world.operator) =>
    encodeAccount('App', account, { limits: UNLIMITED, ...claims } as never, { signer });

  async function start(resolver: object = { url: `${url()}/accounts` }): Promise<void> {
    answers.set(world.accountKey, await world.accountJwt());
    harness = await Harness.start({
      operator: [await world.operatorJwt({ system_account: world.accountKey, account_server_url: url() })],
      resolver,
    });
  }

  const login = (account: KeyPair) => loginTo(harness, account);

  for (const [what, resolver] of [
    ['of the configuration', undefined],
    ["of the operator's JWT", {}],
  ] as const)
    it(`are fetched at the first login, from the URL ${what}, and kept across a reload`, async () => {
      await start(resolver);
      answers.set(keyOf(app), await jwtOf(app));
      const client = await login(app);
      await client.settle();
      await (await login(app)).settle();
      await harness.broker.reload(harness.broker.settings);
      await (await login(app)).settle();
      await client.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
      expect(asked).to.deep.equal([keyOf(app)]);
    });

  it('bring what they import from', async () => {
    await start();
    const exports = [{ name: 'n', subject: 'news.>', type: 'stream' }];
    const imports = [{ name: 'n', subject: 'news.>', type: 'stream', account: keyOf(other) }];
    answers.set(keyOf(app), await jwtOf(app, { imports }));
    answers.set(keyOf(other), await jwtOf(other, { exports }));
    const reader = await login(app);
    await reader.send('SUB news.> 1\r\n').settle();
    const writer = await login(other);
    writer.send(pub('news.a', 'x'));
    await reader.expect(msg('news.a', 1, 'x'));
    expect(asked).to.deep.equal([keyOf(app), keyOf(other)]);
  });

  it('are joined as well where what they import from comes later', async () => {
    await start();
    const exports = [{ name: 'n', subject: 'news.>', type: 'stream' }];
    const imports = [{ name: 'n', subject: 'news.>', type: 'stream', account: keyOf(other) }];
    answers.set(keyOf(app), await jwtOf(app, { imports }));
    const reader = await login(app);
    await reader.send('SUB news.> 1\r\n').settle();
    answers.set(keyOf(other), await jwtOf(other, { exports }));
    let writer = await login(other);
    // Right after a failure it is not asked for.
    while (
      !(await writer.settle().then(
        () => true,
        () => false,
      ))
    )
      writer = await login(other);
    writer.send(pub('news.a', 'x'));
    await reader.expect(msg('news.a', 1, 'x'));
  });

  it('let no client in where there are none, or are not what they should be', async () => {
    await start();
    await (await login(app)).expectEnd('fin', VIOLATION);
    answers.set(keyOf(other), await jwtOf(other, {}, app));
    await (await login(other)).expectEnd('fin', VIOLATION);
    const reasons = harness.log
      .filter(({ msg: text }) => text === 'account not fetched')
      .map(({ reason }) => reason);
    expect(reasons[0]).to.equal('HTTP status 404');
  });

  it('hold up only clients that log in to them', async () => {
    await start({ url: `${url()}/accounts`, timeout: '1m' });
    let hangs = 0;
    answers.set(keyOf(app), () => hangs++);
    const waiting = await login(app);
    await until('it is being fetched', () => hangs === 1);
    answers.set(keyOf(other), await jwtOf(other));
    const client = await login(other);
    await client.send('SUB a 1\r\n', pub('a', 'x')).expect(msg('a', 1, 'x'));
    expect(waiting.connection.client.admitted).to.equal(false);
    waiting.reset();
  });

  it('hold those up no longer than there is time', async () => {
    await start({ url: `${url()}/accounts`, timeout: '50ms' });
    answers.set(keyOf(app), () => undefined);
    await (await login(app)).expectEnd('fin', VIOLATION);
    const [failure] = harness.log.filter(({ msg: text }) => text === 'account not fetched');
    expect(failure).to.include({ account: keyOf(app), reason: 'no answer in time' });
  });

  it('may come when the broker has closed already', async () => {
    await start();
    const imports = [{ name: 'n', subject: 'news.>', type: 'stream', account: keyOf(other) }];
    let respond: (() => void) | undefined;
    const jwt = await jwtOf(app, { imports });
    answers.set(keyOf(app), (response) => {
      respond = () => response.end(jwt);
    });
    await login(app);
    await until('it is being fetched', () => respond !== undefined);
    const count = harness.core.accounts.size;
    await harness.stop();
    respond?.();
    await until('what it imports from has been asked for', () => asked.includes(keyOf(other)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(harness.core.accounts.size).to.be.at.most(count);
  });

  it('are replaced by requests in the system account, for open connections as well', async () => {
    await start();
    answers.set(keyOf(app), await jwtOf(app));
    const client = await login(app);
    await client.settle();
    const system = await login(world.account);
    await system.send('SUB answers 1\r\n').settle();
    const next = await jwtOf(app, { limits: { ...UNLIMITED, subs: 1 } });
    system.send(pub(`$SYS.REQ.ACCOUNT.${keyOf(app)}.CLAIMS.UPDATE`, next, 'answers'));
    expect(await system.next()).to.match(
      /"data":\{"account":"A\w{55}","code":200,"message":"jwt updated"\}\}$/,
    );
    await client.send('SUB a 1\r\nSUB b 2\r\n').expect("-ERR 'maximum subscriptions exceeded'");
  });
});
