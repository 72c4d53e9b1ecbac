import { Transform, type TransformCallback } from 'node:stream';
import type { CommandBatch, RenderedRun } from './command.js';
import { Delivery, type Outgoing, Receipt } from './delivery.js';
import { renderInSlab } from './slab.js';

export const DEFAULT_HIGH_WATER_BYTES = 64 * 1024;

/** Runs from this many messages on are rendered once for all who share them; below, copying is cheaper than a chunk. */
const SHARE_MESSAGES = 24;

/**
 * What encoders of all dialects have in common: `Outgoing` items in, or arrays of them, bytes out. Small items are
 * gathered into one chunk; large shared runs go out as the one Buffer that all who share them get.
 */
export abstract class RunEncoder<F extends object> extends Transform {
  /** See `Encoder` in codec.ts. */
  abstract readonly renderKey: number;
  private gathered: Buffer[] = [];

  /** @param highWaterBytes rendered bytes that may wait to be read before the encoder exerts backpressure */
  constructor(highWaterBytes: number) {
    super({ writableObjectMode: true, readableHighWaterMark: highWaterBytes });
  }

  /** Upper bound in bytes of the rendered rows `[from, to)`, payload pieces not counted. */
  protected abstract bound(batch: CommandBatch, from: number, to: number, sid: string): number;
  /** Writes the rows as frames at `at`, payload pieces not included; returns where it stopped. */
  protected abstract render(
    batch: CommandBatch,
    from: number,
    to: number,
    sid: string,
    out: Buffer,
    at: number,
  ): number;
  /** What tells apart the renderings that one run has for several subscriptions. */
  protected shareId(sid: string): string {
    return sid;
  }
  /** What follows the rendered row of a batch with pieces. */
  protected abstract pieces(batch: CommandBatch): readonly Buffer[];
  /** The confirmations of a publisher's rows. */
  protected abstract receipts(receipt: Receipt): Buffer;
  /** A plain frame. */
  protected abstract frame(frame: F): Buffer;

  override _transform(
    items: Outgoing<F> | readonly Outgoing<F>[],
    _encoding: BufferEncoding,
    done: TransformCallback,
  ): void {
    if (Array.isArray(items)) for (const item of items as readonly Outgoing<F>[]) this.add(item);
    else this.add(items as Outgoing<F>);
    const { gathered } = this;
    if (gathered.length > 0) {
      this.gathered = [];
      this.pushJoined(gathered);
    }
    done();
  }

  private add(item: Outgoing<F>): void {
    if (item instanceof Delivery) this.addRun(item);
    else if (item instanceof Receipt) this.gathered.push(this.receipts(item));
    else this.gathered.push(this.frame(item));
  }

  private addRun(run: Delivery): void {
    const { batch, from, to, sid } = run;
    if (run.shared && to - from >= SHARE_MESSAGES) this.gathered.push(this.sharedRun(run));
    else this.gathered.push(this.renderRun(batch, from, to, sid));
    if (batch.pieces !== undefined) for (const piece of this.pieces(batch)) this.gathered.push(piece);
  }

  private renderRun(batch: CommandBatch, from: number, to: number, sid: string): Buffer {
    return renderInSlab(this.bound(batch, from, to, sid), (out, at) =>
      this.render(batch, from, to, sid, out, at),
    );
  }

  /** The rendering of a run that every encoder with this key and every subscription with this sid shares. */
  private sharedRun({ batch, from, to, sid }: Delivery): Buffer {
    const key = this.renderKey;
    const share = this.shareId(sid);
    for (let run: RenderedRun | undefined = batch.rendered; run !== undefined; run = run.next) {
      if (run.from === from && run.to === to && run.key === key && run.sid === share) return run.frames;
    }
    const frames = this.renderRun(batch, from, to, sid);
    batch.rendered = { from, to, key, sid: share, frames, next: batch.rendered };
    return frames;
  }

  /** Pushes the chunks, those that lie side by side in one slab as one. */
  private pushJoined(chunks: readonly Buffer[]): void {
    let pending = chunks[0]!;
    for (let i = 1; i < chunks.length; i++) {
      const chunk = chunks[i]!;
      if (chunk.buffer === pending.buffer && chunk.byteOffset === pending.byteOffset + pending.length) {
        pending = Buffer.from(pending.buffer, pending.byteOffset, pending.length + chunk.length);
      } else {
        if (pending.length > 0) this.push(pending);
        pending = chunk;
      }
    }
    if (pending.length > 0) this.push(pending);
  }
}
