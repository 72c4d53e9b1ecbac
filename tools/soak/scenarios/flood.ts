/** 3: publishers offer ten times what subscribers take. Memory stays under a bound that follows from the limits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessageConsumer, MessagePublisher } from './traffic.js';

const KIB = 1_024;
const MIB = KIB * KIB;
const PUBLISHERS = 10;
const SUBSCRIBERS = 10;
const MESSAGE_BYTES = 4 * KIB;
const TAKEN_BYTES_PER_SECOND = 2_000_000;
const TIMES = 10;

/** What a read of a socket brings at most, and what waits between a socket and the core of a held publisher. */
const READ_BYTES = 256 * KIB;
const INPUT_BYTES = 512 * KIB + 2 * READ_BYTES;
/** `flow.high_water`: a subscriber above it holds its publishers, each after the read that it was in. */
const HIGH_WATER_BYTES = MIB;
/**
 * What V8 leaves lying about: three halves of a young generation of 16 MiB, 64 MiB of buffers before it looks for those
 * that can be freed, and 16 MiB for what the heap grows by between two collections of the old.
 */
const COLLECTOR_BYTES = (3 * 16 + 64 + 16) * MIB;

const PENDING_BYTES = SUBSCRIBERS * (HIGH_WATER_BYTES + PUBLISHERS * READ_BYTES);
const HELD_BYTES = PUBLISHERS * (INPUT_BYTES + MESSAGE_BYTES);

async function run(context: Context): Promise<Outcome> {
  return withBroker(context, {}, async (broker) => {
    const outcome = new Outcome();
    await sleep(1_000);
    const idle = broker.residentBytes;
    const bound = idle + PENDING_BYTES + HELD_BYTES + COLLECTOR_BYTES;
    const consumers: MessageConsumer[] = [];
    // Each pair has a stream of its own, so that it can be checked; the bound allows for all feeding all.
    for (let i = 0; i < SUBSCRIBERS; i++) {
      const consumer = await MessageConsumer.open(broker, `flood.${i}`);
      consumer.limit(TAKEN_BYTES_PER_SECOND);
      consumers.push(consumer);
    }
    const perSecond = (TIMES * TAKEN_BYTES_PER_SECOND) / MESSAGE_BYTES;
    const givers: MessagePublisher[] = [];
    for (let i = 0; i < PUBLISHERS; i++)
      givers.push(await MessagePublisher.open(broker, `flood.${i}`, MESSAGE_BYTES, perSecond, i + 1));
    const from = Date.now();
    let most = 0;
    while (Date.now() - from < context.floodSeconds * 1_000) {
      await sleep(250);
      most = Math.max(most, broker.residentBytes);
    }
    const elapsed = (Date.now() - from) / 1_000;
    const received = consumers.reduce((sum, consumer) => sum + consumer.received, 0);
    for (const consumer of consumers) consumer.unlimit();
    await Promise.all(givers.map((publisher) => publisher.stop()));
    await eventually(20_000, () => consumers.every((consumer, i) => consumer.last >= givers[i]!.sent));
    most = Math.max(most, broker.peakBytes);

    outcome.note('flood', seconds(elapsed * 1_000));
    outcome.note('offered', `${whole((PUBLISHERS * TIMES * TAKEN_BYTES_PER_SECOND) / 1e6)} MB/s`);
    outcome.note('taken', `${((received * MESSAGE_BYTES) / elapsed / 1e6).toFixed(1)} MB/s`);
    const lost = consumers.reduce(
      (sum, consumer, i) => sum + givers[i]!.sent - consumer.last + consumer.missing,
      0,
    );
    outcome.check(
      'messages lost',
      `${whole(lost)} of ${whole(givers.reduce((sum, { sent }) => sum + sent, 0))}`,
      lost === 0,
    );
    const disorder = consumers.reduce((sum, consumer) => sum + consumer.disordered + consumer.corrupted, 0);
    outcome.check('out of order or corrupted', disorder, disorder === 0);
    outcome.note('memory when idle', mib(idle));
    outcome.note('bound: idle', mib(idle));
    outcome.note(
      `… + ${SUBSCRIBERS} × (flow.high_water + ${PUBLISHERS} reads of 256 KiB)`,
      mib(PENDING_BYTES),
    );
    outcome.note(`… + ${PUBLISHERS} × (socket 512 KiB + 2 reads + a message)`, mib(HELD_BYTES));
    outcome.note('… + what the collector leaves lying about', mib(COLLECTOR_BYTES));
    outcome.note('… = bound', mib(bound));
    outcome.check('memory, peak', mib(most), most <= bound);
    for (const { client } of [...consumers, ...givers]) client.destroy();
    return outcome;
  });
}

export const flood: Scenario = { id: '3', name: 'flood at ten times what is taken', run };
