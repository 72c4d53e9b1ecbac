import type { Publish } from '../../frame/command.js';
import { commandParser } from '../command-parser.js';
import type { Parser } from '../parser.js';
import type { NatsCommand } from './commands.js';
import { type NatsParserOptions, natsParserOptions } from './options.js';
import { NatsParser } from './parser.js';

/**
 * What `natsDecoder` reads, without a stream: bytes of a NATS client in, commands out. A fault is the last of them,
 * and bytes after it are ignored. The options are those of `natsDecoder`.
 */
export function natsParser(options: Partial<NatsParserOptions> = {}): Parser<NatsCommand | Publish> {
  return commandParser((emit) => new NatsParser(natsParserOptions(options), emit));
}
