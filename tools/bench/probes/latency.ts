/**
 * Latency under a given rate, an open loop: 50 publishers and 50 subscribers in pairs, each pair with its own subject.
 * A message's time runs from when it was due, not from when its sender got round to it: what a stalled broker or a busy
 * sender holds up counts in full. Publishers look at the clock every 50 µs.
 */
import { start } from '../brokers.js';
import type { LatencyLoad } from './latency-load.js';
import { type Probe, probe, type Size, withBroker } from './probe.js';
import { percentile, type Schedule, sorted } from './schedule.js';
import { now } from './serve.js';
import { withWorkers } from './worker-group.js';

const LOAD = new URL('./latency-load.js', import.meta.url);
const PAIRS = 50;
/** For all to begin at the same time. */
const HEAD_START_SECONDS = 0.05;
const DEADLINE_MS = 15_000;
const SECONDS: Readonly<Record<Size, { readonly warmUp: number; readonly run: number }>> = {
  quick: { warmUp: 0.3, run: 0.4 },
  full: { warmUp: 0.6, run: 1.2 },
};
const SHARES = [
  ['p50', 0.5],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;
/** Where the senders' own delay is more than this part of the whole, it is told. */
const TELLING_PART = 0.25;

/** Who has which pairs: the first `senders` processes publish, the last one receives. */
export function sharesOf(
  pairs: number,
  senders: number,
): readonly { readonly publishers: readonly number[]; readonly subscribers: readonly number[] }[] {
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  return [
    ...Array.from({ length: senders }, (_, part) => ({
      publishers: all.filter((pair) => pair % senders === part),
      subscribers: [],
    })),
    { publishers: [], subscribers: all },
  ];
}

/** @param rate messages a second, of all pairs together */
export function latency(rate: number, senders: number): Probe {
  const thousands = rate / 1000;
  return probe({
    id: `latency-${thousands}k`,
    group: 'latency',
    title: `${thousands},000/s on 50 pairs, 16 B`,
    seconds: 1.3,
    rounds: 3,
    quantities: () =>
      SHARES.map(([key]) => ({ key, quantity: key, unit: 'seconds', better: 'lower', expected: 1 })),
    round: async ({ contender, size, put, note }) => {
      const { warmUp, run } = SECONDS[size];
      const schedule: Schedule = { rate, count: Math.round(rate * (warmUp + run)), pairs: PAIRS };
      const shares = sharesOf(PAIRS, senders);
      await withWorkers<LatencyLoad, void>(LOAD, shares.length, (workers) =>
        withBroker(start(contender), async ({ ports }) => {
          const parts = { publishers: [], subscribers: [] };
          const port = ports.nats;
          await workers.all('open', (part) => ({ ...parts, port, schedule, ...shares[part] }), DEADLINE_MS);
          const startAt = now() + HEAD_START_SECONDS;
          const spans = await workers.all('run', () => ({ startAt }), DEADLINE_MS);
          await workers.all('settle', () => undefined, DEADLINE_MS);
          // What came first is warm-up.
          const warm = spans.map(({ late }) =>
            late.subarray(Math.round((late.length * warmUp) / (warmUp + run))),
          );
          const sent = sorted(warm.slice(0, senders));
          const received = sorted(warm.slice(senders));
          for (const [key, share] of SHARES) {
            const whole = percentile(received, share);
            const own = percentile(sent, share);
            put(key, whole);
            if (own !== undefined && whole !== undefined && own > whole * TELLING_PART) {
              note(`With ${contender.name} the load itself was late, for a good part of this.`, key);
            }
          }
        }),
      );
    },
  });
}
