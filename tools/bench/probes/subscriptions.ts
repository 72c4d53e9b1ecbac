/** Very many subscriptions, a hundred connections' worth: memory, making, matching and taking back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../brokers.js';
import { residentBytes } from '../procfs.js';
import { median } from '../stats.js';
import { type Probe, probe, type Round, type Size, withBroker } from './probe.js';
import { type Span, wallSeconds } from './serve.js';
import type { TrieSearch } from './subjects.js';
import type { SubscriptionsLoad } from './subscriptions-load.js';
import { busyNote, type WorkerGroup, withWorkers } from './worker-group.js';

const LOAD = new URL('./subscriptions-load.js', import.meta.url);
const CONNECTIONS = 100;
/** Of them, by load process. The first process publishes as well, and its connections are those that go. */
const SHARES = [10, 45, 45] as const;
/** Connections that take back their subscriptions, and as many that disconnect. */
const REMOVED = 5;
const HOT = 1_000;
const DEADLINE_MS = 60_000;
const REST_MS: Readonly<Record<Size, number>> = { quick: 200, full: 1_000 };
const SIZES: Readonly<Record<Size, { readonly total: number; readonly cold: number; readonly hot: number }>> =
  {
    quick: { total: 100_000, cold: 50_000, hot: 100_000 },
    full: { total: 1_000_000, cold: 200_000, hot: 400_000 },
  };

/** Starts a crew of the right size for {@link SubscriptionsLoad}. */
export function withSubscribers<T>(
  work: (workers: WorkerGroup<SubscriptionsLoad>) => Promise<T>,
): Promise<T> {
  return withWorkers<SubscriptionsLoad, T>(LOAD, SHARES.length, work);
}

/** The first subjects of the connections, by load process, with `each` subscriptions a connection. */
export function holdersOf(each: number): readonly (readonly number[])[] {
  let next = 0;
  return SHARES.map((share) => Array.from({ length: share }, () => each * next++));
}

/** Publishes and receives; resolves to deliveries a second. */
export async function matchRate(
  workers: WorkerGroup<SubscriptionsLoad>,
  port: number,
  walk: TrieSearch,
  look?: (spans: readonly Span[]) => void,
): Promise<number> {
  await workers.all('expect', (part) => ({ port, walk, publishes: part === 0 }), DEADLINE_MS);
  const spans = await workers.all('match', () => undefined, DEADLINE_MS);
  await workers.all('settle', () => undefined, DEADLINE_MS);
  look?.(spans);
  const startedAt = spans[0]?.startedAt ?? Number.NaN;
  return walk.count / (Math.max(...spans.map(({ endedAt }) => endedAt)) - startedAt);
}

async function measure(
  { contender, size, put, note }: Round,
  workers: WorkerGroup<SubscriptionsLoad>,
  { pid, port }: { readonly pid: number; readonly port: number },
): Promise<void> {
  const { total, cold, hot } = SIZES[size];
  const each = total / CONNECTIONS;
  const parts = holdersOf(each);
  const holders = parts.map((firsts) => firsts.map((from) => ({ from, count: each })));
  await workers.all('open', (part) => ({ port, holders: holders[part] ?? [] }), DEADLINE_MS);
  await sleep(REST_MS[size]);
  const before = residentBytes(pid);
  const subscribed = await workers.all('subscribe', (part) => ({ from: parts[part] ?? [] }), DEADLINE_MS);
  put('subscribe', total / wallSeconds(subscribed));
  await sleep(REST_MS[size]);
  const after = residentBytes(pid);
  put('memory', before === undefined || after === undefined ? undefined : (after - before) / total);

  for (const [key, walk] of [
    ['cold', { total, cycle: cold, count: cold }],
    ['hot', { total, cycle: HOT, count: hot }],
  ] as const) {
    const rate = await matchRate(workers, port, walk, (spans) => {
      const busy = busyNote(contender.name, spans);
      if (busy !== undefined) note(busy, key);
    });
    put(key, rate);
  }

  const [unsubscribing, leaving] = [parts[0]?.slice(0, REMOVED), parts[0]?.slice(REMOVED, 2 * REMOVED)];
  let seconds = 0;
  for (const from of unsubscribing ?? []) {
    seconds += wallSeconds([await workers.ask(0, 'unsubscribe', { from }, DEADLINE_MS)]);
  }
  put('unsubscribe', (each * REMOVED) / seconds);
  const gone: number[] = [];
  for (const from of leaving ?? []) gone.push(await workers.ask(0, 'leave', { port, from }, DEADLINE_MS));
  put('disconnect', median(gone));
}

export function subscriptions(): Probe {
  return probe({
    id: 'subscriptions',
    group: 'subscriptions',
    title: `${CONNECTIONS} connections, distinct subjects`,
    seconds: 3,
    rounds: 1,
    quantities: (size) => {
      const { total, cold } = SIZES[size];
      const [all, each, once, cycled] = [total, total / CONNECTIONS, cold, HOT].map((n) =>
        n.toLocaleString('en'),
      );
      return [
        { key: 'memory', quantity: `memory each, ${all}`, unit: 'bytes', better: 'lower', expected: 0.5 },
        { key: 'subscribe', quantity: 'making', unit: 'subscribes/s', better: 'higher', expected: 2 },
        {
          key: 'cold',
          quantity: `matching, ${once} once each`,
          unit: 'matches/s',
          better: 'higher',
          expected: 2,
        },
        {
          key: 'hot',
          quantity: `matching, the same ${cycled}`,
          unit: 'matches/s',
          better: 'higher',
          expected: 2,
        },
        {
          key: 'unsubscribe',
          quantity: `taking back a connection's ${each}`,
          unit: 'unsubscribes/s',
          better: 'higher',
          expected: 1,
        },
        {
          key: 'disconnect',
          quantity: `until a connection's ${each} are gone`,
          unit: 'seconds',
          better: 'lower',
          expected: 1,
        },
      ];
    },
    round: (round) =>
      withSubscribers((workers) =>
        withBroker(start(round.contender), ({ pid, ports }) =>
          measure(round, workers, { pid, port: ports.nats }),
        ),
      ),
  });
}
