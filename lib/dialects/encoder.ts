import { Transform, type TransformCallback } from 'node:stream';
import { CommandBatch, type RenderedRun, runBytes } from '../frame/command.js';
import { Delivery, type Outgoing, Receipt } from '../frame/delivery.js';
import { type FrameMemory, memoryOfCodecs } from '../frame/memory.js';
import type { Block, Slab } from '../frame/slab.js';

export const DEFAULT_HIGH_WATER_BYTES = 64 * 1024;

/** Runs from this many messages on are rendered once for all receivers; below, copying is cheaper than a chunk. */
const SHARE_MESSAGES = 24;
/** The same in bytes, of few large messages. */
const SHARE_BYTES = 16 * 1024;
/** Chunks from this size on may keep the whole slab alive while they wait; smaller ones are copied out of it. In bytes. */
const KEEPER_BYTES = 128 * 1024;
/** Copies lie side by side in blocks of this size, in bytes; larger ones by themselves. */
const BLOCK_BYTES = 8 * 1024;
const NO_BLOCK = Buffer.alloc(0);

/** A block of the slab that an encoder has pushed views of, the last of them up to `end` of all the bytes it rendered. */
interface Loan {
  readonly block: Block;
  end: number;
}

/**
 * What encoders of all dialects have in common: `Outgoing` items in, or arrays of them, bytes out. Small items are
 * written side by side and go out as one chunk; a large shared run goes out as one Buffer that all its receivers share.
 * A throw of the dialect is an error of the stream, so that it ends the connection that it belongs to, and no other.
 */
export abstract class RunEncoder<F extends object> extends Transform {
  /** See `Encoder` in codec.ts. */
  abstract readonly renderKey: number;
  renderedBytes = 0;
  renderedChunks = 0;
  backedUp = false;
  borrows = false;
  /** Where in the slab starts what was rendered and not yet pushed. */
  private start = 0;
  private block = NO_BLOCK;
  private blockUsed = 0;
  /** Blocks of the slab that it has pushed views of which may not have been taken, in order. */
  private readonly loans: Loan[] = [];

  /** @internal */
  protected readonly memory: FrameMemory;
  /** Whether what it renders of a large run is kept for other encoders with the same `renderKey`. */
  protected readonly sharesRuns: boolean = true;
  private readonly slab: Slab;

  /**
   * @param highWaterBytes rendered bytes that may wait to be read before the encoder exerts backpressure
   * @param memory the broker's; undefined: that of all codecs used alone
   */
  constructor(highWaterBytes: number, memory: FrameMemory = memoryOfCodecs()) {
    super({ writableObjectMode: true, readableHighWaterMark: highWaterBytes });
    this.memory = memory;
    this.slab = memory.slab;
  }

  /** See `Encoder` in codec.ts. */
  get isShortOfMemory(): boolean {
    return !this.slab.hasPlenty;
  }

  /** See `Encoder` in codec.ts. */
  taken(bytes: number): void {
    const { loans, slab } = this;
    let done = 0;
    for (; done < loans.length && loans[done]!.end <= bytes; done++) slab.release(loans[done]!.block);
    if (done === loans.length) loans.length = 0;
    else if (done > 0) loans.splice(0, done);
  }

  /** See `Encoder` in codec.ts. A stream that is destroyed keeps its buffer for as long as anything refers to the stream. */
  discard(): void {
    this.block = NO_BLOCK;
    this.removeAllListeners('data');
    this.resume(); // a flowing stream is read chunk by chunk; otherwise `read` joins all chunks into one
    while (this.read() !== null);
    this.taken(Number.POSITIVE_INFINITY);
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
    this.start = this.slab.used;
    if (!this.waits) this.block = NO_BLOCK; // a connection that keeps up owns no memory
    if (Array.isArray(items)) for (const item of items as readonly Outgoing<F>[]) this.add(item);
    else this.add(items as Outgoing<F>);
    this.pushRendered();
    done();
  }

  /** A throw would reach the code that wrote: the core, while it routes a message of another connection. */
  override _write(items: unknown, encoding: BufferEncoding, done: TransformCallback): void {
    try {
      super._write(items, encoding, done);
    } catch (error) {
      done(error as Error);
    }
  }

  private add(item: Outgoing<F> | CommandBatch<F>): void {
    const { slab } = this;
    if (item instanceof Delivery) {
      this.addRun(item);
      item.batch.users--;
    } else if (item instanceof Receipt) {
      this.makeRoom(this.receiptsBound(item.batch, item.from, item.to));
      slab.used = this.renderReceipts(item, slab.buffer, slab.used);
      item.batch.users--;
    } else if (item instanceof CommandBatch) for (const frame of item) this.addFrame(frame as F);
    else this.addFrame(item);
  }

