import { expect } from 'chai';
import { configFrom, type SettingsInput } from '../../lib/config.js';
import { type Client, Harness, msg, pub, QUIET } from '../support/harness.js';

function settings(limits: object): SettingsInput {
  const users = [{ user: 'a', password: 'p' }];
  const other = [{ user: 'b', password: 'p' }];
  return {
    listener: '127.0.0.1:0',
    line: { listener: '127.0.0.1:0' },
    limits: { max_connections: 1_000 },
    accounts: { A: { users, limits }, B: { users: other } },
  };
}

describe('limits of an account in a configuration', () => {
  let harness: Harness;
  const start = async (limits: object) => {
    harness = await Harness.start(settings(limits));
  };
  afterEach(() => harness.stop());
  const login = (user: string) => harness.connect('nats', { options: { ...QUIET, user, pass: 'p' } });

  it('refuse connections beyond max_connections, of this account only', async () => {
    await start({ max_connections: 1 });
    const first = await login('a');
    const second = await harness.connect('nats', { options: false });
    await second.next();
    second.send('CONNECT {"user":"a","pass":"p"}\r\n');
    await second.expectEnd('fin', "-ERR 'maximum account active connections exceeded'");
    await login('b');
    first.wire.end();
    await first.closeReason();
    await login('a');
  });

  it('refuse subscriptions of a connection beyond max_subscriptions', async () => {
    await start({ max_subscriptions: 1 });
    const client = await login('a');
    await client.send('SUB a 1\r\nSUB b 2\r\n').expect("-ERR 'maximum subscriptions exceeded'");
    const other = await login('b');
    await other.send('SUB a 1\r\nSUB b 2\r\n').expectSilence();
  });

  it('close connections for messages above max_payload', async () => {
    await start({ max_payload: 5 });
    const client = await login('a');
    await client.send('SUB a 1\r\n', pub('a', 'x'.repeat(5))).expect(msg('a', 1, 'x'.repeat(5)));
    await client.send(pub('a', 'x'.repeat(6))).expectEnd('fin', "-ERR 'Maximum Payload Violation'");
  });

  it('are in force for open connections after a reload', async () => {
    await start({});
    const client = await login('a');
    await harness.broker.reload(configFrom(settings({ max_payload: 5 })));
    await client.send(pub('a', 'x'.repeat(6))).expectEnd('fin', "-ERR 'Maximum Payload Violation'");
    expect(await client.closeReason()).to.equal('MAX_PAYLOAD');
  });

  it('close the newest connections above a max_connections that a reload has lowered', async () => {
    await start({ max_connections: 4 });
    const clients: Client[] = [];
    for (let n = 0; n < 4; n++) clients.push(await login('a'));
    const other = await login('b');
    const line = await harness.connect('line', { over: 'socket' });
    await harness.broker.reload(configFrom(settings({ max_connections: 2 })));
    for (const each of clients.splice(2)) {
      await each.expectEnd('fin', "-ERR 'maximum account active connections exceeded'");
      expect(each.connection.reason).to.equal('MAX_ACCOUNT_CONNECTIONS');
    }
    for (const each of [...clients, other, line]) await each.expectSilence();
    const [refused] = harness.log;
    expect(refused).to.include({ user: 'a', reason: 'maximum account active connections exceeded' });
    await harness.broker.reload(configFrom(settings({ max_connections: 2 })));
    for (const each of clients) await each.expectSilence();
    await harness.broker.reload(configFrom(settings({ max_connections: 0 })));
    for (const each of clients)
      await each.expectEnd('fin', "-ERR 'maximum account active connections exceeded'");
    await other.expectSilence();
  });
});
