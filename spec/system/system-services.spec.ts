import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { MAX_SYSTEM_REQUESTS } from '../../lib/domain/limits.js';
import { natsPeer } from '../support/embed/embedded.js';
import { Harness } from '../support/harness.js';
import { bytesInUse } from '../support/memory.js';
import { bytesKept } from '../support/retained-bytes.js';
import { ACCOUNTS, type Answer, SystemFixture } from '../support/system/clients.js';
import { turns } from '../support/turns.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;

describe('the services of the system account', () => {
  let system: SystemFixture;
  afterEach(() => system.stop());

  const pings = async (connection: NatsConnection): Promise<boolean> =>
    system.ask(connection, '$SYS.REQ.SERVER.PING').then(
      () => true,
      () => false,
    );

  it('are those of $SYS where no other is named', async () => {
    const accounts = { $SYS: { users: [{ user: 'sys', password: 's' }] }, A: ACCOUNTS.A };
    system = await SystemFixture.start({ accounts, systemAccount: undefined });
    expect(await pings(await system.connect('sys'))).to.equal(true);
    expect(await pings(await system.connect('ann'))).to.equal(false);
  });

  it('move with the name of the account', async () => {
    system = await SystemFixture.start();
    const [sys, ann] = [await system.connect('sys'), await system.connect('ann')];
    await system.broker.reload({
      nats: false,
      line: false,
      serverName: 'spec',
      accounts: ACCOUNTS,
      systemAccount: 'A',
    });
    expect([await pings(sys), await pings(ann)]).to.deep.equal([false, true]);
    const { data } = await system.ask(sys, '$SYS.REQ.ACCOUNT.PING.CONNZ');
    expect(data?.num_connections).to.equal(1);
  });

  it('can be exported, and answer what imports them', async () => {
    system = await SystemFixture.start({
      accounts: {
        ...ACCOUNTS,
        SYS: {
          users: [{ user: 'sys', password: 's' }],
          exports: [{ service: '$SYS.REQ.SERVER.PING.VARZ' }, { stream: '$SYS.ACCOUNT.*.CONNECT' }],
        },
        A: {
          users: [{ user: 'ann', password: 'a' }],
          imports: [
            { service: { account: 'SYS', subject: '$SYS.REQ.SERVER.PING.VARZ' }, to: 'varz' },
            { stream: { account: 'SYS', subject: '$SYS.ACCOUNT.*.CONNECT' } },
          ],
        },
      },
    });
    const ann = await system.connect('ann');
    const events = await system.listen(ann, '$SYS.ACCOUNT.B.CONNECT');
    expect((await system.ask(ann, 'varz')).server).to.include({ name: 'spec' });
    await system.connect('bob');
    await until('the login has been announced', () => events.length === 1);
  });

  it('refuse requests where too many wait, and answer every other', async () => {
    system = await SystemFixture.start();
    const sys = await system.connect('sys');
    const answers: Answer[] = [];
    sys.subscribe('reply', { callback: (_error, message) => void answers.push(message.json<Answer>()) });
    const count = 4 * MAX_SYSTEM_REQUESTS;
    for (let n = 0; n < count; n++) sys.publish('$SYS.REQ.SERVER.PING.VARZ', '', { reply: 'reply' });
    await until('all are answered', () => answers.length === count);
    const refused = answers.filter(({ error }) => error !== undefined);
    expect(refused.length).to.be.within(1, count - MAX_SYSTEM_REQUESTS);
    expect(refused[0]?.error).to.deep.equal({ code: 503, description: 'too many requests at once' });
  });

  it('close one connection, and say why', async () => {
    system = await SystemFixture.start();
    const [sys, ann] = [await system.connect('sys'), await system.connect('ann')];
    const events = await system.listen(sys, '$SYS.ACCOUNT.A.DISCONNECT');
    const cid = ann.info?.client_id;
    expect(await system.ask(sys, '$SYS.REQ.SERVER.ID.KICK', { cid })).to.have.all.keys('server');
    await ann.closed();
    await until('the end has been announced', () => events.length === 1);
    expect(events[0]?.body.reason).to.equal('Kicked');
    const { data } = await system.ask(sys, '$SYS.REQ.SERVER.PING.CONNZ', { state: 1 });
    expect(data?.connections).to.have.length(1);
    expect(data?.connections?.[0]).to.include({ cid, reason: 'Kicked' });
  });

  it('neither close nor inform what the embedding program uses itself', async () => {
    system = await SystemFixture.start();
    const sys = await system.connect('sys');
    system.broker.subscribe('a');
    const { data } = await system.ask(sys, '$SYS.REQ.SERVER.PING.CONNZ');
    const [, local] = data?.connections ?? [];
    for (const command of ['KICK', 'LDM'])
      expect(
        (await system.ask(sys, `$SYS.REQ.SERVER.ID.${command}`, { cid: local?.cid })).error?.code,
      ).to.equal(500);
  });

  it('tell one client that it should go, if it can be told', async () => {
    system = await SystemFixture.start();
    const [sys, ann] = [await system.connect('sys'), await system.connect('ann')];
    const told: string[] = [];
    void (async () => {
      for await (const { type } of ann.status()) told.push(type);
    })();
    expect(await system.ask(sys, '$SYS.REQ.SERVER.ID.LDM', { cid: ann.info?.client_id })).to.have.all.keys(
      'server',
    );
    await until('the client has heard of it', () => told.includes('ldm'));
    const line = system.broker.connect({ dialect: 'line' });
    line.write('AUTH ann a\n');
    let cid: unknown;
    await until('it is there', () => {
      cid = [...system.running.connections].find(({ dialect }) => dialect === 'line')?.client.id;
      return cid !== undefined;
    });
    const { error } = await system.ask(sys, '$SYS.REQ.SERVER.ID.LDM', { cid });
    expect(error?.description).to.match(/does not support Lame Duck Mode/);
    line.destroy();
  });

  it('keep no memory of requests and events that are over', async () => {
    system = await SystemFixture.start();
    const sys = await system.connect('sys');
    const events = await system.listen(sys, '$SYS.ACCOUNT.A.DISCONNECT');
    const visit = async (count: number): Promise<void> => {
      const peers = [];
      for (let n = 0; n < count; n++) peers.push(await natsPeer(system.broker, { user: 'ann', pass: 'a' }));
      for (let n = 0; n < 20; n++)
        await system.request(sys, '$SYS.REQ.SERVER.PING.CONNZ', { subscriptions: true, limit: count });
      for (const peer of peers) peer.wire.destroy();
      await until('all have gone', () => events.length === count);
      events.length = 0;
    };
    for (let n = 0; n < 4; n++) await visit(300); // as many closed connections as the monitor remembers
    const before = bytesInUse();
    for (let n = 0; n < 4; n++) await visit(300);
    expect(await bytesKept(before, 4 * MIB)).to.be.below(4 * MIB);
  });

  it('answer a request that fails by a fault of ours, and go on', async () => {
    system = await SystemFixture.start();
    const sys = await system.connect('sys');
    system.running.reloadSource = () => Promise.reject(new Error('a fault'));
    const { error } = await system.ask(sys, '$SYS.REQ.SERVER.ID.RELOAD');
    expect(error).to.deep.equal({ code: 500, description: 'internal error' });
    expect((await system.ask(sys, '$SYS.REQ.SERVER.PING.VARZ')).error).to.equal(undefined);
  });
});

describe('requests to the server of which too many wait', () => {
  it('are refused over some turns', async () => {
    const harness = await Harness.start();
    try {
      const peer = await harness.connect('nats');
      const { client } = peer.connection;
      const count = 4_000;
      peer.send(`SUB reply 1\r\n${'PUB $SYS.REQ.ACCOUNT.PING.CONNZ reply 0\r\n\r\n'.repeat(count)}`);
      let most = 0;
      for (let before = 0; before < count; ) {
        await turns(1);
        most = Math.max(most, client.outMessages - before);
        before = client.outMessages;
      }
      expect(most).to.be.at.most(700);
    } finally {
      await harness.stop();
    }
  });
});