  private addFrame(item: F): void {
    const { slab } = this;
    const frame = this.frame(item);
    this.makeRoom(frame.length);
    slab.buffer.set(frame, slab.used);
    slab.used += frame.length;
  }

  private addRun(run: Delivery): void {
    const { batch, from, to } = run;
    if (
      run.shared &&
      this.sharesRuns &&
      (to - from >= SHARE_MESSAGES || runBytes(batch, from, to) >= SHARE_BYTES)
    ) {
      const { frames, block } = this.sharedRun(run);
      this.pushRendered();
      this.pushForeign(frames, block);
    } else {
      this.makeRoom(this.bound(run));
      const { slab } = this;
      slab.used = this.render(run, slab.buffer, slab.used);
    }
    if (batch.pieces === undefined) return;
    this.pushRendered();
    for (const piece of this.pieces(batch)) this.pushForeign(piece);
  }

  /** The rendering of a run that every encoder with this key and every subscription with this sid shares. */
  private sharedRun(run: Delivery): RenderedRun {
    const { batch, from, to } = run;
    const { slab } = this;
    const key = this.renderKey;
    const share = this.shareId(run.sid);
    for (let known: RenderedRun | undefined = batch.rendered; known !== undefined; known = known.next) {
      if (
        known.from === from &&
        known.to === to &&
        known.key === key &&
        known.sid === share &&
        known.turn === slab.turn
      )
        return known;
    }
    this.pushRendered();
    this.makeRoom(this.bound(run));
    const { block, buffer, used } = slab;
    slab.used = this.render(run, buffer, used);
    const frames = buffer.subarray(used, slab.used);
    this.start = slab.used;
    block.shared = true;
    const rendered = { from, to, key, sid: share, frames, block, turn: slab.turn, next: batch.rendered };
    batch.rendered = rendered;
    return rendered;
  }

  /** Makes sure that `bytes` bytes fit at `slab.used`. */
  private makeRoom(bytes: number): void {
    const { slab } = this;
    if (slab.fits(bytes)) return;
    this.pushRendered();
    if (slab.fits(bytes)) return;
    slab.renew(bytes);
    this.start = 0;
  }

  private pushRendered(): void {
    const { start, slab } = this;
    if (slab.used === start) return;
    const chunk = slab.buffer.subarray(start, slab.used);
    if (!this.mayBorrow(chunk)) {
      const copy = this.own(chunk);
      slab.used = start;
      this.pushChunk(copy);
    } else {
      this.borrow(slab.block, chunk.length);
      this.pushChunk(chunk);
    }
  }

  /** Pushes a chunk that others have, too, of a block of the slab, or one that is of a read. */
  private pushForeign(chunk: Buffer, block?: Block): void {
    if (block === undefined ? chunk.length < KEEPER_BYTES && this.waits : !this.mayBorrow(chunk)) {
      this.pushChunk(this.own(chunk));
      return;
    }
    if (block !== undefined) this.borrow(block, chunk.length);
    this.pushChunk(chunk);
  }

  /** Whether a chunk of the slab may go out as it is. */
  private mayBorrow(chunk: Buffer): boolean {
    return this.borrows && (chunk.length >= KEEPER_BYTES || !this.waits || this.slab.hasPlenty);
  }

  /** Notes that a view of `block` is what is pushed next. */
  private borrow(block: Block, bytes: number): void {
    const end = this.renderedBytes + bytes;
    const last = this.loans[this.loans.length - 1];
    if (last?.block === block) {
      last.end = end;
      return;
    }
    block.borrowers++;
    this.loans.push({ block, end });
  }

  /** Pushes a chunk. Its reader may make other encoders render before this returns. */
  private pushChunk(chunk: Buffer): void {
    if (chunk.length > 0) {
      this.renderedBytes += chunk.length;
      this.renderedChunks++;
      this.push(chunk);
    }
    this.start = this.slab.used;
  }

  /** Whether what is pushed will wait. */
  private get waits(): boolean {
    return this.backedUp || this.readableLength > 0;
  }

  /** A copy that keeps nothing alive but what waits for the same peer. */
  private own(chunk: Buffer): Buffer {
    const { length } = chunk;
    if (length > BLOCK_BYTES / 4) {
      const copy = Buffer.allocUnsafeSlow(length);
      copy.set(chunk);
      return copy;
    }
    if (this.block.length - this.blockUsed < length) {
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.blockUsed = 0;
    }
    const from = this.blockUsed;
    this.block.set(chunk, from);
    this.blockUsed += length;
    return this.block.subarray(from, this.blockUsed);
  }
}
