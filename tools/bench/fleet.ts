/** The load processes, seen from the runner: one run is prepared, started and finished in all of them together. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ports } from './brokers.js';
import type { Cell } from './cells.js';
import type { FromLoad, LoadDone, LoadJob, ToLoad } from './jobs.js';
import { adopt, stop } from './processes.js';
import type { PublishRendering, Rendering } from './wires.js';

const LOAD = fileURLToPath(new URL('./load.js', import.meta.url));
/** How long after its own deadline a load process may stay silent. */
const SILENCE_MS = 3_000;

/**
 * Who opens which connections: alone, one process does all; else the first publishes and the rest share the receivers, whole
 * queue groups where there are some.
 */
export function shares(
  cell: Cell,
  processes: number,
): readonly Pick<LoadJob, 'publishers' | 'subscribers'>[] {
  const publishers = Array.from({ length: cell.publishers }, (_, n) => n);
  const subscribers = Array.from({ length: cell.subscribers }, (_, n) => n);
  const parties = cell.queueGroups || cell.subscribers;
  const receiving = Math.min(processes - 1, parties);
  if (receiving < 1) return [{ publishers, subscribers }];
  return [
    { publishers, subscribers: [] },
    ...Array.from({ length: receiving }, (_, part) => ({
      publishers: [],
      subscribers: subscribers.filter((n) => (n % parties) % receiving === part),
    })),
  ];
}

export interface Target {
  /** Where publishers connect. */
  readonly ports: Ports;
  /** Where subscribers connect. */
  readonly receivingPorts: Ports;
  readonly rendering: Rendering;
  readonly publishRendering: PublishRendering;
}

export interface RunTimes {
  /** From the first write to the arrival of the last byte anywhere. */
  readonly seconds: number;
  /** CPU time over wall time of the busiest load process, 0..1: near 1 the load may be what limits the result. */
  readonly loadBusy: number;
  /** CPU time of all load processes together. */
  readonly loadCpuSeconds: number;
  /** Frames that were compared byte by byte. */
  readonly verified: number;
}

export class LoadFleet {
  private readonly processes: number;
  private children: ChildProcess[] = [];

  /** `processes`: how many load processes a run may use. They are forked when first needed, and kept. */
  constructor(processes: number) {
    this.processes = processes;
  }

  /**
   * One run. `around` wraps the measured part, from the first publish to the last arrival. Rejects with what was missing
   * or wrong; the processes are replaced then.
   */
  async run(
    cell: Cell,
    { ports, receivingPorts, rendering, publishRendering }: Target,
    blocks: number,
    deadlineMs: number,
    around: { before(): Promise<void>; after(): void },
  ): Promise<RunTimes> {
    const parts = shares(cell, this.processes);
    while (this.children.length < parts.length) {
      this.children.push(adopt(fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })));
    }
    const ask = async <Op extends FromLoad['op']>(
      message: (part: number) => ToLoad,
      expected: Op,
    ): Promise<(FromLoad & { op: Op })[]> =>
      Promise.all(
        parts.map((_, part) =>
          exchange(this.children[part], message(part), expected, deadlineMs + SILENCE_MS),
        ),
      );
    try {
      const common = { cell, rendering, publishRendering, blocks, deadlineMs };
      const listener = cell.carrier === 'websocket' ? cell.carrier : cell.dialect;
      const to = { publishersPort: ports[listener], subscribersPort: receivingPorts[listener] };
      await ask(
        (part) => ({ op: 'prepare', job: { ...common, ...to, ...(parts[part] ?? raise()) } }),
        'ready',
      );
      await around.before();
      const done = await ask(() => ({ op: 'go' }), 'done');
      around.after();
      const finished = await ask(() => ({ op: 'finish' }), 'finished');
      const verified = finished.reduce((sum, part) => sum + part.verified, 0);
      return {
        ...timesOf(
          done,
          done.filter((_, part) => parts[part]?.publishers.length !== 0),
        ),
        verified,
      };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const children = this.children;
    this.children = [];
    await Promise.all(children.map((child) => stop(child, 0)));
  }
}

function raise(): never {
  throw new RangeError('no such part');
}

function timesOf(parts: readonly LoadDone[], publishing: readonly LoadDone[]): Omit<RunTimes, 'verified'> {
  const started = Math.min(...publishing.map(({ startedAt }) => startedAt));
  const ended = Math.max(...parts.map(({ endedAt }) => endedAt));
  const seconds = ended - started;
  return {
    seconds,
    loadBusy: Math.max(...parts.map((part) => part.cpuSeconds / seconds)),
    loadCpuSeconds: parts.reduce((sum, part) => sum + part.cpuSeconds, 0),
  };
}

/** Sends one message and takes the answer, which must be `expected`. */
function exchange<Op extends FromLoad['op']>(
  child: ChildProcess | undefined,
  message: ToLoad,
  expected: Op,
  timeoutMs: number,
): Promise<FromLoad & { op: Op }> {
  return new Promise((resolve, reject) => {
    if (child === undefined) raise();
    const settle = (): void => {
      clearTimeout(timer);
      child.off('message', answer).off('exit', exit);
    };
    const give = (reason: string): void => {
      settle();
      reject(new Error(reason));
    };
    const answer = (reply: FromLoad): void => {
      if (reply.op === expected) {
        settle();
        resolve(reply as FromLoad & { op: Op });
      } else {
        give(
          reply.op === 'failed' ? reply.reason : `the load process said ${reply.op} instead of ${expected}`,
        );
      }
    };
    const exit = (): void => give('the load process died');
    const timer = setTimeout(() => give(`the load process is silent since ${message.op}`), timeoutMs);
    child.on('message', answer).on('exit', exit);
    child.send(message);
  });
}
