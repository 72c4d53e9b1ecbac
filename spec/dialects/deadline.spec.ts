import { expect } from 'chai';
import { deadline } from '../../lib/dialects/deadline.js';

describe('dialects/deadline', () => {
  let now: number;
  let due: (() => void) | undefined;
  let expired: number;
  let cancel: () => void;
  const link = {
    later: (_ms: number, then: () => void) => {
      due = then;
      return () => {
        due = undefined;
      };
    },
  };
  /** Lets so much time pass, and calls what is due then. */
  const pass = (ms: number): void => {
    now += ms;
    const then = due;
    due = undefined;
    then?.();
  };
  beforeEach(() => {
    now = 5_000;
    expired = 0;
    cancel = deadline(
      link,
      1_000,
      () => {
        expired++;
      },
      () => now,
    );
  });

  it('calls when the time is over', () => {
    pass(1_010);
    expect(expired).to.equal(1);
    expect(due).to.equal(undefined);
  });

  it('waits once more, and no longer, where the process was late', () => {
    pass(60_000);
    expect(expired).to.equal(0);
    pass(60_000);
    expect(expired).to.equal(1);
    expect(due).to.equal(undefined);
  });

  it('is called off', () => {
    cancel();
    pass(1_010);
    expect(expired).to.equal(0);
  });

  it('is called off while it waits once more', () => {
    pass(60_000);
    cancel();
    pass(1_010);
    expect(expired).to.equal(0);
  });
});
