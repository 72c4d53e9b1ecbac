import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';

/** Resolves when `promise` does, or at `deadline` on the performance clock, whichever is first. */
export async function before(deadline: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Resolves after so many milliseconds, or as soon as `cancelled` does. */
export function pause(ms: number, cancelled: Promise<unknown>): Promise<void> {
  return before(performance.now() + ms, cancelled);
}
