import type { ErrorCode } from '../domain/errors.js';
import { CommandBatch, PAYLOAD, PAYLOAD_END, STRIDE } from '../frame/command.js';
import type { Fault } from '../frame/fault.js';
import { type FrameMemory, memoryOfCodecs } from '../frame/memory.js';
import type { Reading } from '../frame/reading.js';
import type { RowScratch } from '../frame/rows.js';
import { Assembler } from './assembler.js';

/** Frames up to this size that span reads are joined and parsed in place; larger ones keep their pieces. */
const JOIN_BYTES = 65_536;

/**
 * What parsers have in common whose frames are a control line, for messages followed by a payload of the size that the line
 * declares: puts together what spans reads. Bytes in, command batches out; pure but for its own memory of what is unfinished.
 *
 * @typeParam C commands that are not publishes
 */
export abstract class SpanningParser<C extends object> {
  protected readonly rows: RowScratch;
  protected readonly reading: Reading;
  protected others: (C | Fault)[] = [];
  /** Payload size that the last parsed publish line declared, where its payload is not all there. */
  protected declared = 0;
  /** Where the payload of the unfinished publish starts, or -1 where its line is unfinished. */
  protected declaredLineEnd = -1;
  protected failed = false;
  private readonly emit: (batch: CommandBatch<C | Fault>) => void;
  /** An unfinished control line from earlier reads. */
  private head: Buffer | undefined;
  /** An unfinished payload from earlier reads, and its finished control line. */
  private body: Assembler | undefined;
  private control: Buffer | undefined;
  /** Whether that line ended without a CR, and its payload may so, too. */
  private bareLine = false;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(emit: (batch: CommandBatch<C | Fault>) => void, memory: FrameMemory = memoryOfCodecs()) {
    this.emit = emit;
    this.rows = memory.rows;
    this.reading = memory.reading;
  }

  /**
   * Parses whole frames of `bytes[at…)` into rows; returns where the first unfinished one starts, and leaves in
   * `declaredLineEnd` and `declared` what is known of it.
   */
  protected abstract parse(bytes: Buffer, at: number): number;
  /** Writes the row of the publish line `bytes[at, lineEnd)`, or returns what is wrong with it. */
  protected abstract parsePublishLine(bytes: Buffer, at: number, lineEnd: number): ErrorCode | undefined;
  /** What is kept of the unfinished line `bytes[at…)`. */
  protected abstract unfinishedLine(bytes: Buffer, at: number): Buffer;
  /**
   * The row of a message that came in pieces has been written; the header block begins in the first of them. Returns whether
   * the row stands for it: false where a command has taken its place, which has the payload.
   */
  protected abstract piecesComplete(pieces: readonly Buffer[]): boolean;

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
      this.head = this.unfinishedLine(chunk, at);
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
    const keepsPieces = this.piecesComplete(pieces);
    this.deliver(
      new CommandBatch(control, rows.take(control), this.others, keepsPieces ? pieces : undefined),
    );
    this.others = [];
  }

  protected deliver(batch: CommandBatch<C | Fault>): void {
    this.emit(batch);
  }

  protected flush(bytes: Buffer): void {
    const { rows } = this;
    if (rows.empty) return;
    const others = this.others;
    if (others.length > 0) this.others = [];
    const batch = new CommandBatch(bytes, rows.take(bytes), others);
    this.reading.lend(batch);
    this.deliver(batch);
  }

  protected finishWithFault(code: ErrorCode, bytes: Buffer): void {
    this.fault(code);
    this.flush(bytes);
  }

  protected fault(code: ErrorCode): void {
    this.failed = true;
    this.command({ op: 'FAULT', code });
  }

  protected failAt(code: ErrorCode, end: number): number {
    this.fault(code);
    return end;
  }

  protected command(command: C | Fault): void {
    this.rows.other(this.others.push(command) - 1);
  }

  /** The payload that starts at `payload` and its line end are not all there: returns `at`, where its frame starts. */
  protected unfinishedPayload(at: number, payload: number, payloadBytes: number): number {
    this.declared = payloadBytes;
    this.declaredLineEnd = payload;
    return at;
  }
}

/**
 * Whether the line that ends before `lineEnd` ends in LF alone. Then its payload may, too: that is how people type at
 * `nc`. (nats-server takes such lines, but wants CRLF after a payload all the same.)
 */
export function endsBare(bytes: Uint8Array, lineEnd: number): boolean {
  return bytes[lineEnd - 2] !== 13;
}

/** Takes the line end after a payload of `bytes` bytes off the pieces; false where it is not there. */
function dropTrailer(pieces: Buffer[], bytes: number): boolean {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return dropLast(pieces, 10) && (total === bytes + 1 || dropLast(pieces, 13));
}

function dropLast(pieces: Buffer[], byte: number): boolean {
  const last = pieces[pieces.length - 1];
  if (last === undefined || last[last.length - 1] !== byte) return false;
  if (last.length > 1) pieces[pieces.length - 1] = last.subarray(0, last.length - 1);
  else pieces.pop();
  return true;
}
