import type { Scheduler, Task } from '../../clients/scheduler.js';
import { StreamChanges } from './stream-changes.js';
import type { StreamConsumer } from './stream-side.js';

/** Work of one consumer that is told, and of one change that it takes in, in units. */
const CONSUMER_UNITS = 10;
const CHANGE_UNITS = 2;

/** Tells the consumers of a stream what has become of its messages, in slices at the end of turns of the event loop. */
export class StreamNotices implements Task {
  readonly changes = new StreamChanges();
  private readonly consumers: ReadonlyMap<string, StreamConsumer>;
  private readonly scheduler: Pick<Scheduler, 'add' | 'work'>;
  private readonly onFault: (error: unknown) => void;
  private isScheduled = false;
  /** Whether all are to be told once more. */
  private isDue = false;
  /** Those that are yet to be told; all before have taken in what happened up to `told`. */
  private rest: Iterator<StreamConsumer>;
  private told = 0;

  /** @param onFault is told of a fault of ours in what a consumer does */
  constructor(
    consumers: ReadonlyMap<string, StreamConsumer>,
    scheduler: Pick<Scheduler, 'add' | 'work'>,
    onFault: (error: unknown) => void,
  ) {
    this.consumers = consumers;
    this.scheduler = scheduler;
    this.onFault = onFault;
    this.rest = consumers.values();
  }

  appended(sequence: number, subject: string): void {
    if (this.consumers.size > 0) this.changes.appended(sequence, subject);
  }

  removed(sequence: number, subject: string): void {
    if (this.consumers.size === 0) return;
    this.changes.removed(sequence, subject);
    this.wake();
  }

  /** Messages are gone. @param pattern subjects that they were on; empty: any */
  purged(pattern: string): void {
    if (this.consumers.size === 0) return;
    this.changes.purged(pattern);
    this.wake();
  }

  /** Has all consumers look at what has happened, and at what is committed. */
  wake(): void {
    this.isDue = true;
    if (this.isScheduled || this.consumers.size === 0) return;
    this.isScheduled = true;
    this.begin();
    this.scheduler.add(this, false);
  }

  run(): boolean {
    const { work } = this.scheduler;
    while (work.units < work.limit) {
      const next = this.rest.next();
      if (next.done !== true) work.units += CONSUMER_UNITS + next.value.notified() * CHANGE_UNITS;
      else {
        this.changes.forget(this.told);
        if (!this.isDue) {
          this.isScheduled = false;
          return true;
        }
        this.begin();
      }
    }
    return false;
  }

  failed(error: unknown): void {
    this.isScheduled = false;
    this.onFault(error);
  }

  private begin(): void {
    this.isDue = false;
    this.told = this.changes.end;
    this.rest = this.consumers.values();
  }
}
