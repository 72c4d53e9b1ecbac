import type { Publish } from '../../frame/command.js';
import { commandParser } from '../command-parser.js';
import type { Parser } from '../parser.js';
import type { LeafCommand } from './commands.js';
import { type LeafParserOptions, leafParserOptions } from './options.js';
import { LeafParser } from './parser.js';

/**
 * What `leafDecoder` reads, without a stream: bytes of the other end of a leaf link in, commands out. A fault is the last of
 * them, and bytes after it are ignored. The options are those of `leafDecoder`.
 */
export function leafParser(options: Partial<LeafParserOptions> = {}): Parser<LeafCommand | Publish> {
  return commandParser((emit) => new LeafParser(leafParserOptions(options), emit));
}
