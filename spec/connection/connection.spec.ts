import { expect } from 'chai';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, Harness, msg, OVER, type Over, pub } from '../support/harness.js';
import { passingClock } from '../support/passing-clock.js';
import { steppedClock } from '../support/stepped-clock.js';
import { until } from '../support/until.js';

/** Every way for a peer to go. */
const GOODBYES: Readonly<Record<string, (peer: Client) => unknown>> = {
  'says its last word': (peer) => peer.end(),
  'is gone at once': (peer) => peer.reset(),
  'stops mid-frame': (peer) =>
    peer.send(peer.dialect === 'nats' ? 'PUB foo 10\r\nabc' : 'PUB foo half a li').end(),
  'is gone mid-frame': (peer) =>
    peer.send(peer.dialect === 'nats' ? 'PUB foo 10\r\nabc' : 'PUB foo ha').reset(),
  'is told to go': (peer) => peer.send(peer.dialect === 'nats' ? 'NONSENSE\r\n' : 'QUIT\n'),
};

for (const over of OVER) {
  describe(`a connection over a ${over}`, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await Harness.start({ flow: { write_deadline: '500ms' } });
    });
    afterEach(() => harness.stop());

    /**
     * Another broker, where a client that publishes to itself is read on however much of it is pending, and however long
     * that takes: the deadline holds for closing connections only.
     */
    const startUnheld = async (coreClock = steppedClock().coreClock) => {
      await harness.stop();
      const flow = { policy: 'disconnect', write_deadline: '500ms' } as const;
      harness = await Harness.start({ flow }, undefined, { clock: new FakeClock(), coreClock });
    };

    for (const dialect of ['nats', 'line'] as const) {
      for (const [name, goodbye] of Object.entries(GOODBYES)) {
        it(`that ${name} (${dialect}) takes its subscriptions along, and nothing else`, async () => {
          const other = await harness.connect('nats', { over });
          await other.send('SUB foo 1\r\nSUB ended 2\r\n').settle();
          const peer = await harness.connect(dialect, { over });
          peer.send(dialect === 'nats' ? 'SUB foo 1\r\nSUB a.> q 2\r\nSUB *.b 3\r\n' : 'SUB foo\nSUB a.>\n');
          await peer.settle();
          expect(harness.core.sublist.size).to.be.above(2);
          goodbye(peer);
          await until('its subscriptions are gone', () => harness.core.sublist.size === 2);
          peer.end();
          await until('it is gone', () => harness.connections.size === 1);
          await other.send(pub('foo', 'x')).expect(msg('foo', 1, 'x'));
          await other.expectSilence();
        });
      }
    }

    it('leaves nothing behind, however many come and go, and how', async () => {
      const listeners = () =>
        harness.core.eventNames().map((name) => `${String(name)} ${harness.core.listenerCount(name)}`);
      const before = listeners();
      const goodbyes = Object.values(GOODBYES);
      for (let round = 0; round < 10; round++) {
        const peers: Client[] = [];
        for (let n = 0; n < 10; n++)
          peers.push(await harness.connect(n % 2 === 0 ? 'nats' : 'line', { over }));
        for (const [n, peer] of peers.entries()) {
          await peer.send(peer.dialect === 'nats' ? `SUB s.${n} 1\r\n` : `SUB s.${n}\n`).settle();
          goodbyes[(n + round) % goodbyes.length]!(peer);
          peer.end();
        }
        await until('all are gone', () => harness.connections.size === 0);
      }
      expect(listeners()).to.deep.equal(before);
      expect(harness.core.sublist.empty).to.equal(true);
      expect(harness.log).to.deep.equal([]);
    });

    it('that has said its last word still gets all the answers', async () => {
      const peer = await harness.open('nats', over);
      await peer.next();
      peer.send('CONNECT {}\r\nSUB foo 1\r\n', pub('foo', 'x')).end();
      await peer.expectEnd('fin', '+OK', '+OK', '+OK', msg('foo', 1, 'x'));
      expect(await peer.closeReason()).to.equal('PEER_CLOSED');
    });

    it('of a line client that leaves gets what it asked for first', async () => {
      const peer = await harness.connect('line', { over });
      peer.send('SUB foo\nPUB foo x\nQUIT\nPUB foo y\n');
      await peer.expectEnd('fin', 'OK SUB foo', 'OK PUB foo', 'UPDATE foo x', 'QUIT');
      expect(await peer.closeReason()).to.equal('QUIT');
    });

    it('routes what came before a bad frame, says what was wrong, and ends', async () => {
      const other = await harness.connect('nats', { over });
      await other.send('SUB foo 1\r\n').settle();
      const peer = await harness.connect('nats', { over });
      peer.send(`PING\r\n${pub('foo', 'good')}FOO\r\n${pub('foo', 'never')}`);
      await peer.expectEnd('fin', 'PONG', "-ERR 'Unknown Protocol Operation'");
      expect(await peer.closeReason()).to.equal('UNKNOWN_OPERATION');
      await other.expect(msg('foo', 1, 'good'));
      await other.expectSilence();
    });

    it('ends without a word where nats-server has none', async () => {
      const peer = await harness.connect('nats', { over });
      peer.send('PING\r\nSUB foo\r\nPING\r\n');
      await peer.expectEnd('fin', 'PONG');
      expect(await peer.closeReason()).to.equal('PARSER_ERROR');
    });

    it('ends when its client reports an error', async () => {
      const peer = await harness.connect('nats', { over });
      peer.send("-ERR 'no more'\r\n");
      await peer.expectEnd('fin');
      expect(await peer.closeReason()).to.equal('PEER_ERROR');
    });

    it('flushes megabytes to a peer that reads slowly, though it is over', async () => {
      const { coreClock, pass } = passingClock();
      await startUnheld(coreClock);
      const peer = await harness.connect('nats', { over });
      await peer.send('SUB foo 1\r\n').settle();
      const frame = pub('foo', 'x'.repeat(20_000));
      peer.stall().send(...Array<string>(200).fill(frame), 'PING\r\nNONSENSE\r\n');
      expect(await peer.closeReason()).to.equal('UNKNOWN_OPERATION');
      expect(await readSlowly(peer, pass)).to.be.at.least(200 * 20_000);
      expect((await peer.rest()).slice(-2)).to.deep.equal(['PONG', "-ERR 'Unknown Protocol Operation'"]);
    });

    it('that is over is not kept for a peer that takes nothing', async () => {
      await startUnheld();
      const peer = await harness.connect('nats', { over });
      await peer.send('SUB foo 1\r\n').settle();
      peer.stall().send(pub('foo', 'x'.repeat(1_000_000)).repeat(20), 'NONSENSE\r\n');
      expect(await peer.closeReason()).to.equal('UNKNOWN_OPERATION');
      await until('it is gone', () => harness.connections.size === 0);
    });
  });
}

