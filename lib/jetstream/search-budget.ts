import { setImmediate } from 'node:timers';
import { MAX_JETSTREAM_SEARCHED } from '../domain/jetstream-limits.js';

/**
 * Bounds searches that cannot be interrupted: a message is taken or refused where it arrives, in one step, and thousands may
 * arrive in one turn.
 */
export class SearchBudget {
  private left = MAX_JETSTREAM_SEARCHED;
  private isSpent = false;

  /** Takes so much of what there is for this turn; false: there is not enough left. */
  take(count: number): boolean {
    if (count > this.left) return false;
    this.left -= count;
    if (!this.isSpent) {
      this.isSpent = true;
      setImmediate(this.refill);
    }
    return true;
  }

  private readonly refill = (): void => {
    this.isSpent = false;
    this.left = MAX_JETSTREAM_SEARCHED;
  };
}
