import { expect } from 'chai';
import { IdleTimer } from '../../../lib/dialects/line/idle-timer.js';

describe('line/idle-timer', () => {
  let now: number;
  let look: (() => void) | undefined;
  let reason: string | undefined;
  const watched = {
    lastActivityAt: 0,
    outMessages: 0,
    held: false,
    close: (given: string) => {
      reason = given;
    },
    later: (_ms: number, then: () => void) => {
      look = then;
      return () => {
        look = undefined;
      };
    },
  };
  /** Lets so much time pass before the next look. */
  const pass = (ms: number): void => {
    now += ms;
    look?.();
  };
  beforeEach(() => {
    now = 5_000;
    reason = undefined;
    Object.assign(watched, { lastActivityAt: 0, outMessages: 0, held: false });
    new IdleTimer(watched, 1_000, () => now).start();
  });

  it('closes a connection of which nothing has come in that time', () => {
    pass(1_010);
    expect(reason).to.equal('IDLE_TIMEOUT');
  });

  it('gives another period where the process was late, once', () => {
    pass(60_000);
    expect(reason).to.equal(undefined);
    pass(60_000);
    expect(reason).to.equal('IDLE_TIMEOUT');
  });

  it('gives it anew after a sign of life', () => {
    for (let n = 0; n < 3; n++) {
      pass(60_000);
      watched.lastActivityAt = now + 1;
      pass(1_000);
      expect(reason).to.equal(undefined);
    }
  });

  it('counts what it is told, and what cannot be heard', () => {
    watched.outMessages++;
    pass(1_000);
    watched.held = true;
    pass(1_000);
    expect(reason).to.equal(undefined);
  });
});
