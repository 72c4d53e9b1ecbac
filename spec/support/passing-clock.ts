import { type CoreClock, SYSTEM_CLOCK } from '../../lib/clients/core-clock.js';
import { FakeClock } from './fake-clock.js';

/** Time of the core that passes when told to, so that a machine that is busy changes nothing of what a spec says. */
export function passingClock(): { readonly coreClock: CoreClock; readonly pass: (ms: number) => void } {
  const clock = new FakeClock();
  const every = (ms: number, then: () => void) => {
    let cancel = (): void => {};
    const wait = (): void => {
      cancel = clock.after(ms, () => {
        wait();
        then();
      });
    };
    wait();
    return () => cancel();
  };
  return { coreClock: { ...SYSTEM_CLOCK, now: () => clock.now(), every }, pass: (ms) => clock.pass(ms) };
}
