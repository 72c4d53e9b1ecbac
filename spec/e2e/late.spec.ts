import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createUser } from '@nats-io/nkeys';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { connect, nkeyAuthenticator } from 'nats';
import { freshDirectory, type Sluice, startSluice } from '../support/process.js';

describe('what the command loads only where it is asked for', () => {
  const key = createUser();
  let broker: Sluice;
  let httpPort: number;

  before(async () => {
    const cwd = freshDirectory();
    const users = [
      `{ user: ann, password: "${hashSync('secret', 4)}" }`,
      `{ nkey: ${key.getPublicKey()} }`,
    ].join('\n');
    writeFileSync(join(cwd, 'n.conf'), `http: "127.0.0.1:-1"\nauthorization { users: [\n${users}\n] }\n`);
    broker = await startSluice(['-c', 'n.conf', '--log-format', 'json'], { cwd });
    const [, port] = await broker.said(/"port":(\d+),"dialect":"monitor"/);
    httpPort = Number(port);
  });
  after(() => broker[Symbol.asyncDispose]());

  const dial = (options: object) =>
    connect({ servers: `127.0.0.1:${broker.natsPort}`, reconnect: false, ...options });

  it('is there: bcrypt, with a thread of its own', async () => {
    await (await dial({ user: 'ann', pass: 'secret' })).close();
    const refused = await dial({ user: 'ann', pass: 'wrong' }).catch((error: Error) => error.message);
    expect(refused).to.match(/authorization violation/i);
  });

  it('is there: nkeys', async () => {
    await (await dial({ authenticator: nkeyAuthenticator(key.getSeed()) })).close();
  });

  it('is there: the monitor', async () => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/healthz`);
    expect(await answer.json()).to.deep.equal({ status: 'ok' });
  });
});
