import { MAX_LINE_BYTES, MAX_TOPIC_BYTES } from '../../domain/limits.js';
import { asBuffer } from '../../frame/as-buffer.js';
import type { Publish } from '../../frame/command.js';
import type { Parser } from '../parser.js';
import type { LineCommand } from './commands.js';
import { LineGuard } from './guard.js';
import type { LineDecoderOptions } from './options.js';
import { LineParser } from './parser.js';

/**
 * What `lineDecoder` reads, without a stream: bytes of a line client in, commands out, faults among them. After one
 * of LINE_TOO_LONG, HTTP_REQUEST and OTHER_PROTOCOL further bytes are ignored.
 */
export function lineParser(options: LineDecoderOptions = {}): Parser<LineCommand | Publish> {
  const guard = new LineGuard(() => options.maxLineBytes ?? MAX_LINE_BYTES);
  const parser = new LineParser(options.maxTopicBytes ?? MAX_TOPIC_BYTES);
  return {
    feed(chunk) {
      if (parser.isOver) return [];
      parser.begin(guard.feed(asBuffer(chunk)));
      return [...(parser.all() ?? [])];
    },
  };
}
