import { Transform, type TransformCallback } from 'node:stream';
import type { CommandBatch } from '../frame/command.js';

/** Batches that may wait in a decoder until they are read. One: a held publisher must stop being read soon. */
const READABLE_BATCHES = 1;

/** Decides when a decoder takes the next read. */
export interface DecoderGate {
  /** `bytes` bytes have been decoded into `commands` commands. Calls `goOn` once, now or later. */
  decoded(bytes: number, commands: number, goOn: () => void): void;
  /** No more will be written: what waits is to go on. */
  ended(): void;
}

/**
 * What decoders of all dialects have in common: bytes in, `CommandBatch` objects out. A throw of `decode`, or of `_transform`
 * where a dialect overrides that, is an error of the stream, so that it ends the connection that it belongs to, and no other.
 * Node itself makes an error of the stream of what `_flush` throws.
 *
 * @typeParam C the dialect's commands that are not publishes
 */
export abstract class Decoder<C = unknown> extends Transform {
  /** Limits the rate; undefined: the next read is taken at once. */
  gate: DecoderGate | undefined = undefined;
  /** Calls `decode` once, now or later: where a read waits until it may be decoded; undefined: it is decoded at once. */
  turn: ((decode: () => void) => void) | undefined = undefined;
  /** Asked before each further read is taken; calls `goOn` once, now or later. */
  hold: ((goOn: () => void) => void) | undefined = undefined;
  private commands = 0;

  constructor() {
    super({ readableObjectMode: true, readableHighWaterMark: READABLE_BATCHES });
  }

  /** Parses one read and calls `emitBatch` for what it completes. The chunk may be kept, but not changed. */
  protected abstract decode(chunk: Buffer): void;

  /** The same for decoders that finish a read later: calls `done` once. */
  protected decodeChunk(chunk: Buffer, done: (error?: Error | null) => void): void {
    this.decode(chunk);
    done();
  }

  /** Hands over a batch. Empty ones are left out. */
  protected emitBatch(batch: CommandBatch<C>): void {
    if (batch.length === 0) return;
    this.commands += batch.length;
    this.push(batch);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const { turn } = this;
    if (turn === undefined) this.decodeRead(chunk, done);
    else turn(() => this.decodeInTurn(chunk, done));
  }

  private decodeInTurn(chunk: Buffer, done: TransformCallback): void {
    if (this.destroyed) return;
    try {
      this.decodeRead(chunk, done);
    } catch (error) {
      done(error as Error);
    }
  }

  private decodeRead(chunk: Buffer, done: TransformCallback): void {
    this.commands = 0;
    const isFree = this.gate === undefined && this.hold === undefined;
    this.decodeChunk(chunk, isFree ? done : (error) => this.finishRead(error, chunk.length, done));
  }

  /** A throw would reach the code that wrote, and from a socket's read event that is the process. */
  override _write(chunk: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    try {
      super._write(chunk, encoding, done);
    } catch (error) {
      done(error as Error);
    }
  }

  override end(done?: () => void): this;
  override end(chunk: unknown, done?: () => void): this;
  override end(chunk: unknown, encoding?: BufferEncoding, done?: () => void): this;
  override end(...words: readonly unknown[]): this {
    this.gate?.ended();
    return super.end(...(words as []));
  }

  private finishRead(error: Error | null | undefined, bytes: number, done: TransformCallback): void {
    const { commands, gate } = this;
    if (error) done(error);
    else if (gate === undefined) this.waitForHold(done);
    else gate.decoded(bytes, commands, () => this.waitForHold(done));
  }

  private waitForHold(done: TransformCallback): void {
    if (this.hold === undefined) done();
    else this.hold(() => done());
  }
}
