import type { SluiceError } from '../errors.js';
import type { Outbox } from '../routing/outbox.js';

/** What becomes of one message published in this process: it travels behind the message, as a command of its own. */
export class Receipt {
  /** Why it went nowhere. */
  refusal: SluiceError | undefined = undefined;
  /** Whether the core has taken it. */
  isTaken = false;
  /** The receivers that hold its publisher on its account. */
  private readonly waitsFor = new Set<Outbox>();
  private settle = (): void => {};

  /** The core has taken it, or refused it, and these hold its publisher. */
  taken(refusal: SluiceError | undefined, holders: Iterable<Outbox>): void {
    this.isTaken = true;
    this.refusal = refusal;
    for (const outbox of holders) this.waitsFor.add(outbox);
    if (this.waitsFor.size === 0) this.settle();
  }

  /** One of them holds it no more. */
  releasedBy(outbox: Outbox): void {
    if (this.waitsFor.delete(outbox) && this.waitsFor.size === 0) this.settle();
  }

  /** Nothing more will come of it. */
  over(refusal: SluiceError): void {
    if (!this.isTaken) this.refusal = refusal;
    this.isTaken = true;
    this.waitsFor.clear();
    this.settle();
  }

  /** Whether there is nothing to wait for, and nothing to tell. */
  get isDone(): boolean {
    return this.isTaken && this.waitsFor.size === 0 && this.refusal === undefined;
  }

  /** Settled as the promise of a `publish` is. */
  get promise(): Promise<void> {
    if (this.isTaken && this.waitsFor.size === 0) return this.outcome;
    return new Promise<void>((resolve) => {
      this.settle = () => resolve(this.outcome);
    });
  }

  private get outcome(): Promise<void> {
    return this.refusal === undefined ? Promise.resolve() : Promise.reject(this.refusal);
  }
}
