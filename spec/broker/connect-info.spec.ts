import { expect } from 'chai';
import { infoIn } from '../support/broker/reloading.js';
import { type Client, Harness, QUIET } from '../support/harness.js';

const ACCOUNTS = {
  system_account: 'OPS',
  accounts: {
    APP: { users: [{ user: 'ann', password: 'a' }] },
    OPS: { users: [{ user: 'root', password: 'r' }] },
  },
};

describe('INFO after the first PING', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function open(): Promise<Client> {
    const client = await harness.open('nats');
    await client.next();
    return client;
  }

  async function logIn(options: Readonly<Record<string, unknown>>): Promise<Client> {
    const client = await open();
    return client.send(`CONNECT ${JSON.stringify({ ...QUIET, protocol: 1, ...options })}\r\nPING\r\n`);
  }

  it('follows the PONG, names the account, and is sent once', async () => {
    harness = await Harness.start();
    const client = await logIn({});
    await client.expect('PONG');
    const info = infoIn(await client.next());
    expect(info).to.include({
      connect_info: true,
      remote_account: '$G',
      client_id: client.connection.client.id,
      max_payload: 1_048_576,
    });
    expect(info).not.to.have.property('acc_is_sys');
    await client.send('PING\r\n').expect('PONG');
    await client.expectSilence();
  });

  it('is not for clients that take INFO at the start only', async () => {
    harness = await Harness.start();
    const client = await logIn({ protocol: 0 });
    await client.expect('PONG');
    await client.expectSilence();
  });

  it('waits for CONNECT', async () => {
    harness = await Harness.start();
    const client = await open();
    await client.send('PING\r\n').expect('PONG');
    const options = JSON.stringify({ ...QUIET, protocol: 1 });
    await client.send(`CONNECT ${options}\r\nPING\r\n`).expect('PONG');
    expect(infoIn(await client.next())).to.include({ connect_info: true });
  });

  for (const { user, pass, said } of [
    { user: 'ann', pass: 'a', said: { remote_account: 'APP' } },
    { user: 'root', pass: 'r', said: { remote_account: 'OPS', acc_is_sys: true } },
  ]) {
    it(`names the account of ${user}, and whether it is the system account`, async () => {
      harness = await Harness.start(ACCOUNTS);
      const client = await logIn({ user, pass });
      await client.expect('PONG');
      const { remote_account, acc_is_sys } = infoIn(await client.next());
      expect({ remote_account, acc_is_sys }).to.deep.equal({ acc_is_sys: undefined, ...said });
    });
  }
});
