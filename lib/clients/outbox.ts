import { performance } from 'node:perf_hooks';
import { type Count, NOTHING, plus } from '../domain/drops.js';
import type { FlowPolicy } from '../domain/flow-policy.js';
import type { CommandBatch } from '../frame/command.js';
import type { Outgoing } from '../frame/delivery.js';
import { DeliveryAccounting } from './delivery-accounting.js';
import type { FanOut } from './fan-out.js';
import type { FlowLimits } from './flow-limits.js';
import { HoldCredit } from './hold-credit.js';
import type { IoEnd } from './io-end.js';
import type { OutboxOwner, PublisherOnHold } from './outbox-owner.js';
import { OutboxQueue } from './outbox-queue.js';
import type { PendingTotal } from './pending-total.js';
import { ReaderProgress } from './reader-progress.js';

export type { FlowLimits } from './flow-limits.js';

/**
 * Queued bytes from which an outbox does not wait for the end of the turn. Writes of this size cost the kernel half as
 * much a byte as writes of one read each do; larger ones gain little more.
 */
const FLUSH_BYTES = 256 * 1024;
/** The same while many have so much that memory to render into runs short. */
const TIGHT_FLUSH_BYTES = 64 * 1024;
/** Time without visible progress after which the system is asked for what it sees, in milliseconds. */
const LOOK_AFTER_MS = 100;
/** Hold credit that a connection may have, in multiples of `maxHoldMs`: kernels show the progress of a reader in steps. */
const MAX_CREDIT = 2;

/** Most credit that is spent at once, in milliseconds: when this process is late, it is no fault of the reader. */
const MAX_CHARGED_MS = 250;

function monotonic(): number {
  return performance.now();
}

function nothing(): void {}

/**
 * Queues what one connection has yet to send, in order, and knows the publishers that wait for it.
 *
 *   core ─deliver→ [queue] ─render→ encoder ─pipe→ wire, corked ─flush, once a turn→
 *                  queuedBytes     readableLength     writableLength      = pendingBytes
 *
 * Beside bytes it counts messages: see `DeliveryAccounting`.
 */
export class Outbox {
  readonly limits: FlowLimits;
  /** Whose it is; set by the client itself. */
  owner: OutboxOwner | undefined = undefined;
  /** Publishers held until this outbox has drained, and since when on the performance clock. */
  readonly holding = new Map<PublisherOnHold<Outbox>, number>();
  /** Its congestion is over below `lowWaterBytes` only. */
  congested = false;
  /** Whether messages for it are to be dropped. */
  dropping = false;
  /** It has no credit left: until it has drained it holds only publishers that feed no other connection. */
  isDetached = false;
  /** What to log where it is cut off because too much is pending over all connections. */
  totalExceeded: { readonly limit: string; readonly totalPendingBytes: number } | undefined = undefined;
  closed = false;
  readonly accounting = new DeliveryAccounting();
  /** Sees everything that is handed to the encoder; set only while someone wants to follow it. */
  observer: ((items: readonly Outgoing<unknown>[]) => void) | undefined = undefined;
  /** Asks for a later `acknowledged`; undefined: what becomes of bytes once the wire has taken them is unknown. */
  look: (() => void) | undefined = undefined;
  /** Whether the core has noted to flush it at the end of this turn. */
  scheduled = false;
  /** What is pending over all connections; undefined: it is not counted. */
  total: PendingTotal | undefined = undefined;
  /** Milliseconds of the monotonic clock. */
  readonly now: () => number;
  private readonly io: IoEnd;
  private readonly flushBytes: number;
  private readonly tightFlushBytes: number;
  /** What had been rendered before the first write since the last flush, in bytes and in chunks; -1: there was none. */
  private flushedBytes = -1;
  private flushedChunks = 0;
  private flowPolicy: FlowPolicy;
  private readonly queue = new OutboxQueue();
  private progress: ReaderProgress | undefined;
  private credit: HoldCredit | undefined;
  private creditAt = 0;
  private congestedAt = 0;
  /** By how much its credit fell when it was last settled, in milliseconds. */
  unearnedMs = 0;
  /** What the sum over all connections has it down for. */
  private countedBytes = 0;
  private heldOthers = 0;
  private holdingSince = 0;
  private leftBytes = 0;
  private finished = nothing;

  /** @param now the monotonic clock, in milliseconds */
  constructor(io: IoEnd, limits: FlowLimits, now: () => number = monotonic) {
    this.io = io;
    this.limits = limits;
    this.now = now;
    this.flushBytes = Math.min(FLUSH_BYTES, limits.highWaterBytes / 4);
    this.tightFlushBytes = Math.min(TIGHT_FLUSH_BYTES, this.flushBytes);
    this.flowPolicy = limits.policy;
  }

  /** What becomes of messages for it while it is congested. */
  get policy(): FlowPolicy {
    return this.flowPolicy;
  }

  set policy(policy: FlowPolicy) {
    this.flowPolicy = policy;
    this.dropping = this.congested && policy === 'drop';
    if (policy !== 'pause') this.releaseHeld();
  }

