import { expect } from 'chai';
import { TURN_UNITS } from '../../lib/clients/work.js';
import type { SettingsInput } from '../../lib/config.js';
import { canReadInPlace } from '../../lib/transport/socket-wire.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, Harness, pub } from '../support/harness.js';
import { seeded } from '../support/random.js';
import { scribblingMemory } from '../support/scribbling-memory.js';
import { inRandomParts } from '../support/splits.js';
import { until } from '../support/until.js';
import { bytes, filler, headerBlock, nats } from '../support/wire.js';

const SIZES = [0, 3, 16, 130, 1_000, 9_000, 50_000, 64_000, 70_000, 200_000];

/** Collects what the broker sends it, as it comes, and may stop reading for a while. */
function collected(client: Client): Buffer[] {
  const chunks: Buffer[] = [];
  client.wire.on('data', (chunk: Buffer) => chunks.push(chunk));
  return chunks;
}

describe('reading in place', () => {
  let harness: Harness;
  const start = async (settings: SettingsInput = {}): Promise<Harness> => {
    harness = await Harness.start(settings, undefined, {
      clock: new FakeClock(),
      memory: scribblingMemory(),
    });
    return harness;
  };
  afterEach(() => harness.stop());

  it('stops for the rest of a turn whose budget is spent, and goes on in the next', async () => {
    await start();
    const hearer = await harness.connect('nats', { over: 'socket' });
    await hearer.send('SUB a 1\r\n').settle();
    const publisher = await harness.connect('nats', { over: 'socket' });
    const { scheduler } = harness.core;
    const turns = scheduler.turn;
    scheduler.arrivalUnits = TURN_UNITS;
    scheduler.wake();
    publisher.wire.write(pub('a', 'x'.repeat(1_000)).repeat(5_000));
    await until('all has come', () => hearer.connection.client.outMessages === 5_000);
    expect(scheduler.turn).to.be.above(turns);
    expect(await hearer.settle()).to.have.lengthOf(5_000);
  });

  it('is what happens here', function here() {
    if (process.platform === 'win32') return this.skip(); // where the kernel writes to the memory at any time
    expect(canReadInPlace).to.equal(true);
    return start().then(() => undefined);
  });

  for (const seed of [1, 2, 3, 4]) {
    for (const flow of [{}, { high_water: '64KiB', low_water: '16KiB' }]) {
      it(`every receiver gets every byte, some of them late (seed ${seed}, ${JSON.stringify(flow)})`, async () => {
        await start({ flow });
        const random = seeded(seed);
        const publisher = await harness.connect('nats', {
          over: 'socket',
          options: { verbose: false, headers: true },
        });
        const receivers = await Promise.all(
          (['socket', 'socket', 'socket', 'pair'] as const).map(async (over, n) => {
            const client = await harness.connect('nats', {
              over,
              options: { verbose: false, headers: n !== 1 },
            });
            const sid = n === 2 ? 'another' : '1';
            client.send(nats.sub('a.>', sid));
            await client.settle();
            return { client, sid, headers: n !== 1, chunks: collected(client) };
          }),
        );
        const sent: Buffer[] = [];
        const expected = receivers.map((): Buffer[] => []);
        for (let i = 0; i < 400; i++) {
          const payload = filler(SIZES[Math.floor(random() * SIZES.length * (random() < 0.2 ? 1 : 0.6))]!);
          const subject = `a.${i % 17}`;
          const block = random() < 0.2 ? headerBlock(['N', `${i}`]) : undefined;
          sent.push(block === undefined ? nats.pub(subject, payload) : nats.hpub(subject, block, payload));
          for (const [n, { sid, headers }] of receivers.entries())
            expected[n]!.push(
              block === undefined || !headers
                ? nats.msg(subject, sid, payload)
                : nats.hmsg(subject, sid, block, payload),
            );
        }
        const wire = Buffer.concat(sent);
        receivers[0]!.client.wire.pause();
        const { reading } = harness.core.memory;
        const reads = reading.count;
        const parts = seed % 2 === 0 ? [wire] : inRandomParts(wire, random);
        for (const part of parts) publisher.wire.write(part);
        const others = receivers.slice(1).map(({ chunks }) => chunks);
        await until('another receiver has some of it', () => others.some((chunks) => chunks.length > 0));
        receivers[0]!.client.wire.resume();
        for (const [n, { chunks }] of receivers.entries()) {
          const whole = bytes(...expected[n]!);
          const length = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
          await until(`receiver ${n} has everything`, () => length() >= whole.length);
          expect(Buffer.concat(chunks).equals(whole), `receiver ${n}`).to.equal(true);
        }
        if (canReadInPlace) expect(reading.count).to.be.above(reads);
      });
    }
  }
});
