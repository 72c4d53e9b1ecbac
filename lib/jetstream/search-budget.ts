import { setImmediate } from 'node:timers';

/** Subjects, or messages, that searches while messages are taken may look at in one turn of the event loop. */
export const SEARCHED_A_TURN = 100_000;

/**
 * Bounds searches that cannot be interrupted: a message is taken or refused where it arrives, in one step, and thousands may
 * arrive in one turn.
 */
export class SearchBudget {
  private left = SEARCHED_A_TURN;
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
    this.left = SEARCHED_A_TURN;
  };
}
