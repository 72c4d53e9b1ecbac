import { expect } from 'chai';
import { RateLimits } from '../../lib/domain/rate-limited.js';
import { FakeClock } from '../support/fake-clock.js';
import type { Harness } from '../support/harness.js';
import { Peer } from '../support/peer.js';
import { dial, handshake, readInfo, startTls, upgrade } from '../support/tls.js';
import { until } from '../support/until.js';

const HELLO = '\x16\x03\x01\x02\x00\x01';
const THROTTLED = "-ERR 'Connection throttling is active. Please try again later.'";

describe('the rate of TLS handshakes', () => {
  let harness: Harness;
  let clock: FakeClock;
  afterEach(() => harness.stop());

  async function start(tls: Parameters<typeof startTls>[0]): Promise<void> {
    clock = new FakeClock();
    harness = await startTls({ handshakeRate: 2, ...tls }, {}, { clock, reports: new RateLimits(clock) });
  }

  it('refuses further ones in the clear, until there is time for them', async () => {
    await start({});
    for (let count = 0; count < 2; count++) await upgrade(harness, 'socket');
    const wire = await dial(harness, 'socket');
    await readInfo(wire);
    wire.write(HELLO);
    const peer = new Peer(wire, 'nats');
    await peer.expect(THROTTLED);
    await peer.closed;
    await until('it has closed', () => harness.all.closed.length > 0);
    expect(harness.all.closed.map(({ reason }) => reason)).to.deep.equal(['TLS_HANDSHAKE_RATE']);
    expect(harness.log[0]).to.include({ handshakeRate: 2, limit: 'tls.handshake_rate', count: 1 });
    clock.pass(500);
    await upgrade(harness, 'socket');
  });

  it('does the same where TLS is first, for line clients as well', async () => {
    await start({ handshakeFirst: true });
    for (const dialect of ['nats', 'line'] as const) {
      const wire = await dial(harness, 'socket', dialect);
      await handshake(wire);
    }
    for (const [dialect, words] of [
      ['nats', THROTTLED],
      ['line', 'ERR too many connections at once, try again later'],
    ] as const) {
      const wire = await dial(harness, 'socket', dialect);
      wire.write(HELLO);
      const peer = new Peer(wire, dialect);
      await peer.expect(words);
      await peer.closed;
    }
  });

  it('does not count clients that go on in the clear', async () => {
    await start({ allowNonTls: true });
    for (let count = 0; count < 4; count++) {
      const wire = await dial(harness, 'socket');
      await readInfo(wire);
      const peer = new Peer(wire, 'nats');
      await peer.send('PING\r\n').expect('PONG');
    }
    await upgrade(harness, 'socket');
  });
});
