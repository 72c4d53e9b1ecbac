import { LEAF_DIALECT } from '../../domain/dialect-name.js';
import type { Dialect, Link, Session } from '../codec.js';
import type { LeafCommand } from './commands.js';
import { LeafDecoder } from './decoder.js';
import { LeafEncoder } from './encoder.js';
import { LEAF_ERRORS } from './error-texts.js';
import type { LeafFrame } from './frames.js';
import type { LeafParserOptions } from './options.js';

/** The protocol of leaf links, between servers. */
export function leafDialect(
  options: LeafParserOptions,
  session: (link: Link<LeafFrame>) => Session<LeafCommand>,
): Dialect<LeafCommand, LeafFrame> {
  return {
    name: LEAF_DIALECT,
    connectionType: 'LEAFNODE',
    webSocketType: 'LEAFNODE_WS',
    readsInPlace: true,
    decoder: (memory) => new LeafDecoder(options, memory),
    encoder: (highWaterBytes, memory) => new LeafEncoder(highWaterBytes, memory),
    session,
    errors: LEAF_ERRORS,
    logged: loggedFields,
  };
}

/** What the log may show of a command: no credentials. */
function loggedFields(command: LeafCommand): object {
  switch (command.op) {
    case 'LS+':
    case 'LS-':
      return { subject: command.subject, queue: command.queue };
    case 'LMSG':
      return { subject: command.subject, reply: command.reply, queues: command.queues };
    case '-ERR':
      return { message: command.message };
    case 'FAULT':
      return { code: command.code };
    default:
      return {};
  }
}
