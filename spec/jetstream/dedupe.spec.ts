import { expect } from 'chai';
import { Dedupe } from '../../lib/jetstream/dedupe.js';

describe('message ids', () => {
  it('that are very many are forgotten in parts, and found no longer from then on', () => {
    const ids = new Dedupe(1_000);
    for (let i = 1; i <= 10_000; i++) ids.remember(`${i}`, i, 0);
    expect(ids.find('10000', 999)).to.equal(10_000);
    expect(ids.find('10000', 1_000)).to.equal(undefined);
    expect(ids.size).to.be.greaterThan(9_900);
    let parts = 0;
    while (ids.forgetOld(1_000) === 0) parts++;
    expect(parts).to.be.within(5, 100);
    expect(ids.size).to.equal(0);
  });
});
