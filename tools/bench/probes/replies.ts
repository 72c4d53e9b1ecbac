/** Request and reply: a closed loop of pairs, each with one request outstanding. */
import { type Contender, type RunningBroker, start } from '../brokers.js';
import { LEAF_CELLS } from '../cells.js';
import { cpuSeconds } from '../procfs.js';
import { type Probe, probe, type Size, speaksNats, withBroker } from './probe.js';
import type { RepliesLoad } from './replies-load.js';
import { wallSeconds } from './serve.js';
import { busyNote, withWorkers } from './worker-group.js';

const LOAD = new URL('./replies-load.js', import.meta.url);
const MOST_PROCESSES = 3;
const DEADLINE_MS = 10_000;
const WARM_REQUESTS = 10_000;
const MOST_WARM_UPS = 10;
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

/** Requesters and responders at one server. */
export function replies(pairs: number): Probe {
  return repliesBetween(pairs, {
    id: `replies-${pairs}`,
    group: 'replies',
    title: titleOf(pairs),
    runs: speaksNats,
    open: (contender) => start(contender),
  });
}

/** Requesters at a leaf, responders at its hub. */
export function leafReplies(pairs: number): Probe {
  return repliesBetween(pairs, {
    id: `leaf-replies-${pairs}`,
    group: 'leaf',
    title: `requests of a leaf, ${titleOf(pairs)}`,
    runs: ({ startAll, runs }) =>
      startAll !== undefined && LEAF_CELLS.some((cell) => cell.link === 'up' && runs(cell)),
    open: ({ name, startAll }) => {
      if (startAll === undefined) throw new Error(`${name} is no pair of servers`);
      return startAll('up', []);
    },
  });
}

function titleOf(pairs: number): string {
  return `${pairs} pair${pairs === 1 ? '' : 's'}, 16 B`;
}

interface Servers extends Pick<Probe, 'id' | 'group' | 'title' | 'runs'> {
  readonly open: (contender: Contender) => Promise<RunningBroker>;
}

function repliesBetween(pairs: number, { open, ...about }: Servers): Probe {
  const processes = pairs === 1 ? 2 : MOST_PROCESSES;
  return probe({
    ...about,
    seconds: 1,
    rounds: 3,
    quantities: () => [
      { key: 'rate', unit: 'requests/s', better: 'higher', expected: 1 },
      { key: 'cpu', quantity: "broker's CPU", unit: 'CPU s per million', better: 'lower' },
    ],
    round: async ({ contender, size, put, note }) => {
      const { warmUp, run } = SECONDS[size];
      await withWorkers<RepliesLoad, void>(LOAD, processes, (workers) =>
        withBroker(open(contender), async ({ pid, ports, receiving, interestArrived }) => {
          const shares = sharesOf(pairs, processes);
          await workers.all(
            'open',
            (part) => ({
              ...{ requestersPort: ports.nats, respondersPort: (receiving?.ports ?? ports).nats },
              ...{ requesters: [], responders: [], ...shares[part] },
            }),
            DEADLINE_MS,
          );
          await interestArrived?.();
          const warm = async (): Promise<number> => {
            const spans = await workers.all('run', () => ({ seconds: warmUp }), DEADLINE_MS);
            return spans.reduce((sum, span) => sum + span.requests, 0);
          };
          // A server that compiles as it runs is warm after so many requests, not after so long.
          for (let n = 0, requests = 0; n < MOST_WARM_UPS && requests < WARM_REQUESTS; n++)
            requests += await warm();
          const used = (): number | undefined => sum(pid, receiving?.pid);
          const before = used();
          const spans = await workers.all('run', () => ({ seconds: run }), DEADLINE_MS);
          const after = used();
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

/** CPU seconds of both processes, or of the one there is. */
function sum(pid: number, other: number | undefined): number | undefined {
  const [first, second] = [cpuSeconds(pid), other === undefined ? 0 : cpuSeconds(other)];
  return first === undefined || second === undefined ? undefined : first + second;
}
