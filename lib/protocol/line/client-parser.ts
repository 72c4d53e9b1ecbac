import { MAX_LINE_BYTES, MAX_TOPIC_BYTES } from '../../limits.js';
import { asBuffer } from '../as-buffer.js';
import type { Publish } from '../command.js';
import type { Parser } from '../parser.js';
import type { LineCommand } from './commands.js';
import { LineGuard } from './guard.js';
import type { LineDecoderOptions } from './options.js';
import { LineParser } from './parser.js';

/**
 * What `lineDecoder` reads, without a stream: bytes of a line client in, commands out, faults among them; only after
 * LINE_TOO_LONG further bytes are ignored.
 */
export function lineParser(options: LineDecoderOptions = {}): Parser<LineCommand | Publish> {
  const guard = new LineGuard(() => options.maxLineBytes ?? MAX_LINE_BYTES);
  const parser = new LineParser(options.maxTopicBytes ?? MAX_TOPIC_BYTES);
  let failed = false;
  return {
    feed(chunk) {
      if (failed) return [];
      const { bytes, lines, overflow } = guard.feed(asBuffer(chunk));
      failed = overflow;
      parser.begin(bytes, lines, overflow);
      return [...(parser.all() ?? [])];
    },
  };
}
