/** Request and reply: a closed loop of pairs, each with one request outstanding. */
import { start } from '../brokers.js';
import { cpuSeconds } from '../procfs.js';
import { type Probe, probe, type Size, withBroker } from './probe.js';
import type { RepliesLoad } from './replies-load.js';
import { wallSeconds } from './serve.js';
import { busyNote, withWorkers } from './worker-group.js';

const LOAD = new URL('./replies-load.js', import.meta.url);
const MOST_PROCESSES = 3;
const DEADLINE_MS = 10_000;
const SECONDS: Readonly<Record<Size, { readonly warmUp: number; readonly run: number }>> = {
  quick: { warmUp: 0.2, run: 0.3 },
  full: { warmUp: 0.4, run: 0.8 },
};

/** Who has which pairs: a requester and its responder are never in the same process. */
export function sharesOf(
  pairs: number,
  processes: number,
): readonly { readonly requesters: readonly number[]; readonly responders: readonly number[] }[] {
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  return Array.from({ length: processes }, (_, part) => ({
    requesters: all.filter((pair) => pair % processes === part),
    responders: all.filter((pair) => (pair + 1) % processes === part),
  }));
}

export function replies(pairs: number): Probe {
  const processes = pairs === 1 ? 2 : MOST_PROCESSES;
  return probe({
    id: `replies-${pairs}`,
    group: 'replies',
    title: `${pairs} pair${pairs === 1 ? '' : 's'}, 16 B`,
    seconds: 1,
    rounds: 3,
    quantities: () => [
      { key: 'rate', unit: 'requests/s', better: 'higher', expected: 1 },
      { key: 'cpu', quantity: "broker's CPU", unit: 'CPU s per million', better: 'lower' },
    ],
    round: async ({ contender, size, put, note }) => {
      const { warmUp, run } = SECONDS[size];
      await withWorkers<RepliesLoad, void>(LOAD, processes, (workers) =>
        withBroker(start(contender), async ({ pid, ports }) => {
          const shares = sharesOf(pairs, processes);
          await workers.all(
            'open',
            (part) => ({ port: ports.nats, requesters: [], responders: [], ...shares[part] }),
            DEADLINE_MS,
          );
          await workers.all('run', () => ({ seconds: warmUp }), DEADLINE_MS);
          const before = cpuSeconds(pid);
          const spans = await workers.all('run', () => ({ seconds: run }), DEADLINE_MS);
          const after = cpuSeconds(pid);
          await workers.all('settle', () => undefined, DEADLINE_MS);
          const requests = spans.reduce((sum, span) => sum + span.requests, 0);
          put('rate', requests / wallSeconds(spans));
          put(
            'cpu',
            before === undefined || after === undefined ? undefined : ((after - before) / requests) * 1e6,
          );
          const busy = busyNote(contender.name, spans);
          if (busy !== undefined) note(busy, 'rate');
        }),
      );
    },
  });
}