  /** Bytes that were queued and that the kernel, or the reader of the wire, has not taken yet; once closed, what was kept. */
  get pendingBytes(): number {
    return this.closed ? this.leftBytes : this.queue.bytes + this.io.waitingBytes;
  }

  /** Bytes that the wire has taken so far. */
  get takenBytes(): number {
    return this.io.credit();
  }

  /** The memory that is kept for it, in bytes: what is pending, and what many small chunks cost beside their bytes. */
  get keptBytes(): number {
    return this.queue.bytes + this.io.waitingBytes + this.accounting.overheadBytes;
  }

  /** Messages that the wire has not taken all of, and their payload bytes. */
  get pending(): Count {
    this.settle();
    return this.queue.isFanningOut
      ? plus(this.accounting.pending, this.queue.fanOutCount)
      : this.accounting.pending;
  }

  /** Messages the wire has taken, and their payload bytes. */
  get delivered(): Count {
    this.settle();
    return { messages: this.accounting.deliveredMessages, bytes: this.accounting.deliveredBytes };
  }

  /** Time in which it held at least one publisher, in milliseconds. */
  get heldOthersMs(): number {
    return this.heldOthers + (this.holding.size > 0 ? this.now() - this.holdingSince : 0);
  }

  /** What a flush would write, in bytes. */
  get unflushedBytes(): number {
    return this.queue.bytes + (this.flushedBytes < 0 ? 0 : this.io.renderedBytes - this.flushedBytes);
  }

  /** Whether it should be flushed without waiting for the end of the turn. */
  get isFull(): boolean {
    const { flushedBytes } = this;
    if (this.queue.isFanningOut) return false; // what is queued waits for those
    const bytes = this.queue.plainBytes + (flushedBytes < 0 ? 0 : this.io.renderedBytes - flushedBytes);
    return bytes >= this.tightFlushBytes && (bytes >= this.flushBytes || this.io.isShortOfMemory);
  }

  /** Whether there is little memory to render into; what waits for this connection to be written to keeps some of it. */
  get isShortOfMemory(): boolean {
    return this.io.isShortOfMemory;
  }

  /** Queues rows `[from, to)` for subscription `sid`. */
  deliver(batch: CommandBatch, from: number, to: number, sid: string, shared: boolean, raw: boolean): void {
    this.queue.deliver(batch, from, to, sid, shared, raw);
  }

  /** Queues the confirmations of rows `[from, to)`. */
  confirm(batch: CommandBatch, from: number, to: number): void {
    this.queue.confirm(batch, from, to);
  }

  /** Queues a frame of the dialect. */
  send(frame: unknown): void {
    this.queue.send(frame);
  }

  /** Queues one message for very many subscriptions. */
  fanOut(fanOut: FanOut): void {
    this.queue.fanOut(fanOut);
  }

  /** Whether more is queued than one flush may render. */
  get isFanningOut(): boolean {
    return this.queue.isFanningOut;
  }

