import { totalmem } from 'node:os';
import type { CloseReason } from '../domain/close-reason.js';

/** Share of the memory there is that may be pending over all connections, where nothing else is configured. */
const SHARE = 1 / 4;
/** After connections were cut off for it, so much of the limit is pending at most. */
const RELIEF = 0.9;

/** Time for which a connection has been congested after which it counts as one that stays so, in milliseconds. */
const LASTING_MS = 1_000;

/** A quarter of the memory that this process may use: the machine's, or what its control group leaves it. In bytes. */
export function defaultTotalPendingBytes(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  const machine = totalmem();
  return Math.floor((constrained > 0 ? Math.min(constrained, machine) : machine) * SHARE);
}

/** What is kept for one connection. */
export interface CountedOutbox {
  readonly owner: { close(reason: CloseReason): void } | undefined;
  readonly keptBytes: number;
  readonly closed: boolean;
  readonly isDetached: boolean;
  readonly congestedMs: number;
  totalExceeded: { readonly limit: string; readonly totalPendingBytes: number } | undefined;
  /** Brings its counts up to date. */
  settle(): void;
}

/**
 * What is pending over all connections, as of the last time that each was looked at: a connection is looked at when a
 * flush leaves something behind, and when that changes.
 */
export class PendingTotal {
  /** Most that may be pending, in bytes. */
  limitBytes = Number.POSITIVE_INFINITY;
  bytes = 0;
  /** Connections that were cut off for it. */
  cutOff = 0;
  private readonly waiting = new Set<CountedOutbox>();
  private isCutting = false;

  /** `outbox` keeps `bytes` now, and kept `before` when it was last looked at. */
  change(outbox: CountedOutbox, bytes: number, before: number): void {
    this.bytes += bytes - before;
    if (bytes === 0) this.waiting.delete(outbox);
    else if (before === 0) this.waiting.add(outbox);
    if (this.bytes > this.limitBytes && bytes > before) this.cut();
  }

  /** Looks at every connection that keeps something; returns the sum in bytes. */
  refresh(): number {
    for (const outbox of [...this.waiting]) outbox.settle();
    return this.bytes;
  }

  /**
   * Cuts off connections until enough is free again: first those that are detached, then those that have been congested
   * for long, then others; of each the largest first.
   */
  private cut(): void {
    if (this.isCutting) return;
    this.isCutting = true;
    try {
      if (this.refresh() <= this.limitBytes) return;
      const order = [...this.waiting].sort((a, b) => rank(b) - rank(a) || b.keptBytes - a.keptBytes);
      for (const outbox of order) {
        if (this.bytes <= this.limitBytes * RELIEF) return;
        if (outbox.owner === undefined || outbox.closed) continue;
        this.cutOff++;
        outbox.totalExceeded = { limit: 'flow.max_total_pending', totalPendingBytes: this.bytes };
        outbox.owner.close('SLOW_CONSUMER');
      }
    } finally {
      this.isCutting = false;
    }
  }
}

function rank({ isDetached, congestedMs }: CountedOutbox): number {
  if (isDetached) return 2;
  return congestedMs > LASTING_MS ? 1 : 0;
}
