import { expect } from 'chai';
import type { Connection } from '../../lib/connection/connection.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Harness, msg, OVER, pub } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { dial, handshake, startTls, upgrade } from '../support/tls.js';
import { soon, until } from '../support/until.js';

const MIB = 1024 * 1024;
const PAYLOAD = 'x'.repeat(100_000);

describe('a connection over TLS', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  for (const over of OVER) {
    it(`carries 20 MB over a ${over}, holding the publisher while the subscriber does not read`, async () => {
      harness = await startTls(
        {},
        {
          flow: {
            high_water: '256KiB',
            low_water: '64KiB',
            max_pending: '8MiB',
            write_deadline: '10m',
          },
          nats: { max_payload: '1MiB', ping_interval: '10m' },
        },
      );
      const subscriber = await upgrade(harness, over);
      await subscriber.peer.send('SUB feed 1\r\n').settle();
      const publisher = await upgrade(harness, over);
      const [reading, writing] = [...harness.connections];
      subscriber.peer.stall();
      const done = publisher.peer.sendAll(pub('feed', PAYLOAD).repeat(200));
      // While the kernel still takes some, it is let go and held again.
      const pending = () => reading!.client.outbox.pendingBytes;
      await until('the publisher is held', () => writing!.client.held && pending() >= MIB / 4);
      expect(pending()).to.be.below(8 * MIB);
      expect(writing!.client.published).to.be.below(200);
      subscriber.peer.resume();
      await soon('all to be published', done);
      for (let n = 0; n < 200; n++)
        if ((await subscriber.peer.next()) !== msg('feed', 1, PAYLOAD)) expect.fail(`frame ${n}`);
      await until('nothing is pending', () => reading!.client.outbox.pendingBytes === 0);
      expect(writing!.client.held).to.equal(false);
      expect(harness.log).to.deep.equal([]);
    });

    it(`is cut off over a ${over} when it takes nothing for the write deadline`, async () => {
      harness = await startTls(
        {},
        {
          flow: { high_water: '64KiB', low_water: '16KiB', max_pending: '64MiB', write_deadline: '200ms' },
          nats: { ping_interval: '10m' },
        },
      );
      const { peer } = await upgrade(harness, over);
      await peer.send('SUB feed 1\r\n').settle();
      const [connection] = harness.connections;
      peer.stall().send(pub('feed', PAYLOAD).repeat(200));
      await until('it is gone', () => harness.connections.size === 0);
      expect(connection!.reason).to.equal('SLOW_CONSUMER');
      expect(harness.log.map(({ msg: text }) => text)).to.deep.equal(['slow consumer, disconnected']);
    });

    it(`gets what was queued before it is closed, over a ${over}, and the end is no accident`, async () => {
      harness = await startTls();
      const { peer } = await upgrade(harness, over);
      peer.send('SUB foo 1\r\n', pub('foo', PAYLOAD).repeat(20), 'NONSENSE\r\n');
      const frames = await peer.rest();
      expect(frames).to.have.lengthOf(21);
      expect(frames.pop()).to.equal("-ERR 'Unknown Protocol Operation'");
      for (const frame of frames) if (frame !== msg('foo', 1, PAYLOAD)) expect.fail(frame);
      expect(await peer.closed).to.equal('fin');
    });

    it(`that has said its last word still gets all the answers, over a ${over}`, async () => {
      harness = await startTls();
      const wire = await dial(harness, over);
      await new Promise((resolve) => wire.once('readable', resolve));
      wire.read();
      const stream = await handshake(wire);
      const [connection] = harness.connections;
      const peer = new Peer(stream, 'nats');
      peer.send('CONNECT {"verbose":false}\r\nSUB foo 1\r\n', pub('foo', PAYLOAD).repeat(5)).end();
      const frames = await peer.rest();
      expect(frames).to.deep.equal(Array(5).fill(msg('foo', 1, PAYLOAD)));
      expect(await peer.closed).to.equal('fin');
      await until('it is gone', () => harness.connections.size === 0);
      expect(connection!.reason).to.equal('PEER_CLOSED');
    });

    it(`takes its subscriptions along when it is gone at once, over a ${over}`, async () => {
      harness = await startTls();
      const wire = await dial(harness, over);
      await new Promise((resolve) => wire.once('readable', resolve));
      wire.read();
      const stream = await handshake(wire);
      await new Peer(stream, 'nats').send('CONNECT {"verbose":false}\r\nSUB foo 1\r\n').settle();
      expect(harness.core.sublist.size).to.equal(1);
      wire.destroy();
      await until('it is gone', () => harness.connections.size === 0);
      expect(harness.core.sublist.empty).to.equal(true);
    });

    it(`is cut off over a ${over} when what comes is not TLS any more`, async () => {
      harness = await startTls();
      const wire = await dial(harness, over);
      await new Promise((resolve) => wire.once('readable', resolve));
      wire.read();
      const stream = await handshake(wire);
      await new Peer(stream, 'nats').expectSilence();
      const [connection] = harness.connections;
      wire.write('PING\r\n'.repeat(10));
      await until('it is gone', () => harness.connections.size === 0);
      expect(connection!.reason).to.equal('WIRE_ERROR');
    });

    describe(`that answers no PINGs, over a ${over}`, () => {
      let clock: FakeClock;
      let silent: Peer;
      let connection: Connection;

      /** Two PINGs have come. */
      const start = async () => {
        clock = new FakeClock();
        harness = await startTls({}, { nats: { ping_interval: '1m', ping_max: 2 } }, { clock });
        silent = (await upgrade(harness, over)).peer;
        [connection] = [...harness.connections] as [Connection];
        silent.answersPings = false;
        for (const ms of [3_000, 60_000]) {
          clock.pass(ms);
          await silent.expect('PING');
        }
      };

      it('is given up, and one is kept that is busy', async () => {
        await start();
        const { peer: busy } = await upgrade(harness, over);
        const kept = [...harness.connections].at(-1)!;
        await busy.send(pub('foo', 'x')).settle();
        clock.pass(60_000);
        await silent.expectEnd('fin', "-ERR 'Stale Connection'");
        expect(connection.reason).to.equal('STALE_CONNECTION');
        await busy.expectSilence();
        expect(kept.reason).to.equal(undefined);
      });

      it('is told so though something else is on its way at that instant', async () => {
        await start();
        connection.client.session.ping();
        clock.pass(60_000);
        await silent.expectEnd('fin', 'PING', "-ERR 'Stale Connection'");
      });
    });

    it(`gets everything when the broker closes, over a ${over}`, async () => {
      harness = await startTls({}, { shutdown: { deadline: '10s' } });
      const { peer } = await upgrade(harness, over);
      peer.send('SUB foo 1\r\n', pub('foo', PAYLOAD).repeat(20));
      const [connection] = harness.connections;
      await until('all is routed', () => connection!.client.published === 20);
      const closed = harness.broker.close();
      expect(await peer.rest()).to.have.lengthOf(20);
      peer.end();
      await closed;
    });
  }
});
