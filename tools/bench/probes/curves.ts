/** What subscriptions cost those who have nothing to do with them, and those who have. */
import { type Contender, start } from '../brokers.js';
import type { Curve } from '../figures.js';
import { median } from '../stats.js';
import { withBroker } from './probe.js';
import { matchRate, withSubscribers } from './subscriptions.js';
import type { SubscriptionsLoad } from './subscriptions-load.js';
import type { WorkerGroup } from './worker-group.js';

type Point = readonly [x: number, y: number];

const DEADLINE_MS = 60_000;
/** The load process that holds the unrelated subscriptions: not the one that publishes, nor the one that receives. */
const BYSTANDERS = 2;
const BYSTANDER_CONNECTIONS = 20;
/** The subject that is published on, and the first of those that are not. */
const RELATED = 0;
const UNRELATED = 1_000;

/** What is measured, and how far. */
export interface Sizes {
  /** Numbers of subscriptions of the client that goes. */
  readonly own: readonly number[];
  /** Subscriptions of others meanwhile. */
  readonly present: number;
  /** Numbers of unrelated subscriptions while routing. */
  readonly unrelated: readonly number[];
  readonly messages: number;
}

/** As far as a budget goes, in seconds for one contender. */
export function sizesFor(budgetSeconds: number): Sizes {
  const most = budgetSeconds >= 20 ? 1_000_000 : budgetSeconds >= 8 ? 250_000 : 100_000;
  return {
    own: [1, 10, 100, 1_000, 10_000, 100_000].filter((own) => own * 10 <= most),
    present: most / 5,
    unrelated: [0, 1_000, 10_000, 100_000, 250_000, 1_000_000].filter((unrelated) => unrelated <= most),
    messages: 500_000,
  };
}

/** How often a client with so many subscriptions goes: the median of a few is not thrown by one. */
function timesFor(own: number): number {
  return own <= 1_000 ? 5 : 3;
}

/** Subscribes to unrelated subjects, number `from` to `to`, on a few more connections. */
async function addUnrelatedSubscribers(
  workers: WorkerGroup<SubscriptionsLoad>,
  port: number,
  from: number,
  to: number,
): Promise<void> {
  const edge = (n: number): number =>
    UNRELATED + from + Math.floor(((to - from) * n) / BYSTANDER_CONNECTIONS);
  const holders = Array.from({ length: BYSTANDER_CONNECTIONS }, (_, n) => ({
    from: edge(n),
    count: edge(n + 1) - edge(n),
  })).filter(({ count }) => count > 0);
  await workers.ask(BYSTANDERS, 'open', { port, holders }, DEADLINE_MS);
  await workers.ask(BYSTANDERS, 'subscribe', { from: holders.map(({ from }) => from) }, DEADLINE_MS);
}

async function disconnects(contender: Contender, { own, present }: Sizes): Promise<readonly Point[]> {
  return withSubscribers((workers) =>
    withBroker(start(contender), async ({ ports: { nats: port } }) => {
      await addUnrelatedSubscribers(workers, port, 0, present);
      const from = UNRELATED + present;
      const points: Point[] = [];
      for (const count of own) {
        const seconds: number[] = [];
        for (let time = 0; time < timesFor(count); time++) {
          await workers.ask(0, 'open', { port, holders: [{ from, count }] }, DEADLINE_MS);
          await workers.ask(0, 'subscribe', { from: [from] }, DEADLINE_MS);
          seconds.push(await workers.ask(0, 'leave', { port, from }, DEADLINE_MS));
        }
        points.push([count, median(seconds) ?? Number.NaN]);
      }
      return points;
    }),
  );
}

async function routing(contender: Contender, { unrelated, messages }: Sizes): Promise<readonly Point[]> {
  return withSubscribers((workers) =>
    withBroker(start(contender), async ({ ports: { nats: port } }) => {
      const total = UNRELATED + (unrelated.at(-1) ?? 0);
      const walk = { total, cycle: 1, count: messages };
      await workers.ask(1, 'open', { port, holders: [{ from: RELATED, count: 1 }] }, DEADLINE_MS);
      await workers.ask(1, 'subscribe', { from: [RELATED] }, DEADLINE_MS);
      await matchRate(workers, port, walk); // warm-up
      const points: Point[] = [];
      let present = 0;
      for (const wanted of unrelated) {
        if (wanted > present) await addUnrelatedSubscribers(workers, port, present, wanted);
        present = wanted;
        const rates = [await matchRate(workers, port, walk), await matchRate(workers, port, walk)];
        points.push([wanted, Math.max(...rates)]);
      }
      return points;
    }),
  );
}

/** One curve of several contenders; a contender that fails has no line, and is told of on stderr. */
async function lines(
  id: string,
  contenders: readonly Contender[],
  measure: (contender: Contender) => Promise<readonly Point[]>,
): Promise<Curve['lines']> {
  const made: Record<string, readonly Point[]> = {};
  for (const contender of contenders) {
    try {
      made[contender.name] = await measure(contender);
    } catch (error) {
      console.error(`${id}, ${contender.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return made;
}

/** Seconds until a client that disconnects is gone, by how many subscriptions it had. */
export async function disconnectCurve(contenders: readonly Contender[], sizes: Sizes): Promise<Curve> {
  return {
    id: 'disconnect-by-own',
    title: `Time to forget a client, with ${sizes.present.toLocaleString('en')} subscriptions of others`,
    x: { label: 'its own subscriptions', scale: 'log' },
    y: { label: 'seconds until gone', scale: 'log' },
    lines: await lines('disconnect-by-own', contenders, (contender) => disconnects(contender, sizes)),
    theory:
      'Proportional to its own subscriptions, whatever others have; on the left, the time of asking whether it is gone.',
  };
}

/** Messages a second from one publisher to one subscriber, by how many subscriptions others have. */
export async function matchCurve(contenders: readonly Contender[], sizes: Sizes): Promise<Curve> {
  return {
    id: 'routing-by-unrelated',
    title: 'Routing 1→1, 16 B, among unrelated subscriptions',
    x: { label: 'unrelated subscriptions', scale: 'linear' },
    y: { label: 'messages/s', scale: 'linear' },
    lines: await lines('routing-by-unrelated', contenders, (contender) => routing(contender, sizes)),
    theory: 'Flat: a message costs what its own subject costs.',
  };
}
