import { expect } from 'chai';
import { TokenBucket } from '../../lib/limits/token-bucket.js';

describe('a token bucket', () => {
  it('is full at first, and then has what came back', () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(bucket.waitMs(5, 0)).to.equal(0);
    bucket.take(5, 0);
    expect(bucket.waitMs(1, 0)).to.equal(100);
    expect(bucket.waitMs(1, 99)).to.be.closeTo(1, 1e-6);
    expect(bucket.waitMs(1, 100)).to.equal(0);
  });

  it('never holds more than a burst, however long nothing is taken', () => {
    const bucket = new TokenBucket(10, 5, 0);
    bucket.take(5, 1_000_000);
    expect(bucket.waitMs(1, 1_000_000)).to.equal(100);
  });

  it('has debts paid first, so the rate holds whatever is taken at once', () => {
    const bucket = new TokenBucket(1_000, 10, 0);
    let now = 0;
    let taken = 0;
    for (const size of [1, 500, 3, 10_000, 64, 7, 2_000]) {
      bucket.take(size, now);
      taken += size;
      now += bucket.waitMs(0, now);
    }
    expect(now).to.be.closeTo(taken - 10, 1e-6);
  });
});
