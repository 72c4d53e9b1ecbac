import type { CommandBatch } from '../../frame/command.js';
import type { Delivery } from '../../frame/delivery.js';
import type { FrameMemory } from '../../frame/memory.js';
import { DEFAULT_HIGH_WATER_BYTES, RunEncoder } from '../encoder.js';
import { type LeafFrame, renderLeaf } from './frames.js';
import { linkRunBound, renderLinkRun } from './render.js';

const CRLF = Buffer.from('\r\n');
/** Links render alike, whatever is at the other end. */
const LEAF_KEY = 20;

const NO_QUEUES = Buffer.alloc(0);
const BLANK = 32;

/**
 * Frames and runs in, bytes of a leaf link out. The `sid` of a run names its queue groups, separated by blanks; one that begins with a
 * blank, or is empty, names none.
 */
export class LeafEncoder extends RunEncoder<LeafFrame> {
  readonly renderKey = LEAF_KEY;

  /**
   * @param highWaterBytes rendered bytes that may wait to be read before the encoder exerts backpressure. Default 64 KiB
   * @param memory the broker's; undefined: that of all codecs used alone
   */
  constructor(highWaterBytes = DEFAULT_HIGH_WATER_BYTES, memory?: FrameMemory) {
    super(highWaterBytes, memory);
  }

  protected bound({ batch, from, to, sid }: Delivery): number {
    return linkRunBound(batch, from, to, this.queuesOf(sid).length);
  }

  protected render({ batch, from, to, sid }: Delivery, _out: Buffer, at: number): number {
    return renderLinkRun(batch, from, to, this.queuesOf(sid), this.memory.slab, at);
  }

  /** All that are for no queue group are rendered alike. */
  protected override shareId(sid: string): string {
    return sid.charCodeAt(0) === BLANK ? '' : sid;
  }

  private queuesOf(sid: string): Uint8Array {
    return sid === '' || sid.charCodeAt(0) === BLANK ? NO_QUEUES : this.memory.sids.of(sid);
  }

  protected pieces({ pieces }: CommandBatch): readonly Buffer[] {
    return [...pieces!, CRLF];
  }

  /** Links confirm nothing. */
  protected receiptsBound(): number {
    return 0;
  }

  protected renderReceipts(_receipt: unknown, _out: Buffer, at: number): number {
    return at;
  }

  protected frame(frame: LeafFrame): Buffer {
    return renderLeaf(frame);
  }
}

/**
 * Frames of a leaf link in, wire bytes out: plain `LeafFrame` objects of either direction, or arrays of them. The batches of a
 * `leafDecoder`, and their commands, may be written as they are; a fault, or anything that is no frame, is an error of the
 * stream.
 */
export function leafEncoder(): LeafEncoder {
  return new LeafEncoder();
}
