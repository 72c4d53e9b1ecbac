import { clearImmediate, setImmediate } from 'node:timers';

/**
 * Limits what is done at once when very many peers become ready together: about so much in one turn of the event loop, in
 * the order it was asked for, and the rest in the turns that follow.
 */
export class TurnQueue {
  private readonly perTurn: number;
  /** Cost of what was done in this turn. */
  private spent = 0;
  private waiting: { readonly run: () => void; readonly cost: number }[] = [];
  private immediate: NodeJS.Immediate | undefined;

  /** @param perTurn cost of what is done in one turn, in whatever `add` is given */
  constructor(perTurn: number) {
    this.perTurn = perTurn;
  }

  /** Calls `run`: now, where this turn has room. */
  add(run: () => void, cost: number): void {
    this.immediate ??= setImmediate(this.nextTurn);
    if (this.spent >= this.perTurn || this.waiting.length > 0) this.waiting.push({ run, cost });
    else {
      this.spent += cost;
      run();
    }
  }

  /** Does all that waits now. */
  finish(): void {
    const { waiting } = this;
    this.stop();
    for (const { run } of waiting) run();
  }

  /** Drops what waits. */
  stop(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.waiting = [];
  }

  private readonly nextTurn = (): void => {
    this.immediate = undefined;
    this.spent = 0;
    const { waiting } = this;
    let ready = 0;
    for (; ready < waiting.length && this.spent < this.perTurn; ready++) this.spent += waiting[ready]!.cost;
    const now = waiting.splice(0, ready);
    if (now.length > 0) this.immediate = setImmediate(this.nextTurn);
    for (const { run } of now) run();
  };
}
