import { type Count, NOTHING, plus } from '../domain/drops.js';
import { type CommandBatch, runBytes } from '../frame/command.js';
import { Delivery, type Outgoing, Receipt } from '../frame/delivery.js';
import type { DeliveryAccounting } from './delivery-accounting.js';
import { FanOut } from './fan-out.js';
import { FRAME_OVERHEAD_BYTES } from './frame-overhead.js';

/** About what a frame of the dialect takes, in bytes. */
const FRAME_BYTES = 64;

/** What is queued in an outbox and has not been rendered, in order. */
export class OutboxQueue {
  /** About what everything but fan-outs takes on the wire, in bytes. */
  plainBytes = 0;
  /** The deliveries that the fan-outs stand for, and their payload bytes. */
  fanOutCount: Count = NOTHING;
  private fanOutBytes = 0;
  private items: Outgoing<unknown>[] = [];
  private fanOuts: FanOut[] = [];

  get empty(): boolean {
    return this.items.length === 0;
  }

  /** About what it takes on the wire, in bytes. */
  get bytes(): number {
    return this.plainBytes + this.fanOutBytes;
  }

  /** Whether there is a fan-out, behind which everything waits. */
  get isFanningOut(): boolean {
    return this.fanOuts.length > 0;
  }

  /** Adds rows `[from, to)` for subscription `sid`. */
  deliver(batch: CommandBatch, from: number, to: number, sid: string, shared: boolean, raw: boolean): void {
    batch.users++;
    this.items.push(new Delivery(batch, from, to, sid, shared, raw));
    const bytes = runBytes(batch, from, to) + batch.piecesBytes;
    this.plainBytes += bytes + (to - from) * (FRAME_OVERHEAD_BYTES + sid.length);
  }

  /** Adds the confirmations of rows `[from, to)`. */
  confirm(batch: CommandBatch, from: number, to: number): void {
    batch.users++;
    this.items.push(new Receipt(batch, from, to));
    this.plainBytes += (to - from) * 2 * FRAME_OVERHEAD_BYTES;
  }

  /** Adds a frame of the dialect. */
  send(frame: unknown): void {
    this.items.push(frame);
    this.plainBytes += FRAME_BYTES;
  }

  fanOut(fanOut: FanOut): void {
    fanOut.queuedBefore = this.plainBytes;
    this.items.push(fanOut);
    this.fanOuts.push(fanOut);
    this.note(fanOut, fanOut.left);
  }

  /**
   * Removes what may be rendered now, and returns it.
   * @param room most deliveries to make of fan-outs
   */
  take(room: number, accounting: DeliveryAccounting): Outgoing<unknown>[] {
    if (this.fanOuts.length > 0) return this.takeFannedOut(room, accounting);
    const { items } = this;
    this.items = [];
    this.plainBytes = 0;
    return items;
  }

  clear(): void {
    this.items = [];
    this.fanOuts = [];
    this.plainBytes = 0;
    this.fanOutBytes = 0;
    this.fanOutCount = NOTHING;
  }

  private takeFannedOut(room: number, accounting: DeliveryAccounting): Outgoing<unknown>[] {
    const taken: Outgoing<unknown>[] = [];
    let left = room;
    let takenBytes = this.plainBytes;
    let at = 0;
    for (; at < this.items.length; at++) {
      const item = this.items[at];
      if (!(item instanceof FanOut)) {
        taken.push(item);
        continue;
      }
      const made = item.expand(left, taken);
      left -= made;
      this.note(item, -made);
      accounting.count(made, made * item.payloadBytes);
      if (item.left > 0) {
        takenBytes = item.queuedBefore;
        break;
      }
      this.fanOuts.shift();
    }
    this.items.splice(0, at);
    this.plainBytes -= takenBytes;
    for (const fanOut of this.fanOuts) fanOut.queuedBefore -= takenBytes;
    return taken;
  }

  private note(fanOut: FanOut, deliveries: number): void {
    this.fanOutBytes += deliveries * fanOut.frameBytes;
    this.fanOutCount = plus(this.fanOutCount, {
      messages: deliveries,
      bytes: deliveries * fanOut.payloadBytes,
    });
  }
}
