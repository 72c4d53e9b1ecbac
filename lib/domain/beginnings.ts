import { ReadTurns } from './read-turns.js';
import { TurnQueue } from './turn-queue.js';

/** Steps in which connections begin, in one turn, and the time that they may take, in milliseconds. */
const STEPS_A_TURN = 64;
const STEPS_MS = 12;
/** The same for reads of connections that have not begun: these come before the steps. */
const READS_A_TURN = 128;
const READS_MS = 8;

/**
 * Limits what connections cost until they have logged in, or have been read for the first time where they need not: what is
 * read of them in one turn of the event loop, and the steps that follow, such as handshakes and logins.
 */
export class Beginnings extends TurnQueue {
  readonly reads = new ReadTurns({ perTurn: READS_A_TURN, maxMs: READS_MS, resumedPerTurn: STEPS_A_TURN });

  constructor() {
    super(STEPS_A_TURN, { maxMs: STEPS_MS, isAfterReads: true });
  }

  override stop(): void {
    super.stop();
    this.reads.stop();
  }
}
