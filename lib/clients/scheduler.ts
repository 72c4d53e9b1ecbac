import { clearImmediate, setImmediate } from 'node:timers';
import {
  LEAST_TURN_UNITS,
  LIGHT_MS,
  LONG_TURN_UNITS,
  MAX_FLUSH_MS,
  MAX_TURN_MS,
  OVERRUN_UNITS,
  SLICE_UNITS,
  TURN_UNITS,
  Work,
} from './work.js';

/** Work that is done in slices. */
export interface Task {
  /** Does one slice, until `work.units` has reached `work.limit`; returns whether nothing is left to do. */
  run(): boolean;
  /** Told of what `run` throws; the task is over then. */
  failed(error: unknown): void;
}

/**
 * Runs what was put aside: in turns of the event loop, slice by slice, each task in its turn. A turn does a bounded amount
 * of work over all tasks, so that sockets are read in between. Tasks that have not had a slice yet, and are of clients
 * with little recent work, come before the others, but for half of the work only.
 */
export class Scheduler {
  /** Counts turns. */
  turn = 0;
  /** Work done in this turn before its tasks: for what has arrived. */
  arrivalUnits = 0;
  /** The same in milliseconds, without batches that took next to nothing. */
  arrivalMs = 0;
  /** Whether writes of an earlier turn are left: until they are made, only clients that do little are served. */
  isBehind = false;
  /** Whether the turn before had no time for tasks. */
  private mustServeTasks = false;
  /** Whether the turn before had no time for tasks that take long. */
  private mustServeBusy = false;
  /** Work that one turn does. */
  turnUnits = TURN_UNITS;
  /** Unix time at which a client that does little was last served, in milliseconds. */
  private lightAt = 0;
  private fresh: Task[] = [];
  private busy: Task[] = [];
  private endOfTurnCallbacks: (() => void)[] = [];
  private immediate: NodeJS.Immediate | undefined;
  /** The work of the slice that is under way. */
  readonly work: Work;
  private readonly onTurnEnd: () => void;
  private readonly unixNow: () => number;

  /**
   * @param onTurnEnd called after the tasks of each turn
   * @param unixNow Unix time in milliseconds
   * @param work counts what tasks do
   */
  constructor(onTurnEnd: () => void, unixNow: () => number = Date.now, work: Work = new Work()) {
    this.work = work;
    this.onTurnEnd = onTurnEnd;
    this.unixNow = unixNow;
  }

  /** Tasks that are not finished. */
  get waiting(): number {
    return this.fresh.length + this.busy.length;
  }

  /** Has `task` run from the next turn on. */
  add(task: Task, isBusy: boolean): void {
    (isBusy ? this.busy : this.fresh).push(task);
    this.wake();
  }

  /** Whether what has arrived in this turn has taken all of its budget. */
  get isSpent(): boolean {
    return this.left <= 0;
  }

  /** Work that is left in this turn for what arrives, in units. */
  get left(): number {
    if (this.isBehind || this.mustServeTasks) return -OVERRUN_UNITS;
    const left = this.turnUnits - this.arrivalUnits;
    return this.arrivalMs < this.maxTurnMs ? left : Math.min(0, left);
  }

  /** What has arrived took that. */
  spend(units: number, ms: number): void {
    this.arrivalUnits += units;
    this.arrivalMs += ms;
  }

  /** The next turn has a budget of its own for what arrives. */
  restart(): void {
    this.arrivalUnits = 0;
    this.arrivalMs = 0;
  }

  /** Time that writing to many may take in one turn, in milliseconds. */
  get maxFlushMs(): number {
    return this.turnUnits === TURN_UNITS ? MAX_FLUSH_MS : 2 * MAX_FLUSH_MS;
  }

  private get maxTurnMs(): number {
    return this.turnUnits === TURN_UNITS ? MAX_TURN_MS : 2 * MAX_TURN_MS;
  }

  /** A client that does little was served: turns are short while there is one. */
  servedLight(now: number): void {
    this.lightAt = now;
    this.turnUnits = TURN_UNITS;
  }

  /** Turns are long once no client that does little has been served for a while. */
  adapt(now: number): void {
    if (now - this.lightAt > LIGHT_MS) this.turnUnits = LONG_TURN_UNITS;
  }

  /** Calls `then` at the end of this turn, after the tasks. */
  nextTurn(then: () => void): void {
    this.endOfTurnCallbacks.push(then);
    this.wake();
  }

  /** Whether a turn is to run. */
  get isAwake(): boolean {
    return this.immediate !== undefined;
  }

  /** Has a turn end soon, whether or not there are tasks. */
  wake(): void {
    this.immediate ??= setImmediate(this.runTurn);
  }

  /** Drops every task. */
  stop(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.fresh = [];
    this.busy = [];
  }

  /** What an immediate does once there are tasks; called by specs that do without the event loop. */
  readonly runTurn = (): void => {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.turn++;
    // A turn that has taken twice its time already leaves the tasks to the next, which is theirs alone.
    this.mustServeTasks = !this.mustServeTasks && this.waiting > 0 && this.arrivalMs >= 2 * this.maxTurnMs;
    if (!this.isBehind && !this.mustServeTasks) {
      const units = Math.max(LEAST_TURN_UNITS, this.turnUnits - this.arrivalUnits);
      const until = this.unixNow() + Math.max(this.maxTurnMs / 2, this.maxTurnMs - this.arrivalMs);
      this.serveBoth(units, until);
    }
    this.restart();
    this.onTurnEnd();
    for (const then of this.endOfTurnCallbacks.splice(0)) then();
    if (this.waiting > 0) this.wake();
  };

  /** Serves both queues; where new tasks have taken all of the time, the others have the next turn to themselves. */
  private serveBoth(units: number, until: number): void {
    const reserved = this.busy.length > 0 ? units / 2 : 0;
    const spent = this.mustServeBusy ? 0 : this.serve(this.fresh, units - reserved, until);
    this.mustServeBusy = !this.mustServeBusy && this.busy.length > 0 && spent > 0 && this.unixNow() >= until;
    if (!this.mustServeBusy) this.serve(this.busy, units - spent, until);
  }

  /**
   * Gives tasks of `queue` a slice each, in turn, until `units` are spent; returns what was. After `until`, a Unix time in
   * milliseconds, there is one more at most, so that both queues get on.
   */
  private serve(queue: Task[], units: number, until: number): number {
    const { work } = this;
    let spent = 0;
    let at = 0;
    // What is not finished goes to the end of the busy ones, which may be this very queue.
    for (; at < queue.length && spent < units; at++) {
      const task = queue[at];
      if (task === undefined) break;
      // Few tasks get long slices: a run for many receivers is better not cut into small ones.
      work.begin(Math.max(SLICE_UNITS, (units - spent) / (queue.length - at)));
      if (!this.finishes(task)) this.busy.push(task);
      spent += work.units + 1;
      if (this.unixNow() < until) continue;
      at++;
      break;
    }
    queue.splice(0, at);
    return spent;
  }

  private finishes(task: Task): boolean {
    try {
      return task.run();
    } catch (error) {
      task.failed(error);
      return true;
    }
  }
}
