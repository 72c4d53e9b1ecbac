import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { pino } from 'pino';
import { startBroker } from '../lib/broker.js';
import { configFrom, type SettingsInput } from '../lib/config.js';
import { SluiceError } from '../lib/domain/errors.js';
import { duplexPair } from './support/duplex-pair.js';
import { type Client, DIALECTS, Harness, msg, OVER, pub } from './support/harness.js';
import { Peer } from './support/peer.js';
import { PATIENCE_MS, soon, until } from './support/until.js';

interface Info {
  readonly server_id: string;
  readonly client_id: number;
}

const silent = pino({ level: 'silent' });
const LARGE = 'x'.repeat(16 * 1024);

describe('a broker', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('listens where it says, in each dialect', async () => {
    harness = await Harness.start();
    for (const dialect of DIALECTS)
      await (await harness.connect(dialect, { over: 'socket' })).expectSilence();
  });

  it('serves what is attached to it without any listener', async () => {
    harness = await Harness.start({ nats: { enabled: false }, line: { enabled: false } });
    expect(harness.broker.natsAddress).to.equal(undefined);
    expect(harness.broker.lineAddress).to.equal(undefined);
    for (const dialect of DIALECTS) await (await harness.connect(dialect)).expectSilence();
  });

  it('tells NATS clients the truth about itself', async () => {
    harness = await Harness.start({ server_name: 'test', nats: { max_payload: 1000 } });
    const peer = await harness.open('nats', 'socket');
    const info = JSON.parse((await peer.next()).slice('INFO '.length)) as Info;
    const { host, port } = harness.broker.natsAddress!;
    expect(info).to.deep.include({
      server_name: 'test',
      host,
      port,
      max_payload: 1000,
      headers: true,
      proto: 1,
    });
    expect(info).to.deep.include({ client_id: peer.connection.client.id, client_ip: '127.0.0.1' });
    expect(info.server_id).to.match(/^N[A-Z2-7]{55}$/);
    expect(info).not.to.have.property('auth_required');
    const other = await harness.open('nats', 'socket');
    const otherInfo = JSON.parse((await other.next()).slice('INFO '.length)) as Info;
    expect(otherInfo.client_id).not.to.equal(info.client_id);
  });

  it('can be closed twice, and closes once', async () => {
    harness = await Harness.start();
    const closing = harness.broker.close();
    expect(harness.broker.close()).to.equal(closing);
    await closing;
    await harness.broker.close();
  });

  it('accepts nothing any more once it is closing', async () => {
    harness = await Harness.start();
    const { port } = harness.broker.natsAddress!;
    const closing = harness.broker.close();
    const [near, far] = duplexPair();
    const peer = new Peer(near, 'line');
    harness.broker.attach(far, 'line');
    peer.send('PING\n');
    await soon('the end', peer.closed);
    await closing;
    const [later, end] = duplexPair();
    harness.broker.attach(end, 'nats');
    await soon('the end', new Peer(later, 'nats').closed);
    const socket = connect(port, '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  });

  for (const over of OVER) {
    it(`that closes ends every connection over a ${over} with a FIN and no words`, async () => {
      harness = await Harness.start();
      const peers: Client[] = [];
      for (const dialect of DIALECTS) peers.push(await harness.connect(dialect, { over }));
      const closing = harness.broker.close();
      for (const peer of peers) {
        await peer.expectEnd('fin');
        expect(await peer.closeReason()).to.equal('SERVER_SHUTDOWN');
        peer.end();
      }
      await closing;
      expect(harness.connections.size).to.equal(0);
      expect(harness.core.sublist.empty).to.equal(true);
    });

    it(`that closes first delivers and flushes what it has read, over a ${over}`, async () => {
      harness = await Harness.start();
      const subscribers: Client[] = [];
      for (let n = 0; n < 3; n++) {
        const peer = await harness.connect('nats', { over });
        await peer.send('SUB foo 1\r\n').settle();
        subscribers.push(peer);
      }
      const publisher = await harness.connect('nats', { over });
      await publisher.sendAll(Array.from({ length: 100 }, (_, n) => pub('foo', `${n}`)).join(''));
      // Over a socket, sent is not yet read; by the first message's arrival its whole packet has been.
      await until('it is being delivered', () => over === 'pair' || subscribers[0]!.bytesReceived > 1_000);
      const closing = harness.broker.close();
      const due = Array.from({ length: 100 }, (_, n) => msg('foo', 1, `${n}`));
      for (const peer of [publisher, ...subscribers]) peer.closed.then(() => peer.end());
      for (const peer of subscribers) await peer.expectEnd('fin', ...due);
      await closing;
    });
  }

  it('that closes delivers what a held publisher had been read, also to those who wait for nothing', async () => {
    harness = await Harness.start({
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' },
      shutdown: { deadline: '1m' },
    });
    const slow = await harness.connect('nats');
    const quick = await harness.connect('nats');
    for (const peer of [slow, quick]) await peer.send('SUB foo 1\r\n').settle();
    slow.stall();
    const publisher = await harness.connect('nats');
    let sent = 0;
    let taken = 0;
    while (!publisher.held) {
      publisher.wire.write(pub('foo', LARGE), () => taken++);
      sent++;
      await new Promise(setImmediate);
    }
    // What goes on from here fills the decoder and the wire's own buffer: read, but not routed.
    for (; sent - taken < 3; sent++) {
      publisher.wire.write(pub('foo', LARGE), () => taken++);
      await new Promise(setImmediate);
    }
    const routed = publisher.connection.client.published;
    const read = taken;
    expect(read, 'messages read').to.be.above(routed);
    const closing = harness.broker.close();
    slow.resume();
    for (const peer of [slow, quick, publisher]) peer.closed.then(() => peer.end());
    for (const peer of [slow, quick]) {
      const heard = await peer.rest();
      expect(heard.length).to.be.at.least(read);
      for (const frame of heard) if (frame !== msg('foo', 1, LARGE)) expect.fail(frame.slice(0, 80));
      expect(await peer.closed).to.equal('fin');
    }
    await closing;
  });

  for (const over of OVER) {
    it(`that closes does not wait for a frozen subscriber over a ${over} beyond its deadline`, async () => {
      harness = await Harness.start({
        flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' },
        shutdown: { deadline: '300ms' },
      });
      const frozen = await harness.connect('nats', { over });
      await frozen.send('SUB foo 1\r\n').settle();
      frozen.stall();
      const publisher = await harness.connect('nats', { over });
      for (let n = 0; n < 1_500; n++) publisher.send(pub('foo', LARGE));
      await until('the publisher is held', () => publisher.held);
      await soon('the broker to close', harness.broker.close());
      expect(harness.connections.size).to.equal(0);
    });
  }

  it('leaves no handle: its process ends by itself', async () => {
    harness = await Harness.start();
    const script = fileURLToPath(new URL('support/start-and-close.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: PATIENCE_MS });
    expect(stdout).to.equal('closed\n');
  });
});

describe('a port that is taken', () => {
  let taken: Server;
  beforeEach(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
  });
  afterEach(() => taken.close());

  const address = () => `127.0.0.1:${(taken.address() as { port: number }).port}`;

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    return port;
  }

  async function failure(settings: SettingsInput): Promise<SluiceError> {
    try {
      await startBroker(configFrom(settings), silent);
    } catch (error) {
      expect(error).to.be.instanceOf(SluiceError);
      return error as SluiceError;
    }
    throw new Error('it started');
  }

  it('is an ADDRESS_IN_USE that names listener and address', async () => {
    const error = await failure({ listener: address(), line: { enabled: false } });
    expect(error.code).to.equal('ADDRESS_IN_USE');
    expect(error.message).to.equal(`nats listener ${address()}: address already in use`);
  });

  it('leaves the other port free', async () => {
    const port = await freePort();
    const error = await failure({ listener: `127.0.0.1:${port}`, line: { listener: address() } });
    expect(error.code).to.equal('ADDRESS_IN_USE');
    expect(error.message).to.include('line listener');
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('is ADDRESS_UNUSABLE where the address is not one of this machine', async () => {
    const error = await failure({ listener: '192.0.2.1:0', line: { enabled: false } });
    expect(error.code).to.equal('ADDRESS_UNUSABLE');
  });
});
