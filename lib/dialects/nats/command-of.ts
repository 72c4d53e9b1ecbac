import { textOf } from '../../frame/text.js';
import { errorMessage, parseConnect, parseInfo, parseSub, parseUnsub, words } from './arguments.js';
import type { NatsCommand } from './commands.js';
import type { Verb } from './verbs.js';

/** Parses a command without a payload whose arguments are `bytes[start, stop)`; undefined: they are wrong. */
export function commandOf(verb: Verb, bytes: Buffer, start: number, stop: number): NatsCommand | undefined {
  switch (verb.name) {
    case 'PING':
    case 'PONG':
    case '+OK':
      return { op: verb.name };
    case '-ERR':
      return { op: '-ERR', message: errorMessage(bytes, start, stop) };
    case 'CONNECT': {
      const options = parseConnect(bytes.toString('utf8', start, stop));
      if (options === undefined) return undefined;
      return { op: 'CONNECT', options };
    }
    case 'INFO': {
      const info = parseInfo(bytes.toString('utf8', start, stop));
      return info === undefined ? undefined : { op: 'INFO', info };
    }
    default: {
      const args: string[] = [];
      const found = words(bytes, start, stop, true);
      for (let i = 0; i < found.length; i += 2) args.push(textOf(bytes, found[i]!, found[i + 1]!));
      return verb.name === 'SUB' ? parseSub(args) : parseUnsub(args);
    }
  }
}
