import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { AcceptRate } from '../../lib/limits/accept-rate.js';
import type { ConnectionLimiter } from '../../lib/limits/connection-limiter.js';
import { StreamWire } from '../../lib/transport/stream-wire.js';
import { duplexPair } from '../support/duplex-pair.js';
import { FakeClock } from '../support/fake-clock.js';
import { Harness, msg, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { until } from '../support/until.js';

describe('the rate of accepting', () => {
  let clock: FakeClock;
  let rate: AcceptRate;
  let accept: number[];
  let complaints: number[];
  const make = (acceptRate: number, acceptBurst: number) => {
    rate = new AcceptRate({ acceptRate, acceptBurst }, (of) => complaints.push(of), clock);
  };
  /** Knocks `count` times; numbers go by who came when. */
  let knocks: number;
  const knock = (count = 1): Duplex[] =>
    Array.from({ length: count }, () => {
      const [wire, peer] = duplexPair();
      peer.on('error', () => {});
      const number = knocks++;
      rate.admit(new StreamWire(wire), () => accept.push(number));
      return wire;
    });
  beforeEach(() => {
    clock = new FakeClock();
    accept = [];
    complaints = [];
    knocks = 0;
  });

  it('lets a burst in at once', () => {
    make(10, 5);
    knock(5);
    expect(accept).to.deep.equal([0, 1, 2, 3, 4]);
    expect([rate.waiting, rate.rejected, clock.pending]).to.deep.equal([0, 0, 0]);
  });

  it('has those beyond it wait their turn, as many as a second lets in', async () => {
    make(10, 5);
    const wires = knock(15);
    expect([accept.length, rate.waiting, rate.rejected]).to.deep.equal([5, 10, 0]);
    clock.pass(99);
    expect(accept.length).to.equal(5);
    clock.pass(1);
    expect(accept.length).to.equal(6);
    clock.pass(900);
    expect(accept).to.deep.equal([...Array(15).keys()]);
    expect(clock.pending).to.equal(0);
    expect(wires.some((wire) => wire.destroyed)).to.equal(false);
  });

  it('closes those beyond that without a word, and says so', () => {
    make(10, 5);
    const wires = knock(17);
    expect([accept.length, rate.waiting, rate.rejected]).to.deep.equal([5, 10, 2]);
    expect(wires.map((wire) => wire.destroyed)).to.deep.equal([...Array(15).fill(false), true, true]);
    expect(complaints).to.deep.equal([10, 10]);
  });

  it('keeps the order: no connection overtakes one that waits', () => {
    make(10, 1);
    knock(3);
    clock.pass(100);
    knock(1);
    clock.pass(200);
    expect(accept).to.deep.equal([0, 1, 2, 3]);
  });

  it('forgets who hangs up while it waits', async () => {
    make(10, 1);
    const [, second] = knock(3);
    second!.destroy();
    await until('it is forgotten', () => rate.waiting === 1);
    clock.pass(100);
    expect(accept).to.deep.equal([0, 2]);
  });

  it('lets every connection in where there is none', () => {
    make(0, 1);
    knock(1_000);
    expect([accept.length, clock.pending]).to.deep.equal([1_000, 0]);
  });

  it('takes another one, and lets in who waits under the old one', () => {
    make(1, 1);
    knock(2);
    rate.configure({ acceptRate: 0, acceptBurst: 1 });
    clock.pass(1_000);
    expect(accept).to.deep.equal([0, 1]);
    expect(clock.pending).to.equal(0);
  });

  it('closes the connections that wait when it is over', () => {
    make(10, 1);
    const wires = knock(4);
    rate.dismiss();
    expect(wires.map((wire) => wire.destroyed)).to.deep.equal([false, true, true, true]);
    expect([rate.waiting, clock.pending]).to.deep.equal([0, 0]);
  });
});

describe('a flood of connections', () => {
  let harness: Harness;
  let sockets: Socket[];
  beforeEach(() => {
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await harness.stop();
  });

  const limiter = (): ConnectionLimiter => harness.broker.acceptor.limiter;
  /** How each of `count` sockets fares: what it hears first, or that it is reset. */
  async function flood(count: number): Promise<string[]> {
    const { host, port } = harness.broker.natsAddress!;
    return Promise.all(
      Array.from({ length: count }, async () => {
        const socket = connect(port, host);
        sockets.push(socket);
        try {
          const [chunk] = (await once(socket, 'data')) as [Buffer];
          return chunk.toString('latin1', 0, 4);
        } catch (error) {
          return (error as NodeJS.ErrnoException).code ?? String(error);
        }
      }),
    );
  }

  it('is let in slowly, or turned away, while others are served', async () => {
    harness = await Harness.start({ limits: { accept_rate: 20, accept_burst: 4 } });
    const subscriber = await harness.connect('nats', { over: 'socket' });
    await subscriber.send('SUB foo 1\r\n').settle();
    const publisher = await harness.connect('nats', { over: 'socket' });
    const faring = flood(200);
    let sent = 0;
    let over = false;
    faring.then(() => {
      over = true;
    });
    while (!over || sent < 100) {
      publisher.send(pub('foo', `${sent}`));
      await subscriber.expect(msg('foo', 1, `${sent++}`));
    }
    const fared = await faring;
    const served = fared.filter((word) => word === 'INFO').length;
    expect(fared.filter((word) => word !== 'INFO' && word !== 'ECONNRESET')).to.deep.equal([]);
    expect(served).to.be.within(20, 199);
    expect(limiter().rate.rejected).to.equal(200 - served);
    expect(limiter().rate.waiting).to.equal(0);
    const told = harness.log.filter(({ limit }) => limit === 'limits.accept_rate');
    expect(told[0]).to.include({ msg: 'connections come too fast, closed some', acceptRate: 20, count: 1 });
  });

  it('within the burst is let in whole', async () => {
    harness = await Harness.start({ limits: { accept_rate: 1, accept_burst: 60 } });
    expect(await flood(60)).to.deep.equal(Array(60).fill('INFO'));
    expect(harness.log).to.deep.equal([]);
  });

  it('is not waited for when the broker closes', async () => {
    harness = await Harness.start({ limits: { accept_rate: 5, accept_burst: 1 } });
    const faring = flood(5);
    await until('they wait', () => limiter().rate.waiting > 0);
    await harness.broker.close();
    expect((await faring).filter((word) => word === 'ECONNRESET')).to.have.length.of.at.least(1);
  });

  it('takes no place of max_connections while it is told why', async () => {
    harness = await Harness.start({ limits: { max_connections: 2 } });
    const first = await harness.connect('nats');
    await harness.connect('nats');
    // In memory no peer hangs up by itself: the refused ones are open as long as the specs let them.
    const refused = Array.from({ length: 3 }, () => {
      const [near, far] = duplexPair();
      harness.wires.push(near);
      harness.broker.attach(far, 'nats');
      return new Peer(near, 'nats');
    });
    for (const peer of refused) expect(await peer.next()).to.match(/^INFO /);
    await until('they are told', () => harness.connections.size === 5);
    first.wire.destroy();
    await until('it has gone', () => harness.connections.size === 4);
    const next = await harness.connect('nats');
    await next.send('PING\r\n').expect('PONG');
  });

  it('beyond max_connections is told why, a few at a time, and the rest is closed', async () => {
    harness = await Harness.start({ limits: { max_connections: 2 } });
    await harness.connect('nats');
    await harness.connect('nats');
    // In memory no client hangs up by itself: those told stay until all have heard.
    const refused = Array.from({ length: 20 }, () => {
      const [near, far] = duplexPair();
      harness.wires.push(near);
      harness.broker.attach(far, 'line');
      return new Peer(near, 'line');
    });
    const words = await Promise.all(refused.map((peer) => peer.rest()));
    expect(words.filter((lines) => lines.length === 1)).to.deep.equal(
      Array(16).fill(['ERR maximum connections exceeded']),
    );
    expect(words.filter((lines) => lines.length === 0)).to.have.length(4);
    for (const peer of refused) peer.end();
    await until('all of them have gone', () => harness.connections.size === 2);
  });
});
