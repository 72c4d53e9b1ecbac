import { once } from 'node:events';
import { expect } from 'chai';
import type { Outbox } from '../../lib/clients/outbox.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, Harness, msg, OVER, type Over, pub } from '../support/harness.js';
import { passingClock } from '../support/passing-clock.js';
import { steppedClock } from '../support/stepped-clock.js';
import { soon, until } from '../support/until.js';

const KIB = 1024;
const PAYLOAD = 'x'.repeat(16 * KIB);
const FRAME = pub('feed', PAYLOAD);
/** More than every buffer between a publisher and its subscriber holds: over sockets the kernel has megabytes. */
const FRAMES: Readonly<Record<Over, number>> = { pair: 256, socket: 2_048 };

const PATIENT = { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' };
const STRICT = { ...PATIENT, write_deadline: '150ms' };
/** How fast a slow subscriber reads, by the core's clock. */
const SLOW_BYTES_PER_MS = 4 * KIB;

/** Resolves once the system has said what the peer has acknowledged by now. */
async function looked(outbox: Outbox): Promise<void> {
  let isAnswered = false;
  outbox.unacknowledged = (bytes, now) => {
    Reflect.deleteProperty(outbox, 'unacknowledged');
    outbox.unacknowledged(bytes, now);
    isAnswered = true;
  };
  await until('the system has answered', () => {
    outbox.look?.(); // what is asked before the next reading is due does not bring it about
    return isAnswered;
  });
}

describe('a subscriber that is not read from', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  /** A subscriber to `feed` that has stopped reading. */
  async function stalled(over: Over): Promise<Client> {
    const subscriber = await harness.connect('nats', { over });
    await subscriber.send('SUB feed 1\r\n').settle();
    return subscriber.stall();
  }

  /** A publisher that has more to say to `feed` than the broker takes, and the last it will hear of it. */
  async function feeder(over: Over): Promise<{ publisher: Client; done: Promise<string[]> }> {
    const publisher = await harness.connect('nats', { over });
    for (let n = 0; n < FRAMES[over]; n++) publisher.send(FRAME);
    const done = publisher.settle();
    done.catch(() => {}); // some specs end before it does
    await until('the publisher is held', () => publisher.held);
    return { publisher, done };
  }

  for (const over of OVER) {
    it(`holds its publishers over a ${over}, and no others, and loses nothing`, async () => {
      harness = await Harness.start({ flow: PATIENT });
      const subscriber = await stalled(over);
      const { publisher, done } = await feeder(over);
      const speaker = await harness.connect('nats', { over });
      const listener = await harness.connect('nats', { over });
      await listener.send('SUB other 1\r\n').settle();
      for (let n = 0; n < 50; n++) {
        await speaker.send(pub('other', `${n}`)).settle();
        await listener.expect(msg('other', 1, `${n}`));
      }
      expect(publisher.held).to.equal(true);
      expect(publisher.wire.writableLength, 'what the feeder has yet to get rid of').to.be.above(0);
      expect(publisher.connection.client.published).to.be.below(FRAMES[over]);

      subscriber.resume();
      await soon('the publisher to go on', done);
      const heard = await subscriber.settle();
      expect(heard).to.have.lengthOf(FRAMES[over]);
      for (const frame of heard) if (frame !== msg('feed', 1, PAYLOAD)) expect.fail(frame);
      expect(harness.log).to.deep.equal([]);
    });

    it(`lets its publishers go on over a ${over} as it catches up, not when congested ones are looked at next`, async () => {
      const { coreClock } = steppedClock(); // congested connections are never looked at
      harness = await Harness.start({}, undefined, { clock: new FakeClock(), coreClock });
      const subscriber = await stalled(over);
      const { done } = await feeder(over);
      subscriber.resume();
      await soon('the publisher to go on', done);
      expect(await subscriber.settle()).to.have.lengthOf(FRAMES[over]);
    });

    it(`is cut off over a ${over} after the write deadline, and its publishers go on`, async () => {
      const { coreClock, look } = steppedClock();
      harness = await Harness.start({ flow: STRICT }, undefined, { clock: new FakeClock(), coreClock });
      const subscriber = await stalled(over);
      const healthy = await harness.connect('nats', { over });
      await healthy.send('SUB feed 1\r\n').settle();
      const { done } = await feeder(over);
      await until('it is cut off', () => {
        // On a busy machine the healthy one is congested now and then: nothing looks at it meanwhile.
        if (!healthy.connection.client.outbox.congested) look();
        return subscriber.connection.reason !== undefined;
      });
      expect(subscriber.connection.reason).to.equal('SLOW_CONSUMER');
      await soon('the publisher to go on', done);
      expect(await healthy.settle()).to.have.lengthOf(FRAMES[over]);
      await until('it is gone', () => harness.connections.size === 2);
      expect(harness.core.sublist.size).to.equal(1);
      expect(harness.log.map(({ msg: text }) => text)).to.deep.equal(['slow consumer, disconnected']);
      expect(harness.log[0]).to.include({ connection: subscriber.connection.client.id, dialect: 'nats' });
    });

    it(`that reads slowly over a ${over} is waited for, and loses nothing`, async () => {
      // The kernel takes bytes off a socket's hands in lumps of more than a MiB, so progress shows that seldom.
      const write_deadline = over === 'pair' ? '500ms' : '1500ms';
      const { coreClock, pass } = passingClock();
      const flow = { ...STRICT, write_deadline };
      harness = await Harness.start({ flow }, undefined, { clock: new FakeClock(), coreClock });
      const subscriber = await stalled(over);
      const due = subscriber.bytesReceived + FRAMES[over] * (msg('feed', 1, PAYLOAD).length + 2);
      const { done } = await feeder(over);
      subscriber.wire.on('data', (chunk: Buffer) => {
        subscriber.stall();
        pass(chunk.length / SLOW_BYTES_PER_MS);
        setImmediate(() => subscriber.resume());
      });
      subscriber.resume();
      await soon('the publisher to go on', done);
      await until('all has come', () => subscriber.bytesReceived >= due);
      expect(subscriber.connection.reason).to.equal(undefined);
    });

    it(`lets its publishers go when it leaves, over a ${over}`, async () => {
      harness = await Harness.start({ flow: PATIENT });
      const subscriber = await stalled(over);
      const { done } = await feeder(over);
      subscriber.reset();
      await soon('the publisher to go on', done);
    });

    it(`whose publisher leaves while it is held gets what was routed, over a ${over}`, async () => {
      harness = await Harness.start({ flow: PATIENT });
      const subscriber = await stalled(over);
      const { publisher } = await feeder(over);
      publisher.reset();
      subscriber.resume();
      await until('the publisher is gone', () => harness.connections.size === 1);
      const heard = await subscriber.settle();
      expect(heard).to.have.lengthOf(publisher.connection.client.published);
      for (const frame of heard) if (frame !== msg('feed', 1, PAYLOAD)) expect.fail(frame);
    });
  }

  it('that reads 300 KB/s over a socket is waited for longer than the write deadline, though it shows on no write', async function () {
    if (process.platform !== 'linux') this.skip();
    const { coreClock, pass } = passingClock();
    const flow = { ...STRICT, write_deadline: '2500ms' };
    harness = await Harness.start({ flow }, undefined, { clock: new FakeClock(), coreClock });
    const subscriber = await stalled('socket');
    const { publisher, done } = await feeder('socket');
    const { outbox } = subscriber.connection.client;
    subscriber.wire.on('data', () => subscriber.stall());
    let due = subscriber.bytesReceived;
    for (let step = 0; step < 16; step++) {
      due += 500 * 300;
      while (subscriber.bytesReceived < due) {
        subscriber.resume();
        await soon('something to read', once(subscriber.wire, 'data'));
      }
      await looked(outbox);
      pass(500);
    }
    expect(subscriber.connection.reason).to.equal(undefined);
    expect(publisher.held).to.equal(true);
    await until('it is cut off', () => {
      pass(50);
      return subscriber.connection.reason !== undefined;
    });
    expect(subscriber.connection.reason).to.equal('SLOW_CONSUMER');
    await soon('the publisher to go on', done);
  });

  it('holds a publisher until every one like it has caught up', async () => {
    harness = await Harness.start({ flow: PATIENT });
    const first = await stalled('pair');
    const second = await stalled('pair');
    const { publisher, done } = await feeder('pair');
    first.resume();
    await first.settle();
    expect(publisher.held).to.equal(true);
    second.resume();
    await soon('the publisher to go on', done);
    for (const each of [first, second]) each.settle().catch(() => {});
  });

  it('holds line publishers, too, and is one itself', async () => {
    harness = await Harness.start({ flow: PATIENT });
    const subscriber = await harness.connect('line');
    await subscriber.send('SUB feed\n').expect('OK SUB feed');
    subscriber.stall();
    const publisher = await harness.connect('line');
    publisher.send(`PUB feed ${PAYLOAD}\n`.repeat(200));
    await until('the publisher is held', () => publisher.held);
    subscriber.resume();
    expect(await publisher.settle()).to.have.lengthOf(200);
    expect(await subscriber.settle()).to.have.lengthOf(200);
  });

  it('is read no further while it feeds itself alone, and goes on once it reads', async () => {
    harness = await Harness.start({ flow: PATIENT });
    const peer = await stalled('pair');
    for (let n = 0; n < 100; n++) peer.send(FRAME);
    await until('it is held', () => peer.held);
    expect(peer.connection.client.published).to.be.below(50);
    peer.resume();
    expect(await peer.settle()).to.have.lengthOf(100);
  });

  it('does not hold a publisher whose messages go elsewhere', async () => {
    harness = await Harness.start({ flow: PATIENT });
    await stalled('pair');
    await feeder('pair');
    const other = await harness.connect('nats');
    for (let n = 0; n < 20; n++) other.send(pub('elsewhere', PAYLOAD));
    await other.expectSilence();
    expect(other.held).to.equal(false);
  });

  it('is cut off at once at max_pending', async () => {
    harness = await Harness.start({
      nats: { max_payload: '64KiB' },
      flow: { ...PATIENT, max_pending: '256KiB' },
    });
    const peer = await stalled('pair');
    peer.send(FRAME.repeat(40)); // to itself, and in one read
    expect(await peer.closeReason()).to.equal('SLOW_CONSUMER');
    await until('it is gone', () => harness.connections.size === 0);
    expect(harness.log).to.have.lengthOf(1);
  });

  it('is cut off after the write deadline though only it feeds itself', async () => {
    harness = await Harness.start({ flow: STRICT });
    const peer = await stalled('pair');
    peer.send(FRAME.repeat(40));
    expect(await peer.closeReason()).to.equal('SLOW_CONSUMER');
  });

  for (const [what, command] of [
    ['answers to PINGs', 'PING\r\n'],
    ['confirmations', pub('nobody', '')],
    ['errors', 'SUB a..b 1\r\n'],
  ] as const) {
    it(`is cut off at max_pending when it piles up ${what}`, async () => {
      harness = await Harness.start({
        nats: { max_payload: '64KiB' },
        flow: { ...PATIENT, max_pending: '256KiB' },
      });
      const peer = await harness.connect('nats', { options: { pedantic: false } });
      peer.stall();
      for (let n = 0; n < 100; n++) peer.send(command.repeat(1_000));
      expect(await peer.closeReason()).to.equal('SLOW_CONSUMER');
    });

    it(`is cut off after the write deadline when it piles up ${what}`, async () => {
      harness = await Harness.start({ flow: STRICT });
      const peer = await harness.connect('nats', { options: { pedantic: false } });
      peer.stall();
      for (let n = 0; n < 40; n++) peer.send(command.repeat(1_000));
      expect(await peer.closeReason()).to.equal('SLOW_CONSUMER');
    });
  }
});
