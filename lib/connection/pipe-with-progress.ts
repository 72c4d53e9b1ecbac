import type { Readable, Writable } from 'node:stream';

/**
 * Writes what `source` has to `wire`, and pauses it while the wire says to wait; at its end the wire ends, too. That is
 * what `pipe` does; but `taken` is called each time the wire has taken something, also where it never said to wait: a
 * wire speaks up ('drain') only if it has.
 */
export function pipeWithProgress(source: Readable, wire: Writable, taken: () => void): void {
  source.on('data', (chunk: Buffer) => {
    if (!wire.writable) return; // it is going away, and what is left with it
    if (!wire.write(chunk, taken)) source.pause();
  });
  source.on('end', () => wire.end());
  wire.on('drain', () => source.resume());
}
