/** Something to do with files once what led to it is durable. */
interface Task {
  /** It waits until the log is durable up to this byte. */
  readonly logged: number;
  readonly run: () => Promise<void>;
}

/**
 * Does one after the other what takes bytes away for good: what makes them superfluous must be durable by then, or a loss of
 * power would take both.
 */
export class Housekeeping {
  private readonly tasks: Task[] = [];
  private readonly failed: (error: unknown) => void;
  private durableTo = 0;
  private isRunning = false;
  private isClosed = false;
  private ran: Promise<void> = Promise.resolve();

  constructor(failed: (error: unknown) => void) {
    this.failed = failed;
  }

  add(logged: number, run: () => Promise<void>): void {
    this.tasks.push({ logged, run });
    this.start();
  }

  /** The log is durable up to that byte. */
  durable(logged: number): void {
    this.durableTo = logged;
    this.start();
  }

  /** Whether nothing waits or is under way. */
  get isIdle(): boolean {
    return !this.isRunning && this.tasks.length === 0;
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  close(): Promise<void> {
    this.isClosed = true;
    return this.ran;
  }

  private start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.ran = this.runAll();
  }

  private async runAll(): Promise<void> {
    try {
      for (let [task] = this.tasks; task !== undefined && !this.isClosed; [task] = this.tasks) {
        if (task.logged > this.durableTo) return;
        this.tasks.shift();
        await task.run().catch(this.failed);
      }
    } finally {
      this.isRunning = false;
    }
  }
}
