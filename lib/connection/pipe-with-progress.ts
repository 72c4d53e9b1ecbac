import type { Readable, Writable } from 'node:stream';
import type { TurnQueue } from '../domain/turn-queue.js';

/** What one write takes is not known before; it counts as what is left, within these bounds, in bytes. */
const LEAST_WRITE_BYTES = 32 * 1024;
const MOST_WRITE_BYTES = 512 * 1024;

/**
 * Writes what `source` has to `wire`, and pauses it while the wire says to wait; at its end the wire ends, too. That is
 * what `pipe` does; but `taken` is called each time the wire has taken something, also where it never said to wait: a
 * wire speaks up ('drain') only if it has.
 *
 * @param resumes where it waits for its turn to go on, with about the bytes it will write: very many wires may be ready at once
 */
export function pipeWithProgress(
  source: Readable,
  wire: Writable,
  taken: () => void,
  resumes: TurnQueue,
): void {
  source.on('data', (chunk: Buffer) => {
    if (!wire.writable) return; // it is going away, and what is left with it
    if (!wire.write(chunk, taken)) source.pause();
  });
  source.on('end', () => wire.end());
  const resume = (): void => {
    source.resume();
  };
  wire.on('drain', () => resumes.add(resume, clamp(source.readableLength)));
}

function clamp(bytes: number): number {
  return Math.min(Math.max(LEAST_WRITE_BYTES, bytes), MOST_WRITE_BYTES);
}
