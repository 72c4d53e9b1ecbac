import { Transform, type TransformCallback } from 'node:stream';
import type { CommandBatch } from '../frame/command.js';

/** Batches that may wait in a decoder until they are read. One: a held publisher must stop being read soon. */
const READABLE_BATCHES = 1;

/** Decides when a decoder takes the next read. Calls `goOn` once, at once or later. */
export interface DecoderGate {
  /** `bytes` bytes have been decoded into `commands` commands. */
  decoded(bytes: number, commands: number, goOn: () => void): void;
}

/**
 * What decoders of all dialects have in common: bytes in, `CommandBatch` objects out. A throw of `decode` is an error of the
 * stream, so that it ends the connection that it belongs to, and no other.
 *
 * @typeParam C the dialect's commands that are not publishes
 */
export abstract class Decoder<C = unknown> extends Transform {
  /** Slows reading down; undefined: the next read is taken at once. */
  gate: DecoderGate | undefined = undefined;
  private commands = 0;

  constructor() {
    super({ readableObjectMode: true, readableHighWaterMark: READABLE_BATCHES });
  }

  /** Parses one read and calls `emitBatch` for what it completes. The chunk may be kept, but not changed. */
  protected abstract decode(chunk: Buffer): void;

  /** Hands over a batch. Empty ones are left out. */
  protected emitBatch(batch: CommandBatch<C>): void {
    if (batch.length === 0) return;
    this.commands += batch.length;
    this.push(batch);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.decode(chunk);
    } catch (error) {
      done(error as Error);
      return;
    }
    const { commands, gate } = this;
    this.commands = 0;
    if (gate === undefined) done();
    else gate.decoded(chunk.length, commands, done);
  }
}
