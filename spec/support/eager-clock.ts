import { clearImmediate, setImmediate } from 'node:timers';
import type { Clock } from '../../lib/domain/clock.js';

/** Time in which every wait is over with the next turn of the event loop. */
export const EAGER_CLOCK: Clock = {
  now: () => 0,
  after: (_ms, then) => {
    const immediate = setImmediate(then);
    return () => clearImmediate(immediate);
  },
};
