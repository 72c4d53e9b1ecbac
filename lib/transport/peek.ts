import type { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';

/** What was looked for, or that it was not there in time, or that it will not come. */
export type Seen<T> = T | 'late' | 'ended';

/**
 * Waits until the peer has sent what `judge` knows something by, `withinMs` at most, and leaves all of it to be read, also
 * where that is late. Returns what cancels it; it is over, too, once the wire is closed.
 *
 * @param judge is given all that has come so far, which is something; undefined: more is needed
 */
export function peek<T>(
  wire: Duplex,
  withinMs: number,
  judge: (bytes: Buffer) => T | undefined,
  found: (seen: Seen<T>) => void,
): () => void {
  const chunks: Buffer[] = [];
  const cancel = (): void => {
    clearTimeout(timer);
    wire.off('readable', look);
    wire.off('end', ended);
    wire.off('close', cancel);
  };
  const tell = (seen: Seen<T>): void => {
    cancel();
    found(seen);
  };
  const look = (): void => {
    const chunk = wire.read() as Buffer | null;
    if (chunk === null) return;
    chunks.push(chunk);
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const seen = judge(bytes);
    if (seen !== undefined) putBack(seen);
  };
  const putBack = (seen: Seen<T>): void => {
    wire.off('readable', look); // first, or it would be heard as news
    if (chunks.length > 0) wire.unshift(Buffer.concat(chunks));
    tell(seen);
  };
  const ended = (): void => tell('ended');
  const timer = setTimeout(() => putBack('late'), withinMs);
  wire.on('readable', look);
  wire.on('end', ended);
  wire.on('close', cancel);
  return cancel;
}