  /**
   * Hands what is queued to the encoder, as one object. What comes of it waits in the wire for `flush`.
   * @param room most deliveries to make of fan-outs; what is queued behind one that is not through waits
   */
  render(room = 0): void {
    if (this.queue.empty) return;
    const items = this.queue.take(room, this.accounting);
    if (this.closed || items.length === 0) return;
    try {
      this.observer?.(items);
      this.write(items);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Renders what is queued and lets all that was rendered go, to the wire in one write; `room` as for `render`. */
  flush(room = 0): void {
    this.render(room);
    try {
      if (this.flushedBytes >= 0) this.flushWritten();
    } catch (error) {
      this.failed(error);
    }
    if (!this.queue.isFanningOut) this.finished();
  }

  /** Flushes it, and calls `then` once everything that is queued has been rendered: at once, but for fan-outs. */
  finish(then: () => void): void {
    this.finished = () => {
      this.finished = nothing;
      then();
    };
    this.flush();
  }

  /** Brings the counts up to date with what the wire has taken. */
  settle(): void {
    if (this.accounting.clear) return;
    this.accounting.taken(this.io.credit());
    this.recount();
  }

  /** Marks it congested and starts the clock of its deadline. */
  congest(now: number): void {
    const { maxHoldMs } = this.limits;
    this.congested = true;
    this.isDetached = false;
    this.dropping = this.flowPolicy === 'drop';
    this.progress = new ReaderProgress(this.io.credit(), now);
    this.credit ??= new HoldCredit(maxHoldMs, now);
    this.credit.rest(maxHoldMs, now);
    this.creditAt = now;
    this.congestedAt = now;
  }

  /** For how long it has been congested, in milliseconds; 0: it is not. */
  get congestedMs(): number {
    return this.congested ? this.now() - this.congestedAt : 0;
  }

  /**
   * Milliseconds since the peer last took some of the pending bytes; looks for progress.
   * @param excusedMs of the time since the last call, how much does not count
   */
  stalledMs(now: number, excusedMs = 0): number {
    const { progress } = this;
    if (progress === undefined) return 0;
    progress.excuse(excusedMs, now);
    progress.taken(this.io.credit(), now);
    const stalledMs = progress.stalledMs(now);
    if (stalledMs >= LOOK_AFTER_MS) this.look?.();
    return stalledMs;
  }

  /**
   * Of what the wire has taken, so many bytes have not arrived: less than the last time means that the peer takes some,
   * though its kernel and ours buffer too much for that to show on the wire.
   */
  unacknowledged(bytes: number, now: number): void {
    this.progress?.acknowledged(this.io.credit(), bytes, now);
  }

  /** It could not be expected to take anything until now. */
  resetStall(now: number): void {
    this.progress?.resetStall(now);
  }

  /**
   * Settles its hold credit: what it took is earned, and the time since the last call is spent if it slowed down
   * publishers that feed others as well. Without credit it is detached.
   */
  settleCredit(now: number, holdsShared: boolean): void {
    const { credit, progress, limits } = this;
    if (credit === undefined || progress === undefined) return;
    // One that drains within that time, as a fast one does again and again, needs no finer look.
    if (holdsShared && now - this.congestedAt >= LOOK_AFTER_MS) this.look?.();
    const spentMs = holdsShared ? Math.min(now - this.creditAt, MAX_CHARGED_MS) : 0;
    const earnedMs = (progress.advance() * 1_000) / limits.minRateBytes;
    this.unearnedMs = spentMs - earnedMs;
    if (holdsShared) credit.spend(spentMs, now);
    credit.earn(earnedMs, MAX_CREDIT * limits.maxHoldMs);
    this.creditAt = now;
    if (credit.leftMs === 0) this.isDetached = true;
  }

  /** Whether it has earned the time for which it slowed publishers down; one that has just fallen behind has not yet. */
  get hasEarnedHold(): boolean {
    return this.credit !== undefined && this.credit.leftMs > this.limits.maxHoldMs;
  }

  /** Bytes that it has room for before more is pending than at `highWaterBytes` and full kernel buffers. */
  get roomBytes(): number {
    const kernelRoom = this.progress?.kernelRoom(this.io.credit()) ?? 0;
    return this.limits.highWaterBytes - this.keptBytes + kernelRoom;
  }

  /** `publisher` waits until this has drained. */
  hold(publisher: PublisherOnHold<Outbox>, now: number): void {
    if (this.holding.size === 0) this.holdingSince = now;
    this.holding.set(publisher, now);
  }

  /** `publisher` waits no more; returns for how long it did, in milliseconds. */
  release(publisher: PublisherOnHold<Outbox>, now: number): number {
    const since = this.holding.get(publisher);
    if (since === undefined) return 0;
    this.holding.delete(publisher);
    if (this.holding.size === 0) this.heldOthers += now - this.holdingSince;
    return now - since;
  }

  /** Whether something waits for it to drain. */
  get isAwaited(): boolean {
    return this.congested || this.holding.size > 0;
  }

  /** Lets the held publishers go on, if it has drained or closed. */
  drained(): void {
    this.settle();
    if (!this.closed && this.keptBytes > this.limits.lowWaterBytes) return;
    this.congested = false;
    this.isDetached = false;
    this.dropping = false;
    this.releaseHeld();
  }

  /** Drops what is queued, as nothing more will be sent, and releases held publishers. Returns the messages that are lost. */
  close(): Count {
    if (this.closed) return NOTHING;
    const { pending } = this;
    const unsent = this.io.renderedBytes - this.io.credit();
    this.leftBytes = this.queue.bytes + unsent + this.accounting.overheadBytes;
    this.closed = true;
    this.accounting.abandon();
    this.finished = nothing;
    this.queue.clear();
    this.recount();
    this.drained();
    return pending;
  }

  /** Brings the sum over all connections up to date. */
  private recount(): void {
    const kept = this.closed ? 0 : this.io.waitingBytes + this.accounting.overheadBytes;
    const { countedBytes } = this;
    if (kept === countedBytes) return;
    this.countedBytes = kept;
    this.total?.change(this, kept, countedBytes);
  }

  /** Hands items on. What comes of them goes out as one with what was handed on since the last flush. */
  private write(items: readonly Outgoing<unknown>[]): void {
    const { io } = this;
    if (this.flushedBytes < 0) {
      this.flushedBytes = io.renderedBytes;
      this.flushedChunks = io.renderedChunks;
    }
    io.write(items);
  }

  private flushWritten(): void {
    const { io, accounting, flushedBytes: start } = this;
    this.flushedBytes = -1;
    io.flush();
    if (this.closed) return;
    if (accounting.clear && io.waitingBytes === 0 && !io.hasFailed) {
      accounting.passed();
      if (this.countedBytes > 0) this.recount();
    } else {
      const end = io.hasFailed ? Number.POSITIVE_INFINITY : io.renderedBytes;
      accounting.rendered(start, end, io.renderedChunks - this.flushedChunks);
      this.settle();
    }
  }

  /** A codec's faults arrive as errors of its stream; what is thrown is the wire's, and not the publisher's fault. */
  private failed(error: unknown): void {
    if (this.owner === undefined) throw error;
    this.owner.fault(error);
  }

  private releaseHeld(): void {
    if (this.holding.size === 0) return;
    for (const publisher of [...this.holding.keys()]) publisher.releasedBy(this);
  }
}
