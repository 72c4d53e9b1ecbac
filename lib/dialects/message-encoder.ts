import type { CommandBatch, Publish } from '../frame/command.js';
import type { Delivery, Receipt } from '../frame/delivery.js';
import type { FrameMemory } from '../frame/memory.js';
import { DEFAULT_HIGH_WATER_BYTES, RunEncoder } from './encoder.js';

/**
 * An encoder for dialects that render one message at a time, each into a Buffer of its own: simpler than `RunEncoder`, and
 * slower, as it allocates for each message and shares no rendering between connections.
 *
 * @typeParam F the dialect's frames that are not messages
 */
export abstract class MessageEncoder<F extends object> extends RunEncoder<F> {
  readonly renderKey: number;
  protected override readonly sharesRuns = false;
  private rendered: readonly Buffer[] = [];

  /**
   * @param memory what `Dialect.encoder` was given
   * @param highWaterBytes rendered bytes that may wait to be read before the encoder exerts backpressure. Default 64 KiB
   */
  constructor(memory?: FrameMemory, highWaterBytes = DEFAULT_HIGH_WATER_BYTES) {
    super(highWaterBytes, memory);
    this.renderKey = this.memory.newRenderKey();
  }

  /** Renders a message for the subscription `sid`. Subject and payload may be any bytes: a text dialect has to escape them. */
  protected abstract message(message: Publish, sid: string): Buffer;

  /** Renders the confirmation of a publish, where `link.receipts` asks for these. Default: nothing. */
  protected receipt(_message: Publish): Buffer {
    return Buffer.alloc(0);
  }

  protected bound({ batch, from, to, sid }: Delivery): number {
    return this.renderEach(batch, from, to, (message) => this.message(message, sid));
  }

  protected render(_run: Delivery, out: Buffer, at: number): number {
    return this.copyInto(out, at);
  }

  /** A message that came in pieces is rendered whole. */
  protected pieces(): readonly Buffer[] {
    return [];
  }

  protected receiptsBound(batch: CommandBatch, from: number, to: number): number {
    return this.renderEach(batch, from, to, (message) => this.receipt(message));
  }

  protected renderReceipts(_receipt: Receipt, out: Buffer, at: number): number {
    return this.copyInto(out, at);
  }

  /** Renders rows `[from, to)`, for `copyInto` to copy; returns the sum of their sizes. */
  private renderEach(
    batch: CommandBatch,
    from: number,
    to: number,
    render: (message: Publish) => Buffer,
  ): number {
    const rendered: Buffer[] = [];
    let bytes = 0;
    for (let row = from; row < to; row++) {
      const frame = render(batch.publish(row));
      rendered.push(frame);
      bytes += frame.length;
    }
    this.rendered = rendered;
    return bytes;
  }

  private copyInto(out: Buffer, at: number): number {
    let end = at;
    for (const frame of this.rendered) {
      out.set(frame, end);
      end += frame.length;
    }
    this.rendered = [];
    return end;
  }
}
