import { HeldPublisher } from './held-publisher.js';

/**
 * A publisher whose next command can be made to wait: until a command before it is finished, or until no receiver holds it
 * any more ({@link HeldPublisher}).
 */
export abstract class SuspendablePublisher extends HeldPublisher {
  /** Whether the command just taken is not finished, so that the next must wait. */
  suspended = false;
  /** Takes the commands of its last batch that had to wait. */
  private rest: (() => void) | undefined = undefined;
  /** Takes the next batch. */
  private resume: (() => void) | undefined = undefined;

  /** Whether its subscriptions are moving to another account, and it takes no command meanwhile. */
  protected abstract readonly isMoving: boolean;

  /** Takes no further command until `promise` is settled and `then` has been called; not called once it is closing. */
  after<T>(promise: Promise<T>, then: (value: T) => void): void {
    this.suspended = true;
    promise.then(
      (value) => {
        try {
          this.goOn(() => then(value));
        } catch (error) {
          this.fault(error);
        }
      },
      (error: unknown) => this.fault(error),
    );
  }

  /** Commands after this one must wait: `rest` takes them when they need no longer. */
  defer(rest: () => void): void {
    this.rest = rest;
  }

  /** Calls `resume` once nothing holds this publisher any more. */
  whenReleased(resume: () => void): void {
    if (this.held) this.resume = resume;
    else resume();
  }

  /** Takes the commands that had to wait. */
  proceed(): void {
    const { rest } = this;
    this.suspended = false;
    this.rest = undefined;
    if (!this.closing) rest?.();
    this.readOn();
  }

  /** Takes the next batch, unless something holds it back. */
  readOn(): void {
    if (!this.held) this.release();
  }

  /** Drops the commands that wait, and lets its connection read on. */
  protected stop(): void {
    this.rest = undefined;
    this.release();
  }

  protected release(): void {
    const { resume } = this;
    this.resume = undefined;
    try {
      resume?.();
    } catch (error) {
      this.fault(error);
    }
  }

  private goOn(then: () => void): void {
    this.suspended = false;
    if (!this.closing) then();
    if (this.isMoving) this.suspended = true;
    else this.proceed();
  }
}
