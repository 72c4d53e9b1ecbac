/** What the runner and its load processes tell each other over the fork channel. */
import type { Cell } from './cells.js';
import type { PublishRendering, Rendering } from './wires.js';

/** One run of one cell against one broker, or a load process's part of it. */
export interface LoadJob {
  readonly cell: Cell;
  readonly rendering: Rendering;
  /** How publishers write. */
  readonly publishRendering: PublishRendering;
  readonly publishersPort: number;
  readonly subscribersPort: number;
  /** Blocks each publisher writes; of a paced cell, tenths of a second. */
  readonly blocks: number;
  /** Numbers of the connections this process opens. */
  readonly publishers: readonly number[];
  readonly subscribers: readonly number[];
  /** From `go` until everything must have arrived. */
  readonly deadlineMs: number;
}

/**
 * The runner's side of a run: `prepare` (connect, subscribe) → `go` (publish) → `finish` (see that nothing more comes,
 * disconnect). Each is answered before the next is sent.
 */
export type ToLoad =
  | { readonly op: 'prepare'; readonly job: LoadJob }
  | { readonly op: 'go' }
  | { readonly op: 'finish' };

export type FromLoad =
  | { readonly op: 'ready' }
  | LoadDone
  | { readonly op: 'finished'; readonly verified: number }
  | { readonly op: 'failed'; readonly reason: string };

export interface LoadDone {
  readonly op: 'done';
  /** `process.hrtime` in seconds: one clock for all processes of a machine. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** CPU time of the load process between the two, in seconds. */
  readonly cpuSeconds: number;
}

/** For a `switch` over a union: adding a member without a case no longer compiles. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected value ${JSON.stringify(value)}`);
}
