import type { Steps } from '../../domain/steps.js';
import type { Turns } from '../turns.js';

/** Work of one consumer that must be done before it delivers anything more, and that may take several turns. */
export class Preparation {
  private readonly turns: Turns;
  private readonly done: () => void;
  private running: Promise<void> | undefined = undefined;
  private next: (() => Steps<void>) | undefined = undefined;

  /** @param done called once nothing is left to be done that took several turns */
  constructor(turns: Turns, done: () => void) {
    this.turns = turns;
    this.done = done;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Does that now, or after what is under way; the last one that waits for it is the one that is done. */
  run(work: () => Steps<void>): Promise<void> | undefined {
    if (this.running !== undefined) this.next = work;
    else {
      const result = this.turns.run(work());
      if (result instanceof Promise) this.running = result.then(() => this.goOn());
    }
    return this.running;
  }

  private goOn(): Promise<void> | undefined {
    const { next } = this;
    this.running = undefined;
    this.next = undefined;
    const following = next && this.run(next);
    if (following === undefined) this.done();
    return following;
  }
}
