import type { Outbox } from '../clients/outbox.js';
import type { SluiceError } from '../domain/errors.js';

/** What becomes of one message published in this process: it travels behind the message, as a command of its own. */
export class Receipt {
  /** Why it went nowhere. */
  refusal: SluiceError | undefined = undefined;
  /** Whether the core has taken it. */
  isTaken = false;
  /** The receivers that hold its publisher on its account; undefined, as for most messages: none ever did. */
  private waitsFor: Set<Outbox> | undefined = undefined;
  /** Settles the promise, where there is one. */
  private settle: (() => void) | undefined = undefined;

  /** The core has taken it, or refused it, and these hold its publisher. */
  taken(refusal: SluiceError | undefined, holders: readonly Outbox[]): void {
    this.isTaken = true;
    this.refusal = refusal;
    if (holders.length > 0) this.waitsFor = new Set(holders);
    else this.settle?.();
  }

  /** One of them holds it no more. */
  releasedBy(outbox: Outbox): void {
    if (this.waitsFor?.delete(outbox) && this.isFree) this.settle?.();
  }

  /** Nothing more will come of it. */
  over(refusal: SluiceError): void {
    if (!this.isTaken) this.refusal = refusal;
    this.isTaken = true;
    this.waitsFor = undefined;
    this.settle?.();
  }

  /** Whether there is nothing to wait for, and nothing to tell. */
  get isDone(): boolean {
    return this.isTaken && this.isFree && this.refusal === undefined;
  }

  /** Settled as the promise of a `publish` is. */
  get promise(): Promise<void> {
    if (this.isTaken && this.isFree) return this.outcome;
    return new Promise<void>((resolve) => {
      this.settle = () => resolve(this.outcome);
    });
  }

  private get isFree(): boolean {
    return this.waitsFor === undefined || this.waitsFor.size === 0;
  }

  private get outcome(): Promise<void> {
    return this.refusal === undefined ? Promise.resolve() : Promise.reject(this.refusal);
  }
}
