import { Transform, type TransformCallback } from 'node:stream';
import { MAX_CONTROL_LINE_BYTES, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../domain/limits.js';
import type { FrameMemory } from '../../frame/memory.js';
import { NatsParser, type NatsParserOptions } from './parser.js';

/** Batches that may wait in a decoder until they are read. One: a held publisher must stop being read soon. */
const READABLE_BATCHES = 1;

/** The stream around a parser; its options may change, and hold for what is read from then on. */
export class NatsDecoder extends Transform {
  private readonly parser: NatsParser;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(options: NatsParserOptions, memory?: FrameMemory) {
    super({ readableObjectMode: true, readableHighWaterMark: READABLE_BATCHES });
    this.parser = new NatsParser(options, (batch) => this.push(batch), memory);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.parser.feed(chunk);
    done();
  }
}

/**
 * Bytes of a NATS client in, `CommandBatch<NatsCommand>` out: one batch a read, or a few. What the peer did wrong
 * travels in band as a last command `{op: 'FAULT', code}`, and bytes after it are ignored; the stream itself never
 * fails. An unfinished frame at the end is dropped.
 *
 * Defaults: control lines to 4,096 bytes, messages and their headers to 1 MiB, HPUB accepted with or without a CONNECT.
 */
export function natsDecoder(options: Partial<NatsParserOptions> = {}): Transform {
  return new NatsDecoder({
    // Read anew for each read: the caller may change them.
    get maxControlLineBytes() {
      return options.maxControlLineBytes ?? MAX_CONTROL_LINE_BYTES;
    },
    get maxPayloadBytes() {
      return options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES;
    },
    get maxHeaderBytes() {
      return options.maxHeaderBytes ?? MAX_HEADER_BYTES;
    },
    headersNeedConnect: options.headersNeedConnect ?? false,
    connectFirst: options.connectFirst ?? false,
  });
}
