import { clearImmediate, setImmediate } from 'node:timers';
import type { Outbox } from '../clients/outbox.js';
import type { Scheduler } from '../clients/scheduler.js';

/** So many outboxes may be flushed before the end of a turn. */
const EARLY_OUTBOXES = 16;

/** What an outbox has to write counts as much from so many bytes on. */
const LARGE_BYTES = 16 * 1024;
/** The clock is read after one flush more than that; one less than a power of two. */
const FLUSHES_A_LOOK = 15;
/** The same for those with little to write: where there are very many of these, some wait as well. */
const SMALL_FLUSHES_A_LOOK = 127;
/** Fewer outboxes may be written to for twice as long: what is written at once is still in the caches of the processor. */
const MANY_OUTBOXES = 256;
/**
 * Time that writes of one turn may take in all where they give memory back that there is too little of, as a share of that for
 * those at its end: waiting for these would cost more.
 */
const EARLY_SHARE = 1.5;
/** Time that rendering what came of one read may take before its bytes are copied instead, in milliseconds. */
const MAX_RENDER_MS = 4;
/** Deliveries made of fan-outs in one turn, over all connections; each may make some. */
const FAN_OUT_DELIVERIES = 8_192;
const LEAST_DELIVERIES = 64;

/** Flushes the outboxes that were given something: at the end of each turn, or before, and in parts where it takes long. */
export class Flusher {
  private readonly scheduler: Scheduler;
  private readonly unixNow: () => number;
  private readonly slab: { recycle(): void };
  private dirty: Outbox[] = [];
  /** Time that early flushes have taken in this turn, in milliseconds. */
  private earlyMs = 0;
  /** Batches taken since they were flushed last. */
  private batches = 0;
  private flushing: NodeJS.Immediate | undefined;
  /** Outboxes that the last flush left with a fan-out. */
  private fanningOut = 0;

  /** @param slab what frames are rendered into; recycled at the end of each turn */
  constructor(scheduler: Scheduler, unixNow: () => number, slab: { recycle(): void }) {
    this.scheduler = scheduler;
    this.unixNow = unixNow;
    this.slab = slab;
  }

  /** A batch has been taken: flushes at once where waiting for the end of the turn would join no writes. */
  endBatch(): void {
    this.batches++;
    if (this.spreads) this.flushDirty();
  }

  stop(): void {
    if (this.flushing !== undefined) clearImmediate(this.flushing);
  }

  /** An outbox has something to send: it is flushed at the end of this turn, or at once when it is full. */
  touched(outbox: Outbox): void {
    if (!outbox.scheduled) {
      outbox.scheduled = true;
      this.dirty.push(outbox);
      this.flushing ??= setImmediate(this.endTurn);
    }
    if (outbox.isFull) this.flushEarly(outbox);
  }

  /** Renders what is queued, so that no batch taken so far is needed any more, unless that takes long. It is sent as ever. */
  renderAll(): void {
    const { dirty, unixNow } = this;
    const startedAt = unixNow();
    for (let i = 0; i < dirty.length; i++) {
      if ((i & FLUSHES_A_LOOK) === FLUSHES_A_LOOK && unixNow() - startedAt >= MAX_RENDER_MS) break;
      const outbox = dirty[i];
      if (outbox === undefined) break;
      outbox.render();
      if (outbox.isFull) this.flushEarly(outbox);
    }
    this.scheduler.spend(0, unixNow() - startedAt);
  }

  /** Flushes an outbox before the end of the turn, unless such writes have taken long in this turn. */
  private flushEarly(outbox: Outbox): void {
    const share = outbox.isShortOfMemory ? EARLY_SHARE : 1;
    if (this.earlyMs >= share * this.maxFlushMs(this.dirty)) return;
    const startedAt = this.unixNow();
    outbox.flush();
    this.earlyMs += this.unixNow() - startedAt;
  }

  /** The end of a turn, unless that is still to come for the scheduler's tasks. */
  private readonly endTurn = (): void => {
    this.flushing = undefined;
    if (!this.scheduler.isAwake) this.flushAll();
  };

  /** Flushes every outbox now; what the end of a turn does. */
  readonly flushAll = (): void => {
    if (!this.scheduler.isAwake) this.scheduler.restart();
    if (this.flushing !== undefined) clearImmediate(this.flushing);
    this.flushing = undefined;
    this.flushDirty(
      Math.max(LEAST_DELIVERIES, Math.floor(FAN_OUT_DELIVERIES / Math.max(1, this.fanningOut))),
    );
    this.earlyMs = 0;
    this.slab.recycle();
  };

  /** Whether about every batch since the last flush was for another outbox: waiting for more would join no writes. */
  private get spreads(): boolean {
    const { batches, dirty } = this;
    if (batches < EARLY_OUTBOXES || dirty.length < EARLY_OUTBOXES) return false;
    return Math.abs(dirty.length - batches) * 4 <= batches;
  }

  /** Flushes outboxes that were given something; in the middle of a turn, too, so that readers go on while the rest of it is read. */
  private flushDirty(room = 0): void {
    const dirty = this.dirty;
    this.dirty = [];
    this.batches = 0;
    this.fanningOut = 0;
    const until = this.unixNow() + this.leftMs(dirty);
    this.scheduler.isBehind = false;
    let large: Outbox[] | undefined;
    let isLate = false;
    for (let i = 0; i < dirty.length; i++) {
      const outbox = dirty[i];
      if (outbox === undefined) break;
      if ((i & SMALL_FLUSHES_A_LOOK) === SMALL_FLUSHES_A_LOOK) isLate = this.unixNow() >= until;
      if (isLate) this.deferFlush(outbox);
      else if (outbox.unflushedBytes < LARGE_BYTES) this.flush(outbox, room);
      else {
        large ??= [];
        large.push(outbox);
      }
    }
    if (large !== undefined) this.flushLarge(large, room, until);
  }

  /** Time that writing to those may take now, in milliseconds: what early writes of this turn have left, and a quarter at least. */
  private leftMs(outboxes: readonly Outbox[]): number {
    const maxMs = this.maxFlushMs(outboxes);
    return Math.max(maxMs / 4, Math.min(maxMs, EARLY_SHARE * maxMs - this.earlyMs));
  }

  /** Time that writing to those may take at the end of a turn without early writes, in milliseconds. */
  private maxFlushMs(outboxes: readonly Outbox[]): number {
    const { maxFlushMs } = this.scheduler;
    return outboxes.length < MANY_OUTBOXES ? maxFlushMs : maxFlushMs / 2;
  }

  /** Those with much to write come after the others, and from `until` on, in Unix time, in the next turn. */
  private flushLarge(outboxes: readonly Outbox[], room: number, until: number): void {
    let isLate = false;
    for (let i = 0; i < outboxes.length; i++) {
      const outbox = outboxes[i];
      if (outbox === undefined) break;
      if (isLate) this.deferFlush(outbox);
      else {
        this.flush(outbox, room);
        if ((i & FLUSHES_A_LOOK) === FLUSHES_A_LOOK) isLate = this.unixNow() >= until;
      }
    }
  }

  private flush(outbox: Outbox, room: number): void {
    outbox.scheduled = false;
    outbox.flush(room);
    if (!outbox.isFanningOut) return;
    this.fanningOut++;
    this.touched(outbox);
  }

  /** Leaves an outbox for the next turn: no heavy work is begun until it has been flushed. */
  private deferFlush(outbox: Outbox): void {
    this.dirty.push(outbox);
    this.scheduler.isBehind = true;
    this.scheduler.wake();
  }
}