/** Reads 10 KiB a millisecond until the end, by a clock that `pass` moves; resolves with the bytes received. */
async function readSlowly(peer: Client, pass: (ms: number) => void): Promise<number> {
  peer.wire.on('data', (chunk: Buffer) => {
    peer.stall();
    pass(chunk.length / 10_240);
    setImmediate(() => peer.resume());
  });
  peer.resume();
  await peer.closed;
  return peer.bytesReceived;
}

describe('a flood of errors', () => {
  it('of a line client ends with the reason', async () => {
    const harness = await Harness.start({ authorization: { token: 't' } });
    try {
      for (const lines of ['NONSENSE\n', 'PUB foo x\n', 'SUB\n']) {
        const peer = await harness.connect('line');
        peer.send(lines.repeat(2_500));
        const frames = await peer.rest();
        expect(frames).to.have.lengthOf(101);
        expect(frames.at(-1)).to.equal('ERR too many errors');
        expect(await peer.closed).to.equal('fin');
        expect(await peer.closeReason()).to.equal('TOO_MANY_ERRORS');
      }
      expect(harness.log).to.deep.equal([]);
    } finally {
      await harness.stop();
    }
  });
});

describe('limits', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const over of OVER) {
    it(`max_connections refuses ${over}s, over all dialects, until a connection closes`, async () => {
      harness = await Harness.start({ limits: { max_connections: 2 } });
      const first = await harness.connect('nats', { over });
      const second = await harness.connect('line', { over });
      await rejected(over);
      first.end();
      await first.closed;
      await until('there is room', () => harness.connections.size === 1);
      const third = await harness.connect('nats', { over });
      await third.expectSilence();
      await second.expectSilence();
    });
  }

  async function rejected(over: Over): Promise<void> {
    const nats = await harness.open('nats', over);
    expect(await nats.next()).to.match(/^INFO \{.*"client_id":\d+/);
    await nats.expectEnd('fin', "-ERR 'maximum connections exceeded'");
    nats.end();
    await until('it is gone', () => harness.connections.size === 2);
    const line = await harness.open('line', over);
    await line.expectEnd('fin', 'ERR maximum connections exceeded');
    expect(await line.closeReason()).to.equal('MAX_CONNECTIONS');
    line.end();
    await until('it is gone', () => harness.connections.size === 2);
  }

  it('max_subscriptions refuses one more, and takes it when there is room', async () => {
    harness = await Harness.start({ limits: { max_subscriptions: 2 } });
    const nats = await harness.connect('nats', { options: { pedantic: false } });
    await nats.send('SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n', pub('c', 'x'));
    await nats.expect('+OK', '+OK', "-ERR 'maximum subscriptions exceeded'", '+OK');
    await nats.send('UNSUB 1\r\nSUB c 3\r\n', pub('c', 'y'));
    await nats.expect('+OK', '+OK', '+OK', msg('c', 3, 'y'));
    // At the limit nats-server looks neither at whether the sid is in use nor at the subject.
    await nats.send('SUB c 3\r\nSUB a..b 4\r\n');
    await nats.expect("-ERR 'maximum subscriptions exceeded'", "-ERR 'maximum subscriptions exceeded'");
    const line = await harness.connect('line');
    await line.send('SUB a\nSUB b\nSUB c\nSUB a\nUNSUB b\nSUB c\n');
    await line.expect(
      'OK SUB a',
      'OK SUB b',
      'ERR too many subscriptions',
      'OK SUB a',
      'OK UNSUB b',
      'OK SUB c',
    );
  });

  it('max_subscriptions counts only what is left after a max', async () => {
    harness = await Harness.start({ limits: { max_subscriptions: 1 } });
    const nats = await harness.connect('nats');
    await nats.send('SUB a 1\r\nUNSUB 1 1\r\n', pub('a', 'x'), 'SUB a 2\r\n', pub('a', 'y'));
    await nats.expect(msg('a', 1, 'x'), msg('a', 2, 'y'));
  });

  it('max_payload and max_control_line end the connection that exceeds them', async () => {
    harness = await Harness.start({ nats: { max_payload: 10, max_control_line: 512 } });
    const large = await harness.connect('nats');
    large.send(pub('foo', '0123456789'), 'PING\r\nPUB foo 11\r\n');
    await large.expectEnd('fin', 'PONG', "-ERR 'Maximum Payload Violation'");
    const long = await harness.connect('nats');
    long.send(`SUB ${'a'.repeat(511)} 1\r\n`);
    await long.expectEnd('fin', "-ERR 'maximum control line exceeded'");
  });
});
