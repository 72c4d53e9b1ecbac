/** Readers that fall behind beside healthy ones: what the healthy ones notice of it, and what it costs in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, publishFrame } from '../client.js';
import { mib, whole } from '../table.js';
import { Pair } from './pair.js';
import { type Context, eventually, Outcome, type Scenario, withBroker } from './scenario.js';
import { MessageConsumer, MessagePublisher, rateOf } from './traffic.js';

const SUBJECT = 'chaos.behind';
const HEALTHY = 10;
const MESSAGE_BYTES = 1_024;
const MESSAGES_PER_SECOND = 4_000;
const STEADY_MS = 3_000;
const BEHIND_MS = 20_000;
/** The longest pause that a healthy subscriber of the same publisher may have; the rest is the machine's. */
const MAX_PAUSE_MS = 1_000;

interface Behind {
  readonly toml?: string;
  /** What each of the readers takes, in bytes a second; 0: nothing at all. */
  readonly rates: readonly number[];
  /** Whether none of them may be cut off, nor lose anything. */
  readonly keeps?: boolean;
  /** Most that resident memory may grow by, in bytes. */
  readonly growthBytes: number;
}

async function run(context: Context, { toml = '', rates, keeps, growthBytes }: Behind): Promise<Outcome> {
  return withBroker(context, { toml }, async (broker) => {
    const outcome = new Outcome();
    const healthy: MessageConsumer[] = [];
    for (let i = 0; i < HEALTHY; i++) healthy.push(await MessageConsumer.open(broker, SUBJECT));
    const publisher = await MessagePublisher.open(broker, SUBJECT, MESSAGE_BYTES, MESSAGES_PER_SECOND);
    const pair = await Pair.start(broker);
    await sleep(1_000);
    const before = await rateOf(healthy, STEADY_MS);
    const bytesBefore = broker.residentBytes;

    const slow: MessageConsumer[] = [];
    for (const rate of rates) {
      const consumer = await MessageConsumer.open(broker, SUBJECT);
      if (rate === 0) consumer.client.pause();
      else consumer.limit(rate);
      slow.push(consumer);
      await eventually(1_000, () => rate === 0 || consumer.received > 0);
      consumer.missing = 0; // what was published before it came is not for it
    }
    for (const consumer of [...healthy, pair.consumer]) consumer.watch();
    const perSecond: number[] = [];
    let peak = 0;
    const end = Date.now() + BEHIND_MS;
    while (Date.now() < end) {
      perSecond.push(await rateOf(healthy, 1_000));
      peak = Math.max(peak, broker.residentBytes);
    }
    const longestGapMs = Math.max(...healthy.map((consumer) => consumer.longestGapMs));
    const cutOff = (await slowConsumers(broker)) ?? 0;
    for (const [i, consumer] of slow.entries()) if (rates[i]! > 0) consumer.unlimit();
    await Promise.race([publisher.stop(), sleep(20_000)]);
    await sleep(1_000);
    const lost = healthy.reduce((sum, { last, missing }) => sum + publisher.sent - last + missing, 0);

    outcome.note('rate of each of the 10 healthy ones before, messages/s', whole(before));
    outcome.note('… beside the slow: mean', whole(perSecond.reduce((a, b) => a + b, 0) / perSecond.length));
    outcome.note('… by the second', perSecond.map((rate) => whole(rate)).join(' '));
    const pauses = context.peer !== undefined || longestGapMs <= MAX_PAUSE_MS;
    outcome.check('longest pause of any of the 10', hundredths(longestGapMs), pauses);
    const peer = context.peer !== undefined;
    outcome.check(
      'slow ones cut off',
      `${cutOff} of ${rates.length}`,
      peer || keeps !== true || cutOff === 0,
    );
    if (keeps === true) {
      const missed = slow.reduce((sum, { last, missing }) => sum + publisher.sent - last + missing, 0);
      outcome.check('messages the slow ones did not get', whole(missed), peer || missed === 0);
    }
    outcome.check('messages the 10 did not get', whole(lost), lost === 0);
    outcome.note('memory before', mib(bytesBefore));
    outcome.check('memory, peak', mib(peak), peer || peak < bytesBefore + growthBytes);
    await pair.judge(outcome);
    for (const { client } of [...slow, ...healthy, publisher]) client.destroy();
    return outcome;
  });
}

