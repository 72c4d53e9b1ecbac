/** 5: a million subjects subscribed to, published to and left again; nothing of them stays. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { Client } from '../client.js';
import { Inspector } from '../inspector.js';
import { mib, whole } from '../table.js';
import { type Context, Outcome, type Scenario, seconds, withBroker } from './scenario.js';

const SUBJECTS = 1_000_000;
const PER_ROUND = 100_000;
const BATCH = 5_000;
/** Of so many one is published to, so that its matches are cached. */
const PUBLISH_EVERY = 5;
/** Compiled code, and blocks of memory that are kept to be used again. */
const TOLERANCE_BYTES = 6 * 2 ** 20;

interface Subsz {
  readonly num_subscriptions: number;
  readonly num_cache: number;
  readonly num_inserts: number;
  readonly num_removes: number;
}

async function subszOf(broker: RunningBroker): Promise<Subsz> {
  return (await broker.ask('/subsz')) as unknown as Subsz;
}

async function inBatches(client: Client, from: number, lineOf: (i: number) => string): Promise<void> {
  for (let at = from; at < from + PER_ROUND; at += BATCH) {
    let text = '';
    for (let i = at; i < at + BATCH; i++) text += lineOf(i);
    client.send(text);
    await client.ping();
  }
}

const subjectOf = (i: number): string => `churn.${i % 1_000}.${i % 7 === 0 ? '*' : 'x'}.${i}`;
const literalOf = (i: number): string => `churn.${i % 1_000}.x.${i}`;

async function run(context: Context): Promise<Outcome> {
  const inspector = new Inspector();
  const { env } = inspector;
  return withBroker(context, { env }, async (broker) => {
    const outcome = new Outcome();
    const client = await Client.open(broker.port);
    const publisher = await Client.open(broker.port);
    let received = 0;
    let expected = 0;
    client.onMessage = () => {
      received++;
    };
    const before = await subszOf(broker);
    const { usedBytes: usedBefore } = await inspector.look();
    const from = Date.now();
    const memory: number[] = [];
    let mostSubscriptions = 0;
    let mostCached = 0;
    for (let start = 0; start < SUBJECTS; start += PER_ROUND) {
      await inBatches(client, start, (i) => `SUB ${subjectOf(i)} ${i}\r\n`);
      await inBatches(publisher, start, (i) => {
        if (i % PUBLISH_EVERY !== 0) return '';
        expected++;
        return `PUB ${literalOf(i)} 1\r\nx\r\n`;
      });
      await client.ping();
      const full = await subszOf(broker);
      mostSubscriptions = Math.max(mostSubscriptions, full.num_subscriptions);
      mostCached = Math.max(mostCached, full.num_cache);
      await inBatches(client, start, (i) => `UNSUB ${i}\r\n`);
      memory.push(broker.residentBytes);
    }
    const elapsedMs = Date.now() - from;
    await sleep(3_000);
    const after = await subszOf(broker);
    outcome.note('subjects subscribed to and left', `${whole(SUBJECTS)} in ${seconds(elapsedMs)}`);
    outcome.check(
      'messages delivered meanwhile',
      `${whole(received)} of ${whole(expected)}`,
      received === expected,
    );
    outcome.note('most subscriptions at a time', whole(mostSubscriptions));
    outcome.note('most cached subjects at a time', whole(mostCached));
    outcome.check(
      'subscriptions afterwards',
      after.num_subscriptions,
      after.num_subscriptions === before.num_subscriptions,
    );
    outcome.check('cached subjects afterwards', after.num_cache, after.num_cache <= before.num_cache);
    const balance = after.num_inserts - after.num_removes - (before.num_inserts - before.num_removes);
    outcome.check('inserts less removes', balance, balance === 0);
    const { usedBytes: usedAfter } = await inspector.look();
    outcome.note('resident memory after each 100,000', memory.map((bytes) => mib(bytes)).join(', '));
    outcome.note('memory in use after a collection, before', mib(usedBefore));
    const grown = usedAfter - usedBefore;
    outcome.check('… after', mib(usedAfter), grown <= TOLERANCE_BYTES);
    client.destroy();
    publisher.destroy();
    return outcome;
  });
}

export const churn: Scenario = { id: '5', name: 'a million subjects come and go', run };
