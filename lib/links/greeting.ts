import type { Clock } from '../domain/clock.js';
import type { Wire } from '../transport/wire.js';

/** What a server says of itself first. */
export type ServerInfo = Readonly<Record<string, unknown>>;

/** Longest first line, in bytes. */
const MAX_LINE_BYTES = 64 * 1024;
const LF = 10;

/** What came of waiting for INFO: exactly one of these is called, once, unless it is cancelled. */
export interface GreetingOutcome {
  /** What came after it is still to be read. */
  greeted(info: ServerInfo): void;
  failed(error: Error): void;
}

/** Reads the INFO with which a server greets a peer that connects, and no more. Returns what cancels that. */
export function readGreeting(
  { stream }: Wire,
  timeoutMs: number,
  { greeted, failed }: GreetingOutcome,
  clock: Clock,
): () => void {
  let line = Buffer.alloc(0);
  const stop = (): void => {
    stopTimer();
    stream.off('data', take);
    stream.off('close', closed);
    stream.pause();
  };
  const fail = (text: string): void => {
    stop();
    failed(new Error(text));
  };
  const closed = (): void => fail('the other server closed the connection before its INFO');
  const take = (chunk: Buffer): void => {
    line = Buffer.concat([line, chunk]);
    const end = line.indexOf(LF);
    if (end < 0) {
      if (line.length > MAX_LINE_BYTES) fail('what the other server said first is no INFO');
      return;
    }
    stop();
    const rest = line.subarray(end + 1);
    if (rest.length > 0) stream.unshift(rest);
    const info = infoIn(line.toString('utf8', 0, end));
    if (info === undefined) failed(new Error('what the other server said first is no INFO'));
    else greeted(info);
  };
  const stopTimer = clock.after(timeoutMs, () => fail(`no INFO within ${timeoutMs} ms`));
  stream.on('data', take);
  stream.on('close', closed);
  return stop;
}

function infoIn(line: string): ServerInfo | undefined {
  const [, json] = /^info[ \t]+(\{.*\})\s*$/i.exec(line) ?? [];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as ServerInfo;
  } catch {
    return undefined;
  }
}