async function slowConsumers(broker: { ask(path: string): Promise<unknown> }): Promise<number | undefined> {
  return ((await broker.ask('/varz')) as { slow_consumers?: number }).slow_consumers;
}

function hundredths(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

const MIB = 2 ** 20;
/** What the collector leaves lying about. */
const SLACK = 96 * MIB;
const MAX_PENDING = 64 * MIB;

function scenario(id: string, name: string, behind: Behind): Scenario {
  return { id, name, comparable: true, run: (context) => run(context, behind) };
}

export const behind: readonly Scenario[] = [
  scenario('13a', '5 frozen readers beside 10 healthy ones', {
    rates: [0, 0, 0, 0, 0],
    growthBytes: SLACK + 5 * MAX_PENDING,
  }),
  scenario('13b', 'a reader at 5 KB/s beside 10 healthy ones', {
    rates: [5_000],
    growthBytes: SLACK + MAX_PENDING,
  }),
  scenario('13c', 'a reader at 12 KB/s beside 10 healthy ones', {
    rates: [12_000],
    growthBytes: SLACK + MAX_PENDING,
  }),
  scenario('13d', 'a reader at 180 KB/s beside 10 healthy ones', {
    rates: [180_000],
    keeps: true,
    growthBytes: SLACK,
  }),
  scenario('13e', '40 readers at 20 to 410 KB/s beside 10 healthy ones', {
    rates: Array.from({ length: 40 }, (_, i) => 20_000 + 10_000 * i),
    growthBytes: SLACK + 40 * MAX_PENDING,
  }),
  scenario('13f', '8 frozen readers, flow.max_total_pending is 128MiB', {
    toml: '[flow]\nmax_total_pending = "128MiB"\n',
    rates: [0, 0, 0, 0, 0, 0, 0, 0],
    growthBytes: SLACK + 2 * MAX_PENDING,
  }),
];

const SELF_PUBLISHERS = 20;
const SELF_MESSAGE_BYTES = 500_000;
const SELF_MS = 9_000;

/** Clients that publish to themselves and do not read. */
async function runSelf(context: Context): Promise<Outcome> {
  return withBroker(context, {}, async (broker) => {
    const outcome = new Outcome();
    const pair = await Pair.start(broker);
    await sleep(1_000);
    const bytesBefore = broker.residentBytes;
    const clients: Client[] = [];
    const stop = Date.now() + SELF_MS;
    let peak = 0;
    const payload = Buffer.alloc(SELF_MESSAGE_BYTES, 'q');
    for (let n = 0; n < SELF_PUBLISHERS; n++) {
      const client = await Client.open(broker.port, { protocol: broker.protocol });
      await client.subscribe(`own.${n}`);
      client.pause();
      clients.push(client);
      void publishUntil(client, stop, publishFrame(client.protocol, `own.${n}`, payload));
    }
    pair.consumer.watch();
    while (Date.now() < stop) {
      await sleep(100);
      peak = Math.max(peak, broker.residentBytes);
    }
    const each = (peak - bytesBefore) / SELF_PUBLISHERS;
    outcome.note('clients', SELF_PUBLISHERS);
    outcome.note('memory before', mib(bytesBefore));
    outcome.note('memory, peak', mib(peak));
    outcome.check('… for each client', mib(each), context.peer !== undefined || each < 8 * MIB);
    for (const client of clients) client.destroy();
    await pair.judge(outcome);
    return outcome;
  });
}

async function publishUntil(client: Client, stop: number, frame: Buffer): Promise<void> {
  while (Date.now() < stop && client.ending === undefined) {
    client.send(frame);
    await Promise.race([client.drained(), sleep(stop - Date.now())]);
  }
}

export const selfPublishing: Scenario = {
  id: '14',
  name: '20 clients publish to themselves and do not read',
  comparable: true,
  run: runSelf,
};
