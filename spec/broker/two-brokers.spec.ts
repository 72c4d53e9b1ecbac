import { expect } from 'chai';
import { CARRY_BYTES, READ_BYTES } from '../../lib/frame/arena.js';
import type { FrameMemory } from '../../lib/frame/memory.js';
import { canReadInPlace } from '../../lib/transport/socket-wire.js';
import { FakeClock } from '../support/fake-clock.js';
import { type Client, Harness } from '../support/harness.js';
import { seeded } from '../support/random.js';
import { scribblingMemory } from '../support/scribbling-memory.js';
import { inRandomParts } from '../support/splits.js';
import { until } from '../support/until.js';
import { bytes, filler, nats } from '../support/wire.js';

const LARGE = [9_000, 50_000, 70_000, 200_000];
/** Small enough for receivers that stop reading to be congested. */
const FLOW = { high_water: '64KiB', low_water: '16KiB' };

/** One broker with a publisher and two receivers, one of which reads late. */
interface Side {
  readonly harness: Harness;
  readonly memory: FrameMemory;
  readonly parts: readonly Buffer[];
  readonly publisher: Client;
  readonly late: Client;
  readonly received: readonly { readonly chunks: Buffer[]; readonly expected: Buffer }[];
}

/** Bytes that have come. */
function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

describe('two brokers of one process', () => {
  const harnesses: Harness[] = [];
  afterEach(async () => {
    for (const harness of harnesses.splice(0)) await harness.stop();
  });

  /**
   * @param name differs, so that bytes of the other broker show
   * @param sizes of the messages, in bytes
   */
  async function start(name: string, random: () => number, sizes: readonly number[]): Promise<Side> {
    const memory = scribblingMemory();
    const harness = await Harness.start({ flow: FLOW }, undefined, { clock: new FakeClock(), memory });
    harnesses.push(harness);
    const publisher = await harness.connect('nats', { over: 'socket' });
    const receivers = [
      await harness.connect('nats', { over: 'socket' }),
      await harness.connect('nats', { over: 'socket' }),
    ] as const;
    const sent: Buffer[] = [];
    const messages = receivers.map((): Buffer[] => []);
    for (const [i, size] of sizes.entries()) {
      const payload = filler(size);
      payload.write(name);
      sent.push(nats.pub(`${name}.${i % 7}`, payload));
      for (const [n, all] of messages.entries()) all.push(nats.msg(`${name}.${i % 7}`, `${n}`, payload));
    }
    const received = [];
    for (const [n, receiver] of receivers.entries()) {
      await receiver.send(nats.sub('>', `${n}`)).settle();
      const chunks: Buffer[] = [];
      receiver.wire.on('data', (chunk: Buffer) => chunks.push(chunk));
      received.push({ chunks, expected: bytes(...messages[n]!) });
    }
    const parts = [...inRandomParts(bytes(...sent), random)];
    return { harness, memory, parts, publisher, late: receivers[1], received };
  }

  /** Sends everything to both, in turns. Receivers that are late do not read before `meanwhile` is over. */
  async function exchange(sides: readonly Side[], meanwhile: () => Promise<void>): Promise<void> {
    for (const { late } of sides) late.wire.pause();
    const most = Math.max(...sides.map(({ parts }) => parts.length));
    for (let i = 0; i < most; i++)
      for (const { parts, publisher } of sides) if (i < parts.length) publisher.wire.write(parts[i]!);
    await meanwhile();
    for (const { late } of sides) late.wire.resume();
    for (const { received } of sides)
      for (const { chunks, expected } of received)
        await until('everything has come', () => lengthOf(chunks) >= expected.length);
  }

  function isRight({ chunks, expected }: Side['received'][number]): boolean {
    return Buffer.concat(chunks).equals(expected);
  }

  for (const seed of [1, 2, 3])
    it(`hand on every byte of their own, while blocks of both are on loan (seed ${seed})`, async () => {
      const random = seeded(seed);
      const sizes = Array.from({ length: 300 }, () =>
        random() < 0.2 ? LARGE[Math.floor(random() * LARGE.length)]! : Math.floor(random() * 2_000),
      );
      const sides = [await start('one', random, sizes), await start('two', random, sizes)];
      await exchange(sides, () =>
        until('the receivers that read have some of it', () =>
          sides.every(({ received }) => received[0]!.chunks.length > 0),
        ),
      );
      for (const { memory, received } of sides) {
        expect(received.map(isRight)).to.deep.equal([true, true]);
        expect(memory.arena.blocks).to.be.above(0);
        if (canReadInPlace) expect(memory.reading.count).to.be.above(0);
      }
    });

  it('do not see what overwrites the memory of the other', async () => {
    const random = seeded(4);
    // More than the kernel buffers for a connection that is not read.
    const sizes = Array.from({ length: 480 }, () => 50_000);
    const broken = await start('one', random, sizes);
    const sound = await start('two', random, sizes);
    // Between turns nothing of it is in use but what is lent; which blocks those are changes all the time.
    const lent = broken.memory.arena.bytes.subarray(CARRY_BYTES + READ_BYTES);
    const overwriting = setInterval(() => lent.fill(42), 1);
    try {
      await exchange([broken, sound], () =>
        until('both have lent memory to connections that take none', () =>
          [broken, sound].every(({ late }) => late.connection.client.outbox.congested),
        ),
      );
    } finally {
      clearInterval(overwriting);
    }
    expect(broken.memory.arena.blocks).to.be.above(0);
    expect(broken.memory.arena.bytes.buffer).to.not.equal(sound.memory.arena.bytes.buffer);
    expect(sound.received.map(isRight)).to.deep.equal([true, true]);
  });

  it('count the work of their slices apart', async () => {
    const random = seeded(5);
    const [one, two] = [await start('one', random, []), await start('two', random, [])] as const;
    const { work } = one.harness.core;
    work.begin(1_000);
    work.units = 7;
    await two.publisher.send(nats.pub('two.0', 'x')).settle();
    expect(two.harness.core.work).to.not.equal(work);
    expect([work.units, work.limit]).to.deep.equal([7, 1_000]);
  });
});
