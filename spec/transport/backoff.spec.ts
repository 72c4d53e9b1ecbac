import { expect } from 'chai';
import { Backoff, DEFAULT_BACKOFF } from '../../lib/transport/backoff.js';
import { seeded } from '../support/random.js';

describe('transport/backoff', () => {
  const waits = (backoff: Backoff, count: number): number[] =>
    Array.from({ length: count }, () => backoff.next());

  it('doubles up to the maximum, and starts again after a reset', () => {
    const backoff = new Backoff(DEFAULT_BACKOFF, () => 0.5);
    expect(waits(backoff, 9)).to.deep.equal([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    backoff.reset();
    expect(waits(backoff, 2)).to.deep.equal([250, 500]);
  });

  it('varies by a fifth either way, and no more', () => {
    expect(new Backoff(DEFAULT_BACKOFF, () => 0).next()).to.equal(200);
    expect(new Backoff(DEFAULT_BACKOFF, () => 1 - Number.EPSILON).next()).to.be.closeTo(300, 0.001);
    const random = seeded(1);
    const all = Array.from({ length: 200 }, () => new Backoff(DEFAULT_BACKOFF, random).next());
    for (const ms of all) expect(ms).to.be.within(200, 300);
    expect(new Set(all).size).to.be.above(100);
  });
});
