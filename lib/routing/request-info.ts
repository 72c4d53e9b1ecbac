import type { CommandBatch } from '../frame/command.js';
import { withoutTrace } from './trace-request.js';

/*
 * A request that comes to a service from another account says so in a header, which the requester cannot set itself:
 * `Nats-Request-Info: {"acc":"B","svc":"C","rtt":437252}`. `acc` is the account it came from at first, `svc` the last
 * it came through, `rtt` the requester's round trip in nanoseconds, where it is known.
 */
export interface RequestInfo {
  readonly acc: string;
  readonly svc?: string;
  readonly rtt?: number;
}

const NAME = 'Nats-Request-Info';
const VERSION = 'NATS/1.0\r\n';

/**
 * The header block of row `row` with `info` in it, in the place of what it said of itself. A trace that it asks for is of
 * no use in the other account, and is disabled.
 */
export function headersWith(batch: CommandBatch, row: number, info: RequestInfo): Buffer {
  const own = batch.headers(row)?.toString('latin1');
  const kept =
    own === undefined
      ? [VERSION]
      : linesOf(own)
          .filter((line) => !isInfo(line))
          .map(withoutTrace);
  return Buffer.from(`${kept.join('')}${NAME}: ${json(info)}\r\n\r\n`, 'latin1');
}

/** The lines of a header block with their ends, without the empty one. */
function linesOf(block: string): string[] {
  return (block.match(/[^\n]*\n/g) ?? []).filter((line) => line !== '\r\n' && line !== '\n');
}

function isInfo(line: string): boolean {
  return line.slice(0, NAME.length + 1).toLowerCase() === `${NAME.toLowerCase()}:`;
}

/** UTF-8, a character a byte. */
function json({ acc, svc, rtt }: RequestInfo): string {
  return Buffer.from(JSON.stringify({ acc, svc, rtt })).toString('latin1');
}
