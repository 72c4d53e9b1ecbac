import type { Duplex } from 'node:stream';
import { clearTimeout, setTimeout } from 'node:timers';

/** A byte, or that there was none in time, or that there will be none. */
export type FirstByte = number | 'late' | 'ended';

/**
 * Waits for the first byte that the peer sends, `withinMs` at most, and leaves it to be read. Returns what cancels
 * it; it is over, too, once the wire is closed.
 */
export function firstByte(wire: Duplex, withinMs: number, found: (byte: FirstByte) => void): () => void {
  const cancel = (): void => {
    clearTimeout(timer);
    wire.off('readable', look);
    wire.off('end', ended);
    wire.off('close', cancel);
  };
  const tell = (byte: FirstByte): void => {
    cancel();
    found(byte);
  };
  const look = (): void => {
    const chunk = wire.read() as Buffer | null;
    if (chunk === null) return;
    const [byte = 'ended'] = chunk; // which has a byte
    wire.off('readable', look); // first, or putting it back would be heard as news
    wire.unshift(chunk);
    tell(byte);
  };
  const ended = (): void => tell('ended');
  const timer = setTimeout(() => tell('late'), withinMs);
  wire.on('readable', look);
  wire.on('end', ended);
  wire.on('close', cancel);
  return cancel;
}
