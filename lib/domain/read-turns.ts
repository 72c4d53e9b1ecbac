import { performance } from 'node:perf_hooks';
import { clearImmediate, setImmediate } from 'node:timers';

/** A source of reads that can be stopped, and started again, without losing anything. */
export interface PausableReads {
  /** Stops reading; false where it does not read now, or cannot be stopped. */
  pauseReading(): boolean;
  /** Continues reading. */
  resumeReading(): void;
}

/** Bounds of the reads in one turn. */
export interface ReadTurnsOptions {
  /** Reads of all sources in one turn. */
  readonly perTurn: number;
  /** Time that they may take, in milliseconds. */
  readonly maxMs: number;
  /** Sources that are continued in one turn at most; fewer where those of the turn before had to be stopped again. */
  readonly resumedPerTurn: number;
  /** What the time goes by, in milliseconds; undefined: the monotonic clock. */
  readonly now?: () => number;
}

/** What one read counts as at most, in milliseconds: others may have been served since the one before. */
const MOST_MS_A_READ = 0.5;
/** Sources that are continued in one turn at least. */
const LEAST_RESUMED = 8;

/**
 * Limits what is read of very many sources that become readable together, all of which Node would read in one turn of the
 * event loop. Once they have had their share of a turn all of them are stopped, and continued over the turns that follow.
 */
export class ReadTurns {
  private readonly options: ReadTurnsOptions;
  private readonly now: () => number;
  /** Those that are read whenever they are readable. */
  private readonly reading = new Set<PausableReads>();
  /** Those that are stopped, in the order in which they are continued. */
  private stopped = new Set<PausableReads>();
  /** Those that were continued in the turn before, and may not have been read since. */
  private readonly continued = new Set<PausableReads>();
  /** Reads in the turn under way, the time they took, and when the last of them was. */
  private reads = 0;
  private spentMs = 0;
  private readAt = 0;
  /** Sources that are continued in the next turn. */
  private resumed: number;
  private immediate: NodeJS.Immediate | undefined;

  constructor(options: ReadTurnsOptions) {
    this.options = options;
    this.resumed = options.resumedPerTurn;
    this.now = options.now ?? (() => performance.now());
  }

  /** How many sources are limited. */
  get size(): number {
    return this.reading.size + this.stopped.size;
  }

  /** Limits the reads of one more source. */
  add(source: PausableReads): void {
    this.reading.add(source);
  }

  /** Limits the reads of `source` in the place of another, which may be the same. */
  replace(other: PausableReads, source: PausableReads): void {
    this.delete(other);
    this.add(source);
  }

  /** Limits the reads of that source no more. */
  delete(source: PausableReads): void {
    this.reading.delete(source);
    this.continued.delete(source);
    if (this.stopped.delete(source)) source.resumeReading();
  }

  /** Whether what has come from that source may not have been read, as others had their turn. */
  holds(source: PausableReads): boolean {
    return this.stopped.has(source) || this.continued.has(source);
  }

  /** Counts a read of one of the sources. */
  count(): void {
    const { perTurn, maxMs } = this.options;
    const now = this.now();
    if (this.reads++ > 0) this.spentMs += Math.min(now - this.readAt, MOST_MS_A_READ);
    this.readAt = now;
    this.immediate ??= setImmediate(this.nextTurn);
    if (this.reads === perTurn || (this.reads < perTurn && this.spentMs >= maxMs)) this.pause();
  }

  /** Stops nothing any more; what is stopped stays so. */
  stop(): void {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    this.reading.clear();
    this.stopped.clear();
    this.continued.clear();
  }

  private pause(): void {
    const { reading, stopped } = this;
    this.reads = this.options.perTurn; // so that it is not done again in this turn
    const paused: PausableReads[] = [];
    for (const source of reading) if (source.pauseReading()) paused.push(source);
    if (paused.length === 0) return;
    for (const source of paused) reading.delete(source);
    this.resumed = Math.max(LEAST_RESUMED, this.resumed >>> 2);
    // Those first whose turn it was, as they may not have been read in it.
    const { continued } = this;
    const first = paused.filter((source) => continued.has(source));
    const last = paused.filter((source) => !continued.has(source));
    this.stopped = new Set([...first, ...stopped, ...last]);
  }

  private readonly nextTurn = (): void => {
    const { reading, stopped, continued } = this;
    this.reads = 0;
    this.spentMs = 0;
    continued.clear();
    this.immediate = stopped.size > 0 ? setImmediate(this.nextTurn) : undefined;
    this.resumed = Math.min(this.options.resumedPerTurn, 2 * this.resumed);
    let left = this.resumed;
    for (const source of stopped) {
      if (left-- === 0) return;
      stopped.delete(source);
      reading.add(source);
      continued.add(source);
      source.resumeReading();
    }
  };
}
