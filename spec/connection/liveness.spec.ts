import { expect } from 'chai';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, Harness, OVER, pub } from '../support/harness.js';
import { until } from '../support/until.js';

describe('signs of life', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  const start = async (pingIntervalMs: number, pingMax = 2) => {
    harness = await Harness.start({
      nats: { ping_interval: `${pingIntervalMs}ms`, ping_max: pingMax },
      flow: { high_water: '64KiB', low_water: '16KiB', write_deadline: '10m' },
    });
  };
  /** Waits until a peer that says nothing has been given up. */
  const oneGoesStale = async () => {
    const silent = await harness.open('nats');
    expect(await silent.closeReason()).to.equal('STALE_CONNECTION');
  };

  for (const over of OVER) {
    for (const pingMax of [1, 2, 3]) {
      it(`${pingMax} unanswered PINGs over a ${over} are enough`, async () => {
        await start(20, pingMax);
        const peer = await harness.open('nats', over);
        expect(await peer.next()).to.match(/^INFO /);
        await peer.expectEnd('fin', ...Array(pingMax).fill('PING'), "-ERR 'Stale Connection'");
        expect(await peer.closeReason()).to.equal('STALE_CONNECTION');
      });
    }

    it(`a peer that answers stays, over a ${over}`, async () => {
      await start(20);
      const peer = await harness.open('nats', over);
      await peer.next();
      for (let n = 0; n < 6; n++) await peer.expect('PING').then(() => peer.send('PONG\r\n'));
      expect(peer.connection.reason).to.equal(undefined);
    });
  }

  it('a peer that is busy and has answered once is not asked again', async () => {
    const clock = new FakeClock();
    harness = await Harness.start({ nats: { ping_interval: '1s' } }, undefined, { clock });
    const peer = await harness.connect('nats', { over: 'socket' });
    peer.answersPings = false;
    clock.pass(1_200);
    await peer.expect('PING');
    peer.send('PONG\r\n');
    const silent = await harness.open('nats', 'socket');
    const { client } = peer.connection;
    while (silent.connection.reason === undefined) {
      await until(
        'a millisecond has passed, which activity is told by',
        () => Date.now() > client.lastActivityAt,
      );
      await peer.send(pub('foo', 'x')).settle();
      clock.pass(1_000);
    }
    expect(silent.connection.reason).to.equal('STALE_CONNECTION');
    await peer.expectSilence();
    expect(peer.connection.reason).to.equal(undefined);
  });

  it('a peer that is busy but never answers goes stale: its round trip time is not known', async () => {
    await start(20);
    const peer = await harness.open('nats');
    const talk = setInterval(() => peer.send(pub('foo', 'x')), 2);
    expect(await peer.closeReason()).to.equal('STALE_CONNECTION');
    clearInterval(talk);
  });

  it('a line client is never asked', async () => {
    await start(10);
    const peer = await harness.connect('line');
    await oneGoesStale();
    await peer.expectSilence();
  });

  it('a publisher that is held is not stale: it cannot be heard', async () => {
    await start(20);
    const subscriber = await harness.connect('line');
    await subscriber.send('SUB foo\n').expect('OK SUB foo');
    subscriber.stall();
    const publisher = await harness.connect('nats');
    await held(publisher);
    await oneGoesStale();
    expect(publisher.connection.reason).to.equal(undefined);
    const answer = setInterval(() => publisher.send('PONG\r\n'), 5);
    subscriber.resume();
    await until('it is no longer held', () => !publisher.held);
    clearInterval(answer);
    expect(publisher.connection.reason).to.equal(undefined);
  });

  it('a peer is given one more interval where the process was late, as its answers may be unread', async () => {
    const clock = new FakeClock();
    harness = await Harness.start({ nats: { ping_interval: '1m', ping_max: 1 } }, undefined, { clock });
    const peer = await harness.connect('nats');
    peer.answersPings = false;
    clock.pass(3_000);
    await peer.expect('PING');
    for (const lateMs of [3_600_000, 3_600_000]) {
      expect(peer.connection.reason).to.equal(undefined);
      clock.oversleep(lateMs);
    }
    expect(await peer.closeReason()).to.equal('STALE_CONNECTION');
  });

  it('a peer that takes nothing is stale too', async () => {
    await start(20);
    const peer = await harness.connect('nats');
    await peer.send('SUB foo 1\r\n').settle();
    peer.stall().send(pub('foo', 'x'.repeat(10_000)).repeat(4));
    expect(await peer.closeReason()).to.equal('STALE_CONNECTION');
    await until('it is gone', () => harness.connections.size === 0);
  });
});

/** Publishes to `foo` until the broker takes no more. */
async function held(publisher: Client): Promise<void> {
  publisher.send(pub('foo', 'x'.repeat(10_000)).repeat(100));
  await until('the publisher is held', () => publisher.held);
}
