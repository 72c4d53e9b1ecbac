/** A healthy pair that measures how long its messages take. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RunningBroker } from '../broker.js';

export interface Delays {
  /** The longest time a message took, in milliseconds. */
  readonly worstMs: number;
  /** Messages sent and received in all. */
  readonly sent: number;
  readonly received: number;
}

export class DelayProbe {
  private readonly worker: Worker;

  private constructor(worker: Worker) {
    this.worker = worker;
  }

  static async start({ port }: RunningBroker): Promise<DelayProbe> {
    const worker = new Worker(new URL('./delay-worker.js', import.meta.url), { workerData: { port } });
    await once(worker, 'message');
    return new DelayProbe(worker);
  }

  /** What was measured since the last look. */
  look(): Promise<Delays> {
    return this.ask('look');
  }

  /** The same, once everything that was sent has come. */
  stop(): Promise<Delays> {
    return this.ask('stop');
  }

  private async ask(what: 'look' | 'stop'): Promise<Delays> {
    const answer = once(this.worker, 'message');
    this.worker.postMessage(what);
    const [delays] = (await answer) as [Delays];
    return delays;
  }
}
