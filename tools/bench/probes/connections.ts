/** Idle connections: what they cost in memory, and how fast they come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { affordableConnections } from '../../../lib/limits/open-files.js';
import { start } from '../brokers.js';
import { residentBytes } from '../procfs.js';
import { canCertify, withTls } from './certificate.js';
import type { ConnectionsLoad } from './connections-load.js';
import { type Probe, probe, type Size, speaksNats, withBroker } from './probe.js';
import { wallSeconds } from './serve.js';
import { busyNote, withWorkers } from './worker-group.js';

const LOAD = new URL('./connections-load.js', import.meta.url);
const PROCESSES = 3;
/** Connections each load process opens at a time. */
const AT_A_TIME = 64;
/** Connections before the measured ones: what is compiled and loaded once is not theirs. */
const WARM_UP = 150;
const DEADLINE_MS = 30_000;
/** For the broker to be done with what it was asked, in milliseconds. */
const REST_MS: Readonly<Record<Size, number>> = { quick: 200, full: 1_000 };

/** How many of `count` things each of `parts` takes, and from which number on. */
export function partsOf(
  count: number,
  parts: number,
): readonly { readonly from: number; readonly count: number }[] {
  const edge = (part: number): number => Math.floor((count * part) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    from: edge(part),
    count: edge(part + 1) - edge(part),
  }));
}

export interface ConnectionsOptions extends Pick<Probe, 'id' | 'group' | 'title' | 'seconds' | 'rounds'> {
  readonly tls: boolean;
  readonly counts: Readonly<Record<Size, number>>;
}

export function connections({ tls, counts, ...rest }: ConnectionsOptions): Probe {
  const countOf = (size: Size): number => affordableConnections(counts[size] + WARM_UP) - WARM_UP;
  return probe({
    ...rest,
    runs: (contender) => speaksNats(contender) && (!tls || canCertify()),
    quantities: (size) => {
      const count = countOf(size).toLocaleString('en');
      return [
        {
          key: 'memory',
          quantity: `memory each, ${count} idle`,
          unit: 'bytes',
          better: 'lower',
          expected: 1,
        },
        {
          key: 'rate',
          quantity: `${count}, ${PROCESSES * AT_A_TIME} at a time`,
          unit: 'connects/s',
          better: 'higher',
          expected: 1,
        },
      ];
    },
    round: async ({ contender, size, put, note }) => {
      const count = countOf(size);
      await withWorkers<ConnectionsLoad, void>(LOAD, PROCESSES, (workers) =>
        withBroker(start(tls ? withTls(contender) : contender), async ({ pid, ports }) => {
          const open = (first: number, many: number) => {
            const parts = partsOf(many, PROCESSES);
            return workers.all(
              'open',
              (part) => {
                const { from = 0, count = 0 } = parts[part] ?? {};
                return { port: ports.nats, tls, from: first + from, count, atATime: AT_A_TIME };
              },
              DEADLINE_MS,
            );
          };
          await open(0, WARM_UP);
          await sleep(REST_MS[size]);
          const before = residentBytes(pid);
          const spans = await open(WARM_UP, count);
          put('rate', count / wallSeconds(spans));
          const busy = busyNote(contender.name, spans);
          if (busy !== undefined) note(busy, 'rate');
          await sleep(REST_MS[size]);
          const after = residentBytes(pid);
          await workers.all('check', () => undefined, DEADLINE_MS);
          put('memory', before === undefined || after === undefined ? undefined : (after - before) / count);
        }),
      );
    },
  });
}
