import type { CommandBatch } from '../../frame/command.js';
import type { Delivery, Receipt } from '../../frame/delivery.js';
import type { FrameMemory } from '../../frame/memory.js';
import { DEFAULT_HIGH_WATER_BYTES, RunEncoder } from '../encoder.js';
import type { NatsFrame } from './commands.js';
import { renderFrame } from './frames.js';
import { piecesOf, renderBound, renderRun } from './render.js';

const CRLF = Buffer.from('\r\n');
const OK = Buffer.from('+OK\r\n');
const NOTHING = Buffer.alloc(0);
const PLAIN_KEY = 1;
const HEADERS_KEY = 2;

export interface NatsEncoderOptions {
  /** Whether messages with headers go out as HMSG; without it their headers are left out. Default true. */
  readonly headers?: boolean;
  /** Encoded bytes that may wait to be read before the encoder exerts backpressure. Default 64 KiB. */
  readonly highWaterBytes?: number;
}

/** Frames and runs in, NATS wire bytes out. */
export class NatsEncoder extends RunEncoder<NatsFrame> {
  headers: boolean;

  constructor(options: NatsEncoderOptions = {}, memory?: FrameMemory) {
    super(options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES, memory);
    this.headers = options.headers ?? true;
  }

  get renderKey(): number {
    return this.headers ? HEADERS_KEY : PLAIN_KEY;
  }

  protected bound({ batch, from, to, sid }: Delivery): number {
    return renderBound(batch, from, to, this.memory.sids.of(sid).length);
  }

  protected render({ batch, from, to, sid }: Delivery, _out: Buffer, at: number): number {
    const { sids, slab } = this.memory;
    return renderRun(batch, from, to, sids.of(sid), this.headers, slab, at);
  }

  protected pieces(batch: CommandBatch): readonly Buffer[] {
    return [...piecesOf(batch, this.headers), CRLF];
  }

  protected receiptsBound(_batch: CommandBatch, from: number, to: number): number {
    return (to - from) * OK.length;
  }

  protected renderReceipts({ from, to }: Receipt, out: Buffer, at: number): number {
    const end = at + (to - from) * OK.length;
    out.fill(OK, at, end);
    return end;
  }

  protected frame(frame: NatsFrame): Buffer {
    if (frame.op === 'HEADERS') {
      this.headers = frame.on;
      return NOTHING;
    }
    if (this.headers || !('headers' in frame)) return renderFrame(frame);
    const { headers: _left, ...rest } = frame;
    return renderFrame(rest);
  }
}

/**
 * NATS frames in, wire bytes out: plain `NatsFrame` objects of either direction, or arrays of them. The batches of a
 * `natsDecoder`, and their commands, may be written as they are; a fault, or anything that is no frame, is an error
 * of the stream.
 */
export function natsEncoder(options: NatsEncoderOptions = {}): NatsEncoder {
  return new NatsEncoder(options);
}
