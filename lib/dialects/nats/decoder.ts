import type { Transform } from 'node:stream';
import { MAX_CONTROL_LINE_BYTES, MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '../../domain/limits.js';
import type { FrameMemory } from '../../frame/memory.js';
import { Decoder } from '../base-decoder.js';
import type { NatsParserOptions } from './options.js';
import { NatsParser } from './parser.js';

/** The stream around a parser; its options may change, and hold for what is read from then on. */
export class NatsDecoder extends Decoder {
  private readonly parser: NatsParser;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(options: NatsParserOptions, memory?: FrameMemory) {
    super();
    this.parser = new NatsParser(options, (batch) => this.emitBatch(batch), memory);
  }

  protected override decode(chunk: Buffer): void {
    this.parser.feed(chunk);
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
