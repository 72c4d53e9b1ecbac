/** Load processes, seen from the runner. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { adopt, stop } from '../processes.js';
import type { Answer, Asked, Handlers, Span } from './serve.js';

/** A load process above this share of a core may be what limits a rate. */
const MAX_BUSY = 0.9;

type Argument<D extends Handlers, N extends keyof D> = Parameters<D[N]>[0];
type Result<D extends Handlers, N extends keyof D> = Awaited<ReturnType<D[N]>>;

/** Processes that run the same script, which calls `serve` with duties of type `D`. */
export class WorkerGroup<D extends Handlers> {
  private readonly children: readonly ChildProcess[];

  constructor(script: URL, size: number) {
    this.children = Array.from({ length: size }, () =>
      adopt(
        fork(fileURLToPath(script), {
          stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
          serialization: 'advanced',
        }),
      ),
    );
  }

  get size(): number {
    return this.children.length;
  }

  /** Asks one of them. Rejects with what went wrong there, or when there is no answer in time. */
  ask<N extends keyof D & string>(
    part: number,
    duty: N,
    argument: Argument<D, N>,
    deadlineMs: number,
  ): Promise<Result<D, N>> {
    const child = this.children[part];
    if (child === undefined) throw new RangeError(`no process ${part} in this crew`);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        child.off('message', answer).off('exit', exit);
      };
      const give = (reason: string): void => {
        settle();
        reject(new Error(reason));
      };
      const answer = (reply: Answer): void => {
        if ('failure' in reply) return give(reply.failure);
        settle();
        resolve(reply.value as Result<D, N>);
      };
      const exit = (): void => give(`the load process died (${duty})`);
      const timer = setTimeout(() => give(`no end after ${deadlineMs} ms: ${duty}`), deadlineMs);
      child.on('message', answer).on('exit', exit);
      const asked: Asked = { duty, argument };
      child.send(asked);
    });
  }

  /** Asks all of them at once. */
  all<N extends keyof D & string>(
    duty: N,
    argument: (part: number) => Argument<D, N>,
    deadlineMs: number,
  ): Promise<readonly Result<D, N>[]> {
    return Promise.all(this.children.map((_, part) => this.ask(part, duty, argument(part), deadlineMs)));
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => stop(child, 0)));
  }
}

/** `work` with a crew that is gone afterwards. */
export async function withWorkers<D extends Handlers, T>(
  script: URL,
  size: number,
  work: (workers: WorkerGroup<D>) => Promise<T>,
): Promise<T> {
  const workers = new WorkerGroup<D>(script, size);
  try {
    return await work(workers);
  } finally {
    await workers.close();
  }
}

/** A sentence, where the load was so busy that the broker may do more than was measured. */
export function busyNote(contender: string, spans: readonly Span[]): string | undefined {
  const busy = Math.max(
    ...spans.map(({ startedAt, endedAt, cpuSeconds }) => cpuSeconds / (endedAt - startedAt)),
  );
  return busy > MAX_BUSY
    ? `With ${contender} a load process was more than ${Math.round(MAX_BUSY * 100)} % busy, so the broker may do more.`
    : undefined;
}
