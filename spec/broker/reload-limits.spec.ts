import { expect } from 'chai';
import type { SettingsInput } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { connectAs, infoIn, reload, usersOf } from '../support/broker/reloading.js';
import { type Client, Harness, msg, pub } from '../support/harness.js';
import { soon, until } from '../support/until.js';

describe('a reload, for connections that are open', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function start(settings: SettingsInput = {}): Promise<Client> {
    harness = await Harness.start(settings);
    return connectAs(harness);
  }

  it('changes max_payload, and tells who takes INFO at any time', async () => {
    const client = await start({ nats: { max_payload: 1000 } });
    const silent = await connectAs(harness, { protocol: 0 });
    const young = await harness.open('nats');
    await young.next();
    young.send('CONNECT {"verbose":false,"protocol":1}\r\n');
    await reload(harness, { nats: { max_payload: 2000 } });
    expect(infoIn(await client.next()))
      .to.include({ max_payload: 2000 })
      .and.not.have.property('ldm');
    await client.send('SUB a 1\r\n', pub('a', 'x'.repeat(1500))).expect(msg('a', 1, 'x'.repeat(1500)));
    await silent.send(pub('a', 'x'.repeat(1500))).expectSilence();
    await young.expectSilence();
    await client.expect(msg('a', 1, 'x'.repeat(1500)));
    await reload(harness, { nats: { max_payload: 100 } });
    await silent.send(pub('a', 'x'.repeat(101))).expectEnd('fin', "-ERR 'Maximum Payload Violation'");
  });

  it('says nothing where nothing changed that clients go by', async () => {
    const client = await start();
    expect(await reload(harness, {})).to.deep.equal([]);
    expect(
      await reload(harness, {
        nats: { ping_interval: '1m' },
        server_tags: ['x'],
        lame_duck: { duration: '1m' },
      }),
    ).to.deep.equal(['websocket', 'nats', 'lame_duck', 'server_tags']); // WebSockets have the interval of nats
    await client.expectSilence();
  });

  it('changes max_control_line', async () => {
    const client = await start();
    await client.send(`SUB ${'x'.repeat(600)} 1\r\n`).settle();
    await reload(harness, { nats: { max_control_line: 512 } });
    client.send(`SUB ${'x'.repeat(600)} 2\r\n`);
    await client.expectEnd('fin', "-ERR 'maximum control line exceeded'");
  });

  it('changes line.max_line', async () => {
    harness = await Harness.start();
    const line = await harness.connect('line');
    await reload(harness, { line: { max_line: 16 } });
    line.send(`PUB a ${'x'.repeat(20)}\n`);
    await line.expectEnd('fin', 'ERR line too long');
  });

  it('changes max_subscriptions, for those to come', async () => {
    const client = await start();
    await client.send('SUB a 1\r\nSUB b 2\r\n').settle();
    await reload(harness, { limits: { max_subscriptions: 2 } });
    await client.send('SUB c 3\r\n').expect("-ERR 'maximum subscriptions exceeded'");
    await reload(harness, { limits: { max_subscriptions: 3 } });
    await client.send('SUB c 3\r\n').expectSilence();
  });

  it('closes those above max_connections who came last', async () => {
    const first = await start();
    const second = await connectAs(harness);
    const line = await harness.connect('line');
    const last = await connectAs(harness);
    await reload(harness, { limits: { max_connections: 2 } });
    await last.expectEnd('fin', "-ERR 'maximum connections exceeded'");
    await line.expectEnd('fin', 'ERR maximum connections exceeded');
    await first.expectSilence();
    await second.expectSilence();
    expect(harness.log.map((entry) => entry.msg)).to.deep.equal(['connections closed, too many']);
  });

  it('changes the pings', async () => {
    const client = await start({ nats: { ping_interval: '30ms', ping_max: 100 } });
    client.answersPings = false;
    await client.expect('PING');
    await reload(harness, { nats: { ping_interval: '30ms', ping_max: 1 } });
    const frames = await client.rest();
    expect(frames.at(-1)).to.equal("-ERR 'Stale Connection'");
  });

  it('changes max_pending and the write deadline', async () => {
    harness = await Harness.start({ flow: { write_deadline: '10m' } });
    const slow = await connectAs(harness);
    await slow.send('SUB a 1\r\n').settle();
    slow.stall();
    await reload(harness, { flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '50ms' } });
    const publisher = await connectAs(harness);
    for (let n = 0; n < 20; n++) publisher.send(pub('a', 'x'.repeat(16 * 1024)));
    await until('it is cut off', () => slow.connection.reason === 'SLOW_CONSUMER');
    await publisher.settle();
  });

  it('counts all that is pending where max_pending was raised', async () => {
    const policy = 'disconnect'; // nothing holds it, though it is its own publisher
    const small = {
      policy,
      high_water: '64KiB',
      low_water: '16KiB',
      max_pending: '1200KiB',
      write_deadline: '10m',
    } as const;
    harness = await Harness.start({ flow: small });
    const slow = await connectAs(harness);
    slow.send('SUB a 1\r\n');
    await slow.settle();
    slow.stall();
    await reload(harness, { flow: { ...small, max_pending: '4MiB' } });
    for (let n = 0; n < 6; n++) slow.wire.write(pub('a', 'x'.repeat(1_000_000)), () => {});
    expect(await slow.closeReason()).to.equal('SLOW_CONSUMER');
  });

  it('changes the time there is to log in', async () => {
    harness = await Harness.start({ authorization: { token: 't', timeout: '10m' } });
    await reload(harness, { authorization: { token: 't', timeout: '20ms' } });
    const peer = await harness.open('nats');
    await peer.next();
    await peer.expectEnd('fin', "-ERR 'Authentication Timeout'");
  });

  it('refuses whole what needs a restart', async () => {
    const client = await start();
    for (const [settings, key] of [
      [{ listener: '127.0.0.1:1' }, 'listener'],
      [{ line: { listener: '127.0.0.1:1' } }, 'line.listener'],
      [{ monitor: { listener: '127.0.0.1:1' } }, 'monitor.listener'],
      [{ server_name: 'x' }, 'server_name'],
    ] as const) {
      const error = await reload(harness, { ...settings, authorization: { token: 't' } }).catch((e) => e);
      expect(error).to.be.instanceOf(SluiceError).and.have.property('code', 'CONFIG_INVALID');
      expect((error as Error).message).to.equal(`${key}: cannot be changed by a reload, restart sluice`);
    }
    await client.expectSilence();
    await (await connectAs(harness)).expectSilence();
  });

  it('refuses whole what cannot be used', async () => {
    const client = await start();
    const operator = ['eyJ.no.jwt'];
    const error = await reload(harness, { operator, nats: { max_payload: 100 } }).catch((e) => e);
    expect(error).to.be.instanceOf(SluiceError).and.have.property('code', 'CONFIG_INVALID');
    await client.send(pub('a', 'x'.repeat(101))).expectSilence();
    expect(await reload(harness, {})).to.deep.equal([]);
  });

  it('loses nothing for who stays', async () => {
    const users = [
      { user: 'ann', password: 'p' },
      { user: 'bob', password: 'p' },
    ];
    harness = await Harness.start(usersOf(...users));
    const reader = await connectAs(harness, { user: 'ann', pass: 'p' }, { over: 'socket' });
    const writer = await connectAs(harness, { user: 'bob', pass: 'p' }, { over: 'socket' });
    await reader.send('SUB n.* 1\r\n').settle();
    const count = 2_000;
    const sending = (async () => {
      for (let n = 0; n < count; n += 10)
        await writer.sendAll(Array.from({ length: 10 }, (_, i) => pub(`n.${n + i}`, 'x')).join(''));
    })();
    for (let n = 0; n < 20; n++) {
      const permissions = { subscribe: n % 2 === 0 ? ['n.>'] : ['>'] };
      await reload(harness, usersOf({ ...users[0]!, permissions }, users[1]!));
      await new Promise(setImmediate);
    }
    await soon('all is sent', sending);
    const due = Array.from({ length: count }, (_, n) => msg(`n.${n}`, 1, 'x'));
    expect(await reader.nextOnes(count)).to.deep.equal(due);
  });

  it('changes what accounts export and import, and answers what was asked before', async () => {
    const users = (name: string) => [{ user: name, password: 'p' }];
    const service = { exports: [{ service: 'q' }, { stream: 's' }], users: users('a') };
    const joined = {
      A: service,
      B: { users: users('b'), imports: [{ service: { account: 'A', subject: 'q' } }] },
    };
    harness = await Harness.start({ accounts: joined });
    const answerer = await connectAs(harness, { user: 'a', pass: 'p' });
    const asker = await connectAs(harness, { user: 'b', pass: 'p' });
    await answerer.send('SUB q 1\r\n').settle();
    await asker.send('SUB r 1\r\nSUB s 2\r\n', pub('q', '?', 'r')).settle();
    const reply = (await answerer.next()).split(' ')[3]!;
    const imports = [{ stream: { account: 'A', subject: 's' } }];
    expect(await reload(harness, { accounts: { ...joined, B: { ...joined.B, imports } } })).to.deep.equal([
      'accounts',
    ]);
    await answerer.send(pub(reply, '!'), pub('s', 'news')).settle();
    await asker.expect(msg('r', 1, '!'), msg('s', 2, 'news'));
    await asker.send(pub('q', '?', 'r')).settle();
    await answerer.expectSilence();
  });

  it('is refused once the broker is closing', async () => {
    await start();
    const closing = harness.broker.close();
    const error = await reload(harness, {}).catch((e) => e);
    expect(error).to.be.instanceOf(SluiceError).and.have.property('code', 'SERVER_SHUTDOWN');
    await closing;
  });
});
