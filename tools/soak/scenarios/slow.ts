/** 2: one subscriber reads at 100 KB/s for as long as it takes; an unrelated pair goes on beside it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessageConsumer, MessagePublisher, rateOf } from './traffic.js';

const SLOW_BYTES_PER_SECOND = 100_000;
const MESSAGE_BYTES = 1_024;
/** Forty times what it reads. */
const OFFERED_PER_SECOND = 4_000;
const MEASURE_MS = 6_000;
const SLOW_MS = 45_000;
const TOML = '[flow]\nwrite_deadline = "30s"\n';
/** What the pair must keep of its rate: the rest is the luck of a shared machine. */
const KEPT = 0.7;

async function run(context: Context): Promise<Outcome> {
  return withBroker(context, { toml: TOML }, async (broker) => {
    const outcome = new Outcome();
    const pairTaker = await MessageConsumer.open(broker, 'pair');
    const pairGiver = await MessagePublisher.open(broker, 'pair', MESSAGE_BYTES, undefined, 2);
    await sleep(1_000);
    const without = await rateOf([pairTaker], MEASURE_MS);
    const bytesBefore = broker.residentBytes;

    const slow = await MessageConsumer.open(broker, 'slow');
    slow.limit(SLOW_BYTES_PER_SECOND);
    const giver = await MessagePublisher.open(broker, 'slow', MESSAGE_BYTES, OFFERED_PER_SECOND);
    await sleep(SLOW_MS / 2);
    const [sentBefore, readBefore, peakBefore] = [giver.sent, slow.received, broker.peakBytes];
    const withSlow = await rateOf([pairTaker], SLOW_MS / 2);
    const pace = ((giver.sent - sentBefore) * MESSAGE_BYTES) / (SLOW_MS / 2_000);
    const read = ((slow.received - readBefore) * MESSAGE_BYTES) / (SLOW_MS / 2_000);
    const ended = slow.client.ending;
    slow.unlimit();
    await Promise.race([giver.stop(), sleep(20_000)]);
    await eventually(10_000, () => slow.last >= giver.sent || slow.client.ending !== undefined);
    const again = await rateOf([pairTaker], MEASURE_MS);
    await pairGiver.stop();
    await eventually(10_000, () => pairTaker.last >= pairGiver.sent);

    outcome.note('rate of the unrelated pair without, messages/s of 1,024 bytes', whole(without));
    outcome.check('… with the slow one', whole(withSlow), withSlow > KEPT * Math.min(without, again));
    outcome.note('… without again', whole(again));
    outcome.note('offered to the slow one', `${whole((OFFERED_PER_SECOND * MESSAGE_BYTES) / 1_000)} KB/s`);
    outcome.note('what it read in the second half', `${whole(read / 1_000)} KB/s`);
    outcome.note('pace of its publisher then', `${whole(pace / 1_000)} KB/s`);
    outcome.check(
      'slow one cut off',
      ended === undefined && slow.client.ending === undefined ? 'no' : 'yes',
      slow.client.ending === undefined,
    );
    const lost = giver.sent - slow.last + slow.missing;
    outcome.check('messages of the slow one lost', `${whole(lost)} of ${whole(giver.sent)}`, lost === 0);
    const disorder = slow.disordered + slow.corrupted + pairTaker.disordered + pairTaker.corrupted;
    outcome.check('out of order or corrupted', disorder, disorder === 0);
    const pairLost = pairGiver.sent - pairTaker.last + pairTaker.missing;
    outcome.check('messages of the pair lost', whole(pairLost), pairLost === 0);
    outcome.note('memory before', mib(bytesBefore));
    outcome.note('memory, peak', mib(Math.max(peakBefore, broker.peakBytes)));
    for (const { client } of [slow, giver, pairTaker, pairGiver]) client.destroy();
    return outcome;
  });
}

/** The same reader alone, with the deadline that sluice has when nobody says anything. */
async function runDefault(context: Context): Promise<Outcome> {
  return withBroker(context, {}, async (broker) => {
    const outcome = new Outcome();
    const slow = await MessageConsumer.open(broker, 'slow');
    slow.limit(SLOW_BYTES_PER_SECOND);
    const giver = await MessagePublisher.open(broker, 'slow', MESSAGE_BYTES, OFFERED_PER_SECOND);
    const from = Date.now();
    const isCut = async (): Promise<boolean> => (await broker.figure('/varz', 'slow_consumers')) > 0;
    const cut = await eventually(SLOW_MS, isCut);
    outcome.note('flow.write_deadline', '10 s, the default');
    outcome.note(
      'slow one cut off',
      cut ? `after ${seconds(Date.now() - from)}` : `not in ${seconds(SLOW_MS)}`,
    );
    slow.unlimit();
    await Promise.race([giver.stop(), sleep(20_000)]);
    for (const { client } of [slow, giver]) client.destroy();
    return outcome;
  });
}

export const slowDefault: Scenario = {
  id: '2b',
  name: 'a reader at 100 KB/s, and the default deadline',
  run: runDefault,
};
export const slow: Scenario = { id: '2', name: 'slow but alive at 100 KB/s', comparable: true, run };
