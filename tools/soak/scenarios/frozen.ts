/** 1: one of 20 subscribers stops reading for good. What the other 19 get, and what it costs in memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { mib, whole } from '../table.js';
import { type Context, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessageConsumer, MessagePublisher, rateOf } from './traffic.js';

const SUBJECT = 'chaos.frozen';
const SUBSCRIBERS = 20;
const MESSAGE_BYTES = 1_024;
const MESSAGES_PER_SECOND = 4_000;
const STEADY_MS = 5_000;
/** Longer than any broker's patience at this rate. */
const FROZEN_MS = 25_000;
const SETTLE_MS = 3_000;
/** Resident memory may grow by what is held for one reader and what the collector leaves lying about. */
const GROWTH_BYTES = 64 * 2 ** 20;
/** The longest pause that the healthy ones may have. */
const MAX_PAUSE_MS = 1_000;
/** The default of `flow.max_pending`. */
const MAX_PENDING_BYTES = 64 * 2 ** 20;

async function run(
  context: Context,
  toml = '',
  growthBytes = GROWTH_BYTES + MAX_PENDING_BYTES,
): Promise<Outcome> {
  return withBroker(context, { toml }, async (broker) => {
    const outcome = new Outcome();
    const consumers: MessageConsumer[] = [];
    for (let i = 0; i < SUBSCRIBERS; i++) consumers.push(await MessageConsumer.open(broker, SUBJECT));
    const [frozen, ...healthy] = consumers as [MessageConsumer, ...MessageConsumer[]];
    const publisher = await MessagePublisher.open(broker, SUBJECT, MESSAGE_BYTES, MESSAGES_PER_SECOND);
    await sleep(1_000);
    const before = await rateOf(healthy, STEADY_MS);
    const bytesBefore = broker.residentBytes;

    frozen.client.pause();
    for (const consumer of healthy) consumer.watch();
    const rates: number[] = [];
    const frozenAt = Date.now();
    let peak = 0;
    let cutAfterMs: number | undefined;
    while (Date.now() - frozenAt < FROZEN_MS) {
      rates.push(await rateOf(healthy, 1_000));
      peak = Math.max(peak, broker.residentBytes);
      if (cutAfterMs === undefined && (await isCut(broker, frozen))) cutAfterMs = Date.now() - frozenAt;
    }
    await sleep(SETTLE_MS);
    const longestGapMs = Math.max(...healthy.map((consumer) => consumer.longestGapMs));
    const after = await rateOf(healthy, STEADY_MS);
    await publisher.stop();
    await sleep(1_000);
    const lost = healthy.reduce((sum, { last }) => sum + publisher.sent - last, 0);
    const ended = healthy.filter(({ client }) => client.ending !== undefined).length;
    const bytesAfter = broker.residentBytes;

    outcome.note('messages published, of 1,024 bytes', whole(publisher.sent));
    outcome.note('rate of each of the 19 before, messages/s', whole(before));
    outcome.note('… while one is frozen: mean', whole(rates.reduce((a, b) => a + b, 0) / rates.length));
    outcome.note('… while one is frozen: lowest second', whole(Math.min(...rates)));
    outcome.note('… by the second', rates.map((rate) => whole(rate)).join(' '));
    outcome.check('… after', whole(after), after > 0.9 * before);
    outcome.check(
      'longest pause of any of the 19',
      seconds(longestGapMs),
      context.peer !== undefined || longestGapMs <= MAX_PAUSE_MS,
    );
    outcome.check(
      'frozen one cut off after',
      cutAfterMs === undefined ? 'not at all' : seconds(cutAfterMs),
      cutAfterMs !== undefined,
    );
    outcome.check('messages the 19 did not get', lost, lost === 0);
    const disorder = healthy.reduce((sum, one) => sum + one.disordered + one.missing + one.corrupted, 0);
    outcome.check('out of order, missing in between or corrupted', disorder, disorder === 0);
    outcome.check('connections of the 19 that were ended', ended, ended === 0);
    outcome.note('memory before', mib(bytesBefore));
    outcome.check(
      'memory, peak while frozen',
      mib(peak),
      context.peer !== undefined || peak < bytesBefore + growthBytes,
    );
    outcome.note('memory after', mib(bytesAfter));
    for (const { client } of consumers) client.destroy();
    publisher.client.destroy();
    return outcome;
  });
}

/** Whether the broker has given the frozen reader up; it cannot hear of that itself. */
async function isCut(broker: RunningBroker, frozen: MessageConsumer): Promise<boolean> {
  if (broker.protocol === 'redis')
    return !(await redisClients(broker)).includes(`:${frozen.client.localPort} `);
  const { slow_consumers } = (await broker.ask('/varz')) as { slow_consumers?: number };
  return (slow_consumers ?? 0) > 0;
}

async function redisClients(broker: RunningBroker): Promise<string> {
  const { Client } = await import('../client.js');
  const client = await Client.open(broker.port, { protocol: 'redis' });
  const lines: string[] = [];
  client.onLine = (line) => lines.push(line);
  client.send('CLIENT LIST\r\n');
  await client.ping();
  client.end();
  return lines.join('\n');
}

/** The same with a policy that holds nobody. */
async function runPolicy(context: Context, policy: string): Promise<Outcome> {
  try {
    // Who holds nobody and drops nothing keeps up to flow.max_pending.
    const kept = policy === 'disconnect' ? MAX_PENDING_BYTES : 0;
    return await run(context, `[flow]\npolicy = "${policy}"\n`, GROWTH_BYTES + kept);
  } catch (error) {
    if (!/flow\.policy/.test(String(error))) throw error;
    return Outcome.skip('this sluice has no flow.policy');
  }
}

export const frozen: Scenario = {
  id: '1',
  name: '1 of 20 subscribers frozen',
  comparable: true,
  run: (context) => run(context),
};
export const frozenDrop: Scenario = {
  id: '1b',
  name: '1 of 20 subscribers frozen, flow.policy is drop',
  run: (context) => runPolicy(context, 'drop'),
};
export const frozenDisconnect: Scenario = {
  id: '1c',
  name: '1 of 20 subscribers frozen, flow.policy is disconnect',
  run: (context) => runPolicy(context, 'disconnect'),
};
