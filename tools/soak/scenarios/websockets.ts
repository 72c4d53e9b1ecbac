/** 16: one of a thousand WebSocket clients stops reading for good. What the other 999 get. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mib, whole } from '../table.js';
import { type Context, eventually, Outcome, type Scenario, seconds, withBroker } from './scenario.js';
import { MessageConsumer, MessagePublisher } from './traffic.js';

const CLIENTS = 1_000;
/** Connections that are being made at a time. */
const AT_ONCE = 50;
/** All clients get this stream. */
const ALL = { subject: 'ws.all', bytes: 256, perSecond: 40 } as const;
/** The frozen one and some of the healthy get this one as well: it fills what the system keeps for a connection. */
const BUSY = { subject: 'ws.busy', bytes: 16_384, perSecond: 200 } as const;
const BUSY_CLIENTS = 10;
const WEBSOCKET = { websocket: { compression: false } } as const;
const STEADY_MS = 15_000;
const FROZEN_MS = 60_000;
const SETTLE_MS = 5_000;
/** Resident memory may grow by what is held for one reader and what the collector leaves lying about. */
const GROWTH_BYTES = 128 * 2 ** 20;

async function run(context: Context): Promise<Outcome> {
  return withBroker(context, { websocket: true }, async (broker) => {
    const outcome = new Outcome();
    const consumers: MessageConsumer[] = [];
    for (let n = 0; n < CLIENTS; n += AT_ONCE)
      consumers.push(
        ...(await Promise.all(
          Array.from({ length: AT_ONCE }, () => MessageConsumer.open(broker, ALL.subject, WEBSOCKET)),
        )),
      );
    const busy: MessageConsumer[] = [];
    for (let n = 0; n < BUSY_CLIENTS; n++)
      busy.push(await MessageConsumer.open(broker, BUSY.subject, WEBSOCKET));
    const [frozen] = consumers.splice(0, 1) as [MessageConsumer];
    await frozen.client.subscribe(BUSY.subject, '2');
    const toAll = await MessagePublisher.open(broker, ALL.subject, ALL.bytes, ALL.perSecond, 1, WEBSOCKET);
    const toBusy = await MessagePublisher.open(
      broker,
      BUSY.subject,
      BUSY.bytes,
      BUSY.perSecond,
      2,
      WEBSOCKET,
    );
    await sleep(SETTLE_MS);
    for (const consumer of consumers) consumer.watch();
    await sleep(STEADY_MS);
    const gapBeforeMs = longestGapOf(consumers);
    const bytesBefore = broker.residentBytes;

    frozen.client.pause();
    for (const consumer of consumers) consumer.watch();
    const frozenAt = Date.now();
    let peak = 0;
    const isCut = await eventually(FROZEN_MS, async () => {
      peak = Math.max(peak, broker.residentBytes);
      return (await broker.figure('/varz', 'slow_consumers')) > 0;
    });
    const cutAfterMs = Date.now() - frozenAt;
    await sleep(SETTLE_MS);
    const longestGapMs = longestGapOf(consumers);
    await Promise.all([toAll.stop(), toBusy.stop()]);
    const haveAll = await eventually(
      30_000,
      () =>
        consumers.every(({ last }) => last >= toAll.sent) && busy.every(({ last }) => last >= toBusy.sent),
    );
    const connections = await broker.figure('/varz', 'connections');

    const healthy = [...consumers, ...busy];
    const lost = healthy.reduce((sum, one) => sum + one.missing, 0);
    const disorder = healthy.reduce((sum, one) => sum + one.disordered + one.corrupted, 0);
    const ended = healthy.filter(({ client }) => client.ending !== undefined).length;
    outcome.note('clients over WebSockets, and one frozen', `${healthy.length}, 1`);
    outcome.note('messages to all of them, of 256 bytes', whole(toAll.sent));
    outcome.note('messages to the frozen one and ten others, of 16 KiB', whole(toBusy.sent));
    const received = healthy.reduce((sum, one) => sum + one.received, 0);
    outcome.check('messages that the healthy ones got', whole(received), haveAll);
    outcome.check('… missing', lost, lost === 0 && haveAll);
    outcome.check('… out of order or corrupted', disorder, disorder === 0);
    outcome.check('connections of the healthy ones that were ended', ended, ended === 0);
    outcome.check('connections at the end', connections, connections === healthy.length + 2);
    outcome.check('frozen one cut off after', isCut ? seconds(cutAfterMs) : 'not at all', isCut);
    outcome.note('longest pause of any of the 999 before', seconds(gapBeforeMs));
    outcome.note('… since', seconds(longestGapMs));
    outcome.note('memory before', mib(bytesBefore));
    outcome.check(
      'memory, peak while frozen',
      mib(peak),
      context.peer !== undefined || peak < bytesBefore + GROWTH_BYTES,
    );
    for (const { client } of [...healthy, frozen, toAll, toBusy]) client.destroy();
    return outcome;
  });
}

function longestGapOf(consumers: readonly MessageConsumer[]): number {
  return Math.max(...consumers.map((consumer) => consumer.longestGapMs));
}

export const websockets: Scenario = {
  id: '16',
  name: '1 of 1,000 WebSocket clients frozen',
  comparable: true,
  run,
};
