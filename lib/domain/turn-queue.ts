import { performance } from 'node:perf_hooks';
import { nextTick } from 'node:process';
import { clearImmediate, setImmediate } from 'node:timers';

/** Bounds of what a queue does in one turn. */
export interface TurnQueueOptions {
  /** Time after which it leaves the rest to the next turn, whatever the cost, in milliseconds. Default: any. */
  readonly maxMs?: number;
  /** Whether nothing is done before all that became readable in a turn was read. Default false. */
  readonly isAfterReads?: boolean;
  /** What that goes by, in milliseconds; undefined: the monotonic clock. */
  readonly now?: () => number;
}

/** What waits, and its cost. */
interface Step {
  readonly run: () => void;
  readonly cost: number;
}

/**
 * Limits what is done at once when very many peers become ready together: about so much in one turn of the event loop, in
 * the order it was asked for, and the rest in the turns that follow. What a step leaves for `process.nextTick` counts as
 * part of it: Node does most of a TLS handshake there.
 */
export class TurnQueue {
  private readonly perTurn: number;
  private readonly maxMs: number;
  private readonly isAfterReads: boolean;
  private readonly now: () => number;
  /** Cost of what was done in this turn, and the time it took, in milliseconds. */
  private spent = 0;
  private spentMs = 0;
  /** Steps under way: those whose ticks have not all been run, and since when there is one. */
  private underWay = 0;
  private startedAt = 0;
  private waiting: Step[] = [];
  /** How many of those have been done in the turn under way. */
  private done = 0;
  private immediate: NodeJS.Immediate | undefined;

  /** @param perTurn cost of what is done in one turn, in whatever `add` is given */
  constructor(perTurn: number, options: TurnQueueOptions = {}) {
    const { maxMs = Number.POSITIVE_INFINITY, isAfterReads = false, now } = options;
    this.perTurn = perTurn;
    this.maxMs = maxMs;
    this.isAfterReads = isAfterReads;
    this.now = now ?? (() => performance.now());
  }

  /** Calls `run`: now, where this turn has room and it need not be after reads. */
  add(run: () => void, cost: number): void {
    this.immediate ??= setImmediate(this.nextTurn);
    if (this.isAfterReads || this.waiting.length > 0 || !this.hasRoom) this.waiting.push({ run, cost });
    else this.do({ run, cost });
  }

  /** Does all that waits now. */
  finish(): void {
    const { waiting, done } = this;
    this.stop();
    for (const { run } of waiting.slice(done)) run();
  }

  /** Drops what waits. */
  stop(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.waiting = [];
    this.done = 0;
  }

  private get hasRoom(): boolean {
    const underWayMs = this.underWay > 0 ? this.now() - this.startedAt : 0;
    return this.spent < this.perTurn && this.spentMs + underWayMs < this.maxMs;
  }

  private do({ run, cost }: Step): void {
    this.spent += cost;
    if (this.underWay++ === 0) this.startedAt = this.now();
    run();
    nextTick(this.ticked);
  }

  private readonly ticked = (): void => {
    if (--this.underWay === 0) this.spentMs += this.now() - this.startedAt;
  };

  private readonly nextTurn = (): void => {
    this.spent = 0;
    this.spentMs = 0;
    if (this.waiting.length > 0) this.goOn(this.waiting);
    else this.immediate = undefined;
  };

  /** Does steps one by one, each after the ticks of the one before. What is asked for meanwhile comes after what waits. */
  private goOn(waiting: Step[]): void {
    if (this.waiting !== waiting) return; // it was stopped
    const step = waiting[this.done];
    if (step !== undefined && this.hasRoom) {
      this.done++;
      this.do(step);
      nextTick(() => this.goOn(waiting));
      return;
    }
    waiting.splice(0, this.done);
    this.done = 0;
    this.immediate = setImmediate(this.nextTurn);
  }
}
