import type { Duplex } from 'node:stream';
import type { Encoder } from '../protocol/codec.js';
import { type CommandBatch, PAYLOAD_END, STRIDE, SUBJECT } from '../protocol/command.js';
import { Delivery, type Outgoing, Receipt } from '../protocol/delivery.js';
import type { Client } from './client.js';

export interface FlowLimits {
  /** Pending bytes above which the connection is congested. */
  readonly highWaterBytes: number;
  /** Pending bytes at or below which it no longer is. */
  readonly lowWaterBytes: number;
  /** Pending bytes that no connection may exceed. */
  readonly maxPendingBytes: number;
  /** Time a congested connection may make no progress, in milliseconds. */
  readonly writeDeadlineMs: number;
}

/** Queued bytes from which an outbox does not wait for the end of the turn. */
const FLUSH_BYTES = 64 * 1024;
/** About what a frame adds to the bytes of its message: verb, sid, line ends. */
const FRAME_OVERHEAD_BYTES = 8;

/**
 * What one connection has yet to send, in order, and who waits for it.
 *
 *   core ─deliver→ [queue] ─flush, once a turn→ encoder ─pipe→ wire
 *                  queuedBytes     readableLength     writableLength      = pendingBytes
 */
export class Outbox {
  readonly limits: FlowLimits;
  /** Publishers held until this outbox has drained. */
  readonly holding = new Set<Client>();
  congested = false;
  closed = false;
  /** Sees everything that is handed to the encoder; set only while someone wants to follow it. */
  observer: ((items: readonly Outgoing<unknown>[]) => void) | undefined = undefined;
  /** Whether the core has noted to flush it at the end of this turn. */
  scheduled = false;
  /** What the encoder is piped into; another one once TLS has come up. */
  wire: Duplex;
  private readonly encoder: Encoder;
  private queue: Outgoing<unknown>[] = [];
  private queuedBytes = 0;
  private lastPending = 0;
  private lastProgressAt = 0;

  constructor(encoder: Encoder, wire: Duplex, limits: FlowLimits) {
    this.encoder = encoder;
    this.wire = wire;
    this.limits = limits;
  }

  /** Bytes that were queued and that the kernel, or whoever reads the wire, has not taken yet. */
  get pendingBytes(): number {
    return this.queuedBytes + this.encoder.readableLength + this.wire.writableLength;
  }

  /** Whether it should be flushed without waiting for the end of the turn. */
  get full(): boolean {
    return this.queuedBytes >= FLUSH_BYTES;
  }

  /** Queues rows `[from, to)` for subscription `sid`. */
  deliver(batch: CommandBatch, from: number, to: number, sid: string, shared: boolean, raw: boolean): void {
    this.queue.push(new Delivery(batch, from, to, sid, shared, raw));
    this.queuedBytes += runBytes(batch, from, to) + (to - from) * (FRAME_OVERHEAD_BYTES + sid.length);
  }

  /** Queues the confirmations of rows `[from, to)`. */
  confirm(batch: CommandBatch, from: number, to: number): void {
    this.queue.push(new Receipt(batch, from, to));
    this.queuedBytes += (to - from) * 2 * FRAME_OVERHEAD_BYTES;
  }

  /** Queues a frame of the dialect. */
  send(frame: unknown): void {
    this.queue.push(frame);
    this.queuedBytes += 64;
  }

  /** Hands what is queued to the encoder, as one object, and so to the wire in one write. */
  flush(): void {
    this.scheduled = false;
    if (this.queue.length === 0) return;
    const items = this.queue;
    this.queue = [];
    this.queuedBytes = 0;
    if (this.closed) return;
    this.observer?.(items);
    this.wire.cork();
    this.encoder.write(items);
    this.wire.uncork();
  }

  /** Marks it congested and starts the clock of its deadline. */
  congest(now: number): void {
    this.congested = true;
    this.lastPending = this.pendingBytes;
    this.lastProgressAt = now;
  }

  /** Milliseconds since the peer last took some of the pending bytes; looks for progress. */
  stalledMs(now: number): number {
    const pending = this.pendingBytes;
    if (pending < this.lastPending) this.lastProgressAt = now;
    this.lastPending = pending;
    return now - this.lastProgressAt;
  }

  /** Lets the held publishers go on, if it has drained or closed. */
  drained(): void {
    if (!this.closed && this.pendingBytes > this.limits.lowWaterBytes) return;
    this.congested = false;
    if (this.holding.size === 0) return;
    const held = [...this.holding];
    this.holding.clear();
    for (const client of held) client.releasedBy(this);
  }

  /** Nothing more will be sent: what is queued is gone, and nobody need wait. */
  close(): void {
    this.closed = true;
    this.queue = [];
    this.queuedBytes = 0;
    this.drained();
  }
}

/** Size in bytes of rows `[from, to)`, all publishes, as they came. */
function runBytes(batch: CommandBatch, from: number, to: number): number {
  const { columns } = batch;
  return columns[(to - 1) * STRIDE + PAYLOAD_END]! - columns[from * STRIDE + SUBJECT]! + batch.piecesBytes;
}
