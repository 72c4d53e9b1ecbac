import { Transform, type TransformCallback } from 'node:stream';
import { CommandBatch, type RenderedRun } from './command.js';
import { Delivery, type Outgoing, Receipt } from './delivery.js';
import { slab } from './slab.js';

export const DEFAULT_HIGH_WATER_BYTES = 64 * 1024;

/** Runs from this many messages on are rendered once for all who share them; below, copying is cheaper than a chunk. */
const SHARE_MESSAGES = 24;

/**
 * What encoders of all dialects have in common: `Outgoing` items in, or arrays of them, bytes out. Small items are
 * written side by side and go out as one chunk; a large shared run goes out as the one Buffer all who share it get.
 */
export abstract class RunEncoder<F extends object> extends Transform {
  /** See `Encoder` in codec.ts. */
  abstract readonly renderKey: number;
  /** Where in the slab starts what was rendered and not yet pushed. */
  private start = 0;

  /** @param highWaterBytes rendered bytes that may wait to be read before the encoder exerts backpressure */
  constructor(highWaterBytes: number) {
    super({ writableObjectMode: true, readableHighWaterMark: highWaterBytes });
  }

  /** Upper bound in bytes of the rendered run, payload pieces not counted. */
  protected abstract bound(run: Delivery): number;
  /** Writes the run as frames at `at`, payload pieces not included; returns where it stopped. */
  protected abstract render(run: Delivery, out: Buffer, at: number): number;
  /** What follows the rendered row of a batch with pieces. */
  protected abstract pieces(batch: CommandBatch): readonly Buffer[];
  /** Upper bound in bytes of the confirmations of rows `[from, to)`. */
  protected abstract receiptsBound(batch: CommandBatch, from: number, to: number): number;
  /** Writes the confirmations at `at`; returns where it stopped. */
  protected abstract renderReceipts(receipt: Receipt, out: Buffer, at: number): number;
  /** A plain frame. */
  protected abstract frame(frame: F): Buffer;
  /** What tells apart the renderings that one run has for several subscriptions. */
  protected shareId(sid: string): string {
    return sid;
  }

  override _transform(
    items: Outgoing<F> | readonly Outgoing<F>[],
    _encoding: BufferEncoding,
    done: TransformCallback,
  ): void {
    this.start = slab.used;
    if (Array.isArray(items)) for (const item of items as readonly Outgoing<F>[]) this.add(item);
    else this.add(items as Outgoing<F>);
    this.pushRendered();
    done();
  }

  private add(item: Outgoing<F> | CommandBatch<F>): void {
    if (item instanceof Delivery) this.addRun(item);
    else if (item instanceof Receipt) {
      this.makeRoom(this.receiptsBound(item.batch, item.from, item.to));
      slab.used = this.renderReceipts(item, slab.buffer, slab.used);
    } else if (item instanceof CommandBatch) for (const frame of item) this.addFrame(frame as F);
    else this.addFrame(item);
  }

  private addFrame(item: F): void {
    const frame = this.frame(item);
    this.makeRoom(frame.length);
    slab.buffer.set(frame, slab.used);
    slab.used += frame.length;
  }

  private addRun(run: Delivery): void {
    const { batch, from, to } = run;
    if (run.shared && to - from >= SHARE_MESSAGES) {
      const frames = this.sharedRun(run);
      this.pushRendered();
      this.pushChunk(frames);
    } else {
      this.makeRoom(this.bound(run));
      slab.used = this.render(run, slab.buffer, slab.used);
    }
    if (batch.pieces === undefined) return;
    this.pushRendered();
    for (const piece of this.pieces(batch)) this.pushChunk(piece);
  }

  /** The rendering of a run that every encoder with this key and every subscription with this sid shares. */
  private sharedRun(run: Delivery): Buffer {
    const { batch, from, to } = run;
    const key = this.renderKey;
    const share = this.shareId(run.sid);
    for (let known: RenderedRun | undefined = batch.rendered; known !== undefined; known = known.next) {
      if (known.from === from && known.to === to && known.key === key && known.sid === share)
        return known.frames;
    }
    this.pushRendered();
    this.makeRoom(this.bound(run));
    const { buffer, used } = slab;
    slab.used = this.render(run, buffer, used);
    const frames = buffer.subarray(used, slab.used);
    this.start = slab.used;
    batch.rendered = { from, to, key, sid: share, frames, next: batch.rendered };
    return frames;
  }

  /** Makes sure that `bytes` bytes fit at `slab.used`. */
  private makeRoom(bytes: number): void {
    if (slab.fits(bytes)) return;
    this.pushRendered();
    if (slab.fits(bytes)) return;
    slab.renew(bytes);
    this.start = 0;
  }

  private pushRendered(): void {
    if (slab.used > this.start) this.pushChunk(slab.buffer.subarray(this.start, slab.used));
  }

  /** Pushes a chunk. Whoever gets it may make other encoders render before this returns. */
  private pushChunk(chunk: Buffer): void {
    if (chunk.length > 0) this.push(chunk);
    this.start = slab.used;
  }
}
