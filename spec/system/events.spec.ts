import type { NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { STATSZ_INTERVAL_MS } from '../../lib/domain/limits.js';
import { natsPeer } from '../support/embed/embedded.js';
import { FakeClock } from '../support/fake-clock.js';
import { LEFT_OUT, SEEN_DESCRIPTION, SEEN_EVENTS } from '../support/fixtures/system.js';
import { type Event, fieldsOf, type Json, SystemFixture } from '../support/system/clients.js';
import { until } from '../support/until.js';

describe('events of the system account', () => {
  let system: SystemFixture;
  let sys: NatsConnection;
  let clock: FakeClock;
  const of = (events: readonly Event[], subject: string) =>
    events.filter((event) => event.subject === subject);
  const ours = (body: Json) => fieldsOf(body).filter((field) => !LEFT_OUT.test(field));
  const theirs = (fields: readonly string[]) => fields.filter((field) => !LEFT_OUT.test(field));

  beforeEach(async () => {
    clock = new FakeClock();
    system = await SystemFixture.start({ nats: { listener: '127.0.0.1:0' } }, clock);
    sys = await system.connect('sys');
  });
  afterEach(() => system.stop());

  it('have the fields and types of nats-server', async () => {
    const events = await system.listen(sys, '$SYS.>');
    const port = system.broker.natsAddress!.port;
    const { connect } = await import('@nats-io/transport-node');
    const login = { servers: `127.0.0.1:${port}`, user: 'ann', pass: 'a', name: 'client', reconnect: false };
    const ann = await connect(login);
    await ann.close();
    await connect({ ...login, pass: 'wrong' }).catch(() => {});
    await until('a login is refused', () => of(events, '$SYS.SERVER.ID.CLIENT.AUTH.ERR').length > 0);
    for (const [subject, fields] of Object.entries(SEEN_EVENTS)) {
      const [first] = of(events, subject);
      expect(first, subject).to.not.equal(undefined);
      expect(ours(first!.body), subject).to.have.members(theirs(fields));
    }
  });

  it('tell of logins and of their ends, in order, with what went through', async () => {
    const events = await system.listen(sys, '$SYS.ACCOUNT.A.*');
    const ann = await system.connect('ann', { name: 'one' });
    ann.subscribe('a');
    ann.publish('a', '12345');
    await ann.flush();
    await ann.close();
    await until('it has closed', () => events.length === 2);
    const [connect, disconnect] = events as [Event, Event];
    expect(connect.body.type).to.equal('io.nats.server.advisory.v1.client_connect');
    expect(connect.body.client).to.include({
      acc: 'A',
      user: 'ann',
      name: 'one',
      kind: 'Client',
      client_type: 'nats',
    });
    expect(disconnect.body).to.deep.include({
      type: 'io.nats.server.advisory.v1.client_disconnect',
      sent: { msgs: 1, bytes: 5 },
      received: { msgs: 1, bytes: 5 },
      reason: 'Client Closed',
    });
  });

  it('tell of line clients once they are logged in', async () => {
    const events = await system.listen(sys, '$SYS.ACCOUNT.A.CONNECT');
    const line = system.broker.connect({ dialect: 'line' });
    line.write('AUTH ann a\n');
    await until('it is announced', () => events.length > 0);
    expect(events[0]?.body.client).to.include({ acc: 'A', client_type: 'line' });
    line.destroy();
  });

  it('tell an account itself of logins that were refused', async () => {
    await system.stop();
    system = await SystemFixture.start({
      accounts: { ...{ A: { users: [{ user: 'ann', password: 'a' }] } }, $SYS: {} },
      systemAccount: '$SYS',
    });
    const subscription = system.broker.subscribe('$SYS.ACCOUNT.CLIENT.AUTH.ERR');
    await system.connect('ann', { pass: 'wrong' }).catch(() => {});
    for await (const message of subscription) {
      const event = JSON.parse(message.text()) as Json;
      expect(event.reason).to.equal('Authentication Failure');
      break;
    }
  });

  it('give the number of connections on both subjects, as one event', async () => {
    const [fresh, old] = [
      await system.listen(sys, '$SYS.ACCOUNT.A.SERVER.CONNS'),
      await system.listen(sys, '$SYS.SERVER.ACCOUNT.A.CONNS'),
    ];
    const ann = await system.connect('ann');
    await until('both have come', () => fresh.length > 0 && old.length > 0);
    expect(fresh[0]!.body).to.include({ acc: 'A', conns: 1, total_conns: 1 });
    expect(fresh[0]!.body.id).to.equal(old[0]!.body.id);
    await ann.close();
    await until('it is gone', () => fresh.at(-1)?.body.conns === 0);
  });

  it('repeat the number of connections of each account that has some', async () => {
    await system.connect('ann');
    const events = await system.listen(sys, '$SYS.ACCOUNT.*.SERVER.CONNS');
    clock.pass(3 * STATSZ_INTERVAL_MS);
    await until('they have come', () => events.length === 2);
    expect(events.map(({ body }) => body.acc)).to.have.members(['SYS', 'A']);
  });

  it('give statistics as time passes, and when they are asked for without a reply', async () => {
    const events = await system.listen(sys, '$SYS.SERVER.*.STATSZ');
    clock.pass(STATSZ_INTERVAL_MS);
    await until('they have come', () => events.length === 1);
    expect(events[0]).to.deep.include({ subject: '$SYS.SERVER.ID.STATSZ' });
    expect(events[0]!.body.statsz).to.include({ connections: 1, active_accounts: 1, active_servers: 1 });
    sys.publish('$SYS.REQ.SERVER.PING');
    await until('they have come again', () => events.length === 2);
  });

  it('say that the server goes', async () => {
    const events = await system.listen(sys, '$SYS.SERVER.>');
    void system.broker.lameDuck();
    await until('it has said so', () => of(events, '$SYS.SERVER.ID.LAMEDUCK').length > 0);
    await system.broker.close();
    await until('it has said so', () => of(events, '$SYS.SERVER.ID.SHUTDOWN').length > 0);
    for (const how of ['LAMEDUCK', 'SHUTDOWN'])
      expect(ours(of(events, `$SYS.SERVER.ID.${how}`)[0]!.body)).to.have.members(theirs(SEEN_DESCRIPTION));
  });

  it('are not made where nothing listens', async () => {
    const seq = async () => (await system.ask(sys, '$SYS.REQ.SERVER.PING')).server.seq!;
    const before = await seq();
    const ann = await system.connect('ann');
    await ann.close();
    clock.pass(3 * STATSZ_INTERVAL_MS);
    expect(await seq()).to.equal(before + 1);
  });

  it('are as many as there are connections, though these come and go at once', async () => {
    const events = await system.listen(sys, '$SYS.ACCOUNT.A.*');
    const peers = [];
    for (let n = 0; n < 300; n++) peers.push(await natsPeer(system.broker, { user: 'ann', pass: 'a' }));
    for (const peer of peers) peer.wire.destroy();
    await until('all have gone', () => of(events, '$SYS.ACCOUNT.A.DISCONNECT').length === 300);
    expect(of(events, '$SYS.ACCOUNT.A.CONNECT')).to.have.length(300);
  });
});
