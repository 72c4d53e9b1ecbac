import type { Transform } from 'node:stream';
import type { CommandBatch } from '../frame/command.js';
import { Decoder } from './base-decoder.js';

/** The decoder of a dialect as a `Decoder`: as it is where it extends that class, and else with one around it. */
export function decoderOf(decoder: Transform): Decoder {
  return decoder instanceof Decoder ? decoder : new TransformDecoder(decoder);
}

/**
 * A decoder around any Transform that takes bytes and pushes `CommandBatch` objects. Errors and throws of that are errors of
 * this stream, and rates are limited here.
 */
export class TransformDecoder<C = unknown> extends Decoder<C> {
  private readonly inner: Transform;

  constructor(inner: Transform) {
    super();
    this.inner = inner;
    inner.on('data', (batch: CommandBatch<C>) => {
      try {
        this.emitBatch(batch);
      } catch (error) {
        this.destroy(error as Error);
      }
    });
    // Without a listener an error would end the process.
    inner.on('error', (error: Error) => this.destroy(error));
    this.once('close', () => inner.destroy());
  }

  protected override decodeChunk(chunk: Buffer, done: (error?: Error | null) => void): void {
    this.inner.write(chunk, done);
  }

  /** Not used: a read is finished once the inner stream has taken it. */
  protected override decode(): void {}

  override _flush(done: (error?: Error | null) => void): void {
    this.inner.once('close', done);
    this.inner.end();
  }
}
