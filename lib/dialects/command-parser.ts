import { asBuffer } from '../frame/as-buffer.js';
import type { CommandBatch, Publish } from '../frame/command.js';
import type { Parser } from './parser.js';

/**
 * A parser that returns plain commands, from one that emits batches.
 * @param make makes that one
 */
export function commandParser<C>(
  make: (emit: (batch: CommandBatch<C>) => void) => { feed(chunk: Buffer): void },
): Parser<C | Publish> {
  let found: (C | Publish)[] = [];
  const parser = make((batch) => {
    for (const command of batch) found.push(command);
  });
  return {
    feed(chunk) {
      found = [];
      parser.feed(asBuffer(chunk));
      return found;
    },
  };
}
