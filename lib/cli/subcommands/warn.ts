import { writeSync } from 'node:fs';
import { printable } from '../../domain/printable.js';

const STDERR = 2;

/**
 * Lines on standard error, behind the name. Not by process.stderr, which makes a pipe that others share non-blocking
 * the first time it is used.
 */
export function warn(text: string): void {
  try {
    for (const line of text.split('\n')) writeSync(STDERR, `sluice: ${printable(line)}\n`);
  } catch {
    // There is nowhere left to report it.
  }
}
