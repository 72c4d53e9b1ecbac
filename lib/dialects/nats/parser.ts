import { CommandBatch, PAYLOAD, PAYLOAD_END, STRIDE } from '../../frame/command.js';
import { Assembler } from './assembler.js';
import { dropTrailer, endsBare, unfinishedLine } from './control-lines.js';
import { FrameParser } from './frame-parser.js';
import { mayAskTrace } from './trace-headers.js';

export type { NatsParserOptions } from './options.js';

/** Frames up to this size that span reads are joined and parsed in place; larger ones keep their pieces. */
const JOIN_BYTES = 65_536;

/** Bytes in, command batches out; pure but for its own memory of what is unfinished. */
export class NatsParser extends FrameParser {
  /** An unfinished control line from earlier reads. */
  private head: Buffer | undefined;
  /** An unfinished payload from earlier reads, and its finished control line. */
  private body: Assembler | undefined;
  private control: Buffer | undefined;
  /** Whether that line ended without a CR, and its payload may so, too. */
  private bareLine = false;

  /** Parses one read. Emits a batch for what it completed; a fault is the last command ever emitted. */
  feed(chunk: Buffer): void {
    this.rows.begin();
    const bytes = this.reading.holds(chunk) ? this.beginPayload(chunk) : chunk;
    let at = 0;
    while (at < bytes.length && !this.failed) {
      if (this.body !== undefined) at = this.continueBody(bytes, at);
      else if (this.head !== undefined) at = this.continueHead(bytes, at);
      else at = this.parseWhole(bytes, at);
    }
  }

  /**
   * Has a frame that is finished by this read, or a line that may be, lie right before it, so that all of it is parsed in
   * place, as one batch. Returns what there is to parse.
   */
  private beginPayload(chunk: Buffer): Buffer {
    const { reading, head, body, control } = this;
    reading.consumed = true;
    let whole: Buffer | undefined;
    if (head !== undefined) whole = reading.prepend([head], chunk);
    else if (body !== undefined && body.missing <= chunk.length && this.isJoined(control!))
      whole = reading.prepend([control!, ...body.finish()], chunk);
    if (whole === undefined) return chunk;
    this.head = undefined;
    this.body = undefined;
    this.control = undefined;
    return whole;
  }

  /** Whether the unfinished publish with this line is small enough to be made whole again. */
  private isJoined(control: Buffer): boolean {
    return control.length + this.declared + 2 <= JOIN_BYTES;
  }

  /** Parses the frames that are whole in `chunk[at…)`, in place, and keeps the rest; returns the chunk's end. */
  private parseWhole(chunk: Buffer, at: number): number {
    const rest = this.parse(chunk, at);
    this.flush(chunk);
    if (rest < chunk.length && !this.failed) this.keep(chunk, rest);
    return chunk.length;
  }

  /** Keeps `chunk[at…)`, the beginning of a frame. */
  private keep(chunk: Buffer, at: number): void {
    const lineEnd = this.declaredLineEnd;
    if (lineEnd < 0) {
      this.head = unfinishedLine(chunk, at);
      return;
    }
    this.control = Buffer.from(chunk.subarray(at, lineEnd));
    this.bareLine = endsBare(chunk, lineEnd);
    this.body = new Assembler(this.declared + (this.bareLine ? 1 : 2), this.reading);
    this.takeBody(chunk, lineEnd);
  }

  /**
   * Takes bytes of an unfinished payload and its line end; returns the position after them. Faults as soon as the byte
   * after the payload is not the CR it should be; after a line without one, it asks for an LF only if there is a CR.
   */
  private takeBody(chunk: Buffer, at: number): number {
    const body = this.body!;
    const end = body.take(chunk, at);
    const last = chunk[end - 1];
    if (!this.bareLine) {
      if (body.missing === 1 && last !== 13) this.finishWithFault('UNKNOWN_OPERATION', chunk);
    } else if (body.missing === 0 && last === 13) {
      this.bareLine = false;
      body.missing = 1;
    }
    return end;
  }

  /** Completes a control line with bytes of `chunk[at…)`; returns the position after those it used. */
  private continueHead(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(10, at);
    const end = newline < 0 ? chunk.length : newline + 1;
    const line = Buffer.concat([this.head!, chunk.subarray(at, end)]);
    this.head = undefined;
    const rest = this.parse(line, 0);
    this.flush(line);
    if (rest < line.length && !this.failed) this.keep(line, rest);
    return end;
  }

  /** Completes a payload with bytes of `chunk[at…)`; returns the position after those it used. */
  private continueBody(chunk: Buffer, at: number): number {
    const body = this.body!;
    const end = this.takeBody(chunk, at);
    if (body.missing > 0) return end;
    const control = this.control!;
    const pieces = body.finish();
    this.body = undefined;
    this.control = undefined;
    if (this.isJoined(control)) {
      const frame = Buffer.concat([control, ...pieces]);
      this.parse(frame, 0);
      this.flush(frame);
    } else this.emitPieces(control, pieces);
    return end;
  }

  /** A publish too large to join: its line in `bytes`, its payload in the pieces it came in. */
  private emitPieces(control: Buffer, pieces: Buffer[]): void {
    const { rows } = this;
    this.parsePublishLine(control, 0, control.length);
    rows.columns[rows.used - STRIDE + PAYLOAD] = control.length;
    rows.columns[rows.used - STRIDE + PAYLOAD_END] = control.length;
    if (!dropTrailer(pieces, this.declared)) {
      rows.drop();
      this.finishWithFault('UNKNOWN_OPERATION', control);
      return;
    }
    const { headerBytes } = rows;
    if (headerBytes > 0) {
      const block = pieces[0]!.length >= headerBytes ? pieces[0]! : Buffer.concat(pieces, headerBytes);
      rows.setTraced(mayAskTrace(block, 0, headerBytes, this.options.takesTraceParents === true));
    }
    this.deliver(new CommandBatch(control, rows.take(control), this.others, pieces));
    this.others = [];
  }
}
