import { SluiceError } from '../errors.js';

/** How long tests wait for what should happen, if they do not say, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 2_000;
const LOOK_EVERY_MS = 2;

/** How long to wait. */
export interface WaitOptions {
  /** In milliseconds, 1 to 2^31 - 1. Default 2,000. */
  readonly timeoutMs?: number | undefined;
}

/** Lets everything that is ready in this process happen: a turn of its event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Looks until `look` gives something.
 * @param vain says what was waited for, and what there is instead
 * @throws SluiceError TEST_TIMEOUT
 */
export async function waitUntil<T>(
  look: () => T | undefined,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions,
  vain: () => string,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() >= deadline)
      throw new SluiceError('TEST_TIMEOUT', `waited ${timeoutMs} ms in vain for ${vain()}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Things in a text, each in a line of its own, no more of them than one reads. */
export function listed(things: readonly string[], most = 20): string {
  if (things.length === 0) return ' none';
  const more = things.length > most ? [`… and ${things.length - most} more`] : [];
  return ['', ...things.slice(0, most), ...more].join('\n  ');
}
