import type { CommandBatch } from '../../frame/command.js';
import type { Delivery, Receipt } from '../../frame/delivery.js';
import type { FrameMemory } from '../../frame/memory.js';
import { DEFAULT_HIGH_WATER_BYTES, RunEncoder } from '../encoder.js';
import type { LineOutput } from './commands.js';
import { renderLine } from './frames.js';
import type { LineEnd } from './options.js';
import { renderBound, renderEscaped, renderReceipts, renderUpdates } from './render.js';

const LF = Buffer.from('\n');
const CRLF = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);
const LF_KEY = 3;
const CRLF_KEY = 4;

export interface LineEncoderOptions extends LineEnd {
  /** Encoded bytes that may wait to be read before the encoder exerts backpressure. Default 64 KiB. */
  readonly highWaterBytes?: number;
}

/** Frames and runs in, lines out. */
export class LineEncoder extends RunEncoder<LineOutput> {
  crlf: boolean;

  constructor(options: LineEncoderOptions = {}, memory?: FrameMemory) {
    super(options.highWaterBytes ?? DEFAULT_HIGH_WATER_BYTES, memory);
    this.crlf = options.crlf ?? false;
  }

  get renderKey(): number {
    return this.crlf ? CRLF_KEY : LF_KEY;
  }

  /** In the line dialect a message looks the same whichever subscription it is for. */
  protected override shareId(): string {
    return '';
  }

  protected bound({ batch, from, to }: Delivery): number {
    return renderBound(batch, from, to);
  }

  protected render({ batch, from, to, raw }: Delivery, out: Buffer, at: number): number {
    if (raw) return renderEscaped(batch, from, to, this.lineEnd, out, at);
    return renderUpdates(batch, from, to, this.lineEnd, out, at);
  }

  protected pieces(): readonly Buffer[] {
    return []; // a line is one piece
  }

  protected receiptsBound(batch: CommandBatch, from: number, to: number): number {
    return renderBound(batch, from, to);
  }

  protected renderReceipts({ batch, from, to }: Receipt, out: Buffer, at: number): number {
    return renderReceipts(batch, from, to, this.lineEnd, out, at);
  }

  protected frame(frame: LineOutput): Buffer {
    if (frame.op === 'CRLF') {
      this.crlf = true;
      return NOTHING;
    }
    return renderLine(frame, this);
  }

  private get lineEnd(): Buffer {
    return this.crlf ? CRLF : LF;
  }
}

/** Line frames in, lines out: plain `LineFrame` objects or arrays of them. No text can forge a line. */
export function lineEncoder(options: LineEncoderOptions = {}): LineEncoder {
  return new LineEncoder(options);
}
