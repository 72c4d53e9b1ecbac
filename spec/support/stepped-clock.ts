import { type CoreClock, SYSTEM_CLOCK } from '../../lib/clients/core-clock.js';

/** Real time, in which congested connections are looked at only when the spec says so. */
export function steppedClock(): { readonly coreClock: CoreClock; readonly look: () => void } {
  const looks = new Set<() => void>();
  const every = (_ms: number, then: () => void) => {
    looks.add(then);
    return () => void looks.delete(then);
  };
  const look = (): void => {
    for (const each of looks) each();
  };
  return { coreClock: { ...SYSTEM_CLOCK, every }, look };
}
