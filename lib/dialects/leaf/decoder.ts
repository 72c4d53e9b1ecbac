import type { Transform } from 'node:stream';
import type { FrameMemory } from '../../frame/memory.js';
import { Decoder } from '../base-decoder.js';
import type { LeafCommand } from './commands.js';
import { type LeafParserOptions, leafParserOptions } from './options.js';
import { LeafParser } from './parser.js';

/** The stream around a parser. */
export class LeafDecoder extends Decoder<LeafCommand> {
  private readonly parser: LeafParser;

  /** @param memory the broker's; undefined: that of all codecs used alone */
  constructor(options: LeafParserOptions, memory?: FrameMemory) {
    super();
    this.parser = new LeafParser(options, (batch) => this.emitBatch(batch), memory);
  }

  protected override decode(chunk: Buffer): void {
    this.parser.feed(chunk);
  }
}

/**
 * Bytes of the other end of a leaf link in, `CommandBatch<LeafCommand>` out: one batch a read, or a few. Messages for plain
 * subscribers are publishes, messages for queue groups are commands `{op: 'LMSG', queues, …}`. What the peer did wrong
 * travels in band as a last command `{op: 'FAULT', code}`, and bytes after it are ignored. An unfinished frame at the end is
 * dropped.
 *
 * Defaults: control lines to 64 KiB, messages and their headers to 1 MiB.
 */
export function leafDecoder(options: Partial<LeafParserOptions> = {}): Transform {
  return new LeafDecoder(leafParserOptions(options));
}
