import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { connectAs, infoIn } from '../support/broker/reloading.js';
import { duplexPair } from '../support/duplex-pair.js';
import { type Client, Harness, msg, OVER, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { soon } from '../support/until.js';

const SLOWLY = { lame_duck: { duration: '1h', grace_period: '30m' } };
const QUICKLY = { lame_duck: { duration: '50ms', grace_period: '0s' } };

describe('a lame duck', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  async function expectInfo(client: Client): Promise<void> {
    expect(infoIn(await client.next())).to.include({ ldm: true, client_id: client.connection.client.id });
  }

  async function expectRefused(port: number): Promise<void> {
    const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  }

  for (const over of OVER) {
    it(`tells only the clients over a ${over} that take INFO at any time; all are served on`, async () => {
      harness = await Harness.start(SLOWLY);
      const told = await connectAs(harness, {}, { over });
      const old = await connectAs(harness, { protocol: 0 }, { over });
      const fresh = await harness.open('nats', over);
      await fresh.next();
      fresh.send('CONNECT {"verbose":true,"protocol":1}\r\n');
      await fresh.expect('+OK');
      const line = await harness.connect('line', { over });
      await old.send('SUB a 1\r\n').settle();
      void harness.broker.lameDuck();
      await expectInfo(told);
      await told.send(pub('a', 'x')).expectSilence();
      await old.expect(msg('a', 1, 'x'));
      await fresh.expectSilence();
      await line.send('PUB a y\n').expect('OK PUB a');
      await old.expect(msg('a', 1, 'y'));
    });
  }

  it('takes no connection from then on, on any listener, nor in the process', async () => {
    harness = await Harness.start(SLOWLY);
    const { natsAddress, lineAddress } = harness.broker;
    const client = await connectAs(harness);
    void harness.broker.lameDuck();
    await expectInfo(client);
    for (const { port } of [natsAddress!, lineAddress!]) await expectRefused(port);
    const [near, far] = duplexPair();
    harness.broker.attach(far, 'nats');
    expect(await soon('the end', new Peer(near, 'nats').closed)).to.equal('reset');
  });

  it('has no nonce in what it tells those who have signed one', async () => {
    const nkey = 'UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4';
    const users = [{ nkey }, { user: 'ann', password: 'p' }];
    harness = await Harness.start({ ...SLOWLY, authorization: { users } });
    const client = await connectAs(harness, { user: 'ann', pass: 'p' });
    void harness.broker.lameDuck();
    expect(infoIn(await client.next()))
      .to.include({ ldm: true })
      .and.not.have.property('nonce');
  });

  it('lets all go, what is queued for them delivered, and is over', async () => {
    harness = await Harness.start(QUICKLY);
    const clients: Client[] = [];
    for (let n = 0; n < 40; n++) clients.push(await connectAs(harness));
    const line = await harness.connect('line');
    const unborn = await harness.open('nats');
    await clients[0]!.send('SUB a 1\r\n').settle();
    await clients[1]!.sendAll(pub('a', 'x').repeat(100));
    const over = harness.broker.lameDuck();
    for (const peer of [...clients, line, unborn]) void peer.closed.then(() => peer.end());
    const heard = await clients[0]!.rest();
    expect(heard.filter((frame) => frame.startsWith('MSG'))).to.deep.equal(
      Array.from({ length: 100 }, () => msg('a', 1, 'x')),
    );
    for (const client of clients) {
      expect(await client.closed).to.equal('fin');
      expect(await client.closeReason()).to.equal('SERVER_SHUTDOWN');
    }
    expect((await unborn.rest()).map((frame) => frame.slice(0, 5))).to.deep.equal(['INFO ']);
    await soon('it is over', over);
    expect(harness.connections.size).to.equal(0);
  });

  it('does not wait once no connection is left', async () => {
    harness = await Harness.start(SLOWLY);
    const client = await connectAs(harness);
    const over = harness.broker.lameDuck();
    await expectInfo(client);
    client.end();
    await soon('it is over', over);
    harness = await Harness.start(SLOWLY);
    await soon('so it is without connections', harness.broker.lameDuck());
  });

  it('lets go of a publisher that is held, and of the reader that holds it', async () => {
    harness = await Harness.start({
      lame_duck: { duration: '20ms', grace_period: '10ms' },
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' },
      shutdown: { deadline: '200ms' },
    });
    const reader = await connectAs(harness);
    await reader.send('SUB a 1\r\n').settle();
    reader.stall();
    const publisher = await connectAs(harness);
    const large = pub('a', 'x'.repeat(16 * 1024));
    while (!publisher.held) {
      publisher.wire.write(large);
      await new Promise(setImmediate);
    }
    await soon('it is over', harness.broker.lameDuck());
    expect(reader.connection.reason).to.equal('SERVER_SHUTDOWN');
    expect(publisher.connection.reason).to.equal('SERVER_SHUTDOWN');
  });

  it('is cut short by close, in its grace and in its goodbyes', async () => {
    for (const lame_duck of [SLOWLY.lame_duck, { duration: '1h', grace_period: '0s' }]) {
      harness = await Harness.start({ lame_duck });
      const clients = [await connectAs(harness), await connectAs(harness), await connectAs(harness)];
      for (const client of clients) void client.closed.then(() => client.end());
      const over = harness.broker.lameDuck();
      await expectInfo(clients[1]!);
      await soon('it is closed', harness.broker.close());
      await soon('it is over', over);
    }
  });

  it('is one however often it is asked for, and nothing after a close', async () => {
    harness = await Harness.start(SLOWLY);
    const client = await connectAs(harness);
    const over = harness.broker.lameDuck();
    expect(harness.broker.lameDuck()).to.equal(over);
    await expectInfo(client);
    await client.expectSilence();
    const closed = harness.broker.close();
    client.end();
    await soon('it is over', Promise.all([closed, over]));
    harness = await Harness.start(SLOWLY);
    await harness.broker.close();
    await soon('it is over', harness.broker.lameDuck());
  });
});
