import { expect } from 'chai';
import { arrivals } from '../../tools/bench/arrivals.js';

describe('bench: arrivals', () => {
  const { times, publishers } = arrivals(100, 20_000, 100_000);

  it('are the same every time, and others with another seed', () => {
    expect(arrivals(100, 20_000, 100_000)).to.deep.equal({ times, publishers });
    expect(arrivals(100, 20_000, 100, 2).publishers).not.to.deep.equal(publishers.slice(0, 100));
  });

  it('ascend from 0, at the rate that is asked for', () => {
    expect(times[0]).to.equal(0);
    expect(times.every((time, n) => n === 0 || time >= (times[n - 1] ?? 0))).to.equal(true);
    expect(times.at(-1)).to.be.closeTo(5, 0.1);
  });

  it('keep no distance: gaps are as of chance', () => {
    const gaps = [...times.subarray(1)].map((time, n) => (time - (times[n] ?? 0)) * 20_000);
    // exponential: the share of gaps longer than the mean is 1/e, of those longer than twice the mean 1/e²
    expect(gaps.filter((gap) => gap > 1).length / gaps.length).to.be.closeTo(Math.exp(-1), 0.01);
    expect(gaps.filter((gap) => gap > 2).length / gaps.length).to.be.closeTo(Math.exp(-2), 0.01);
  });

  it('are of all publishers alike', () => {
    const counts = new Map<number, number>();
    for (const publisher of publishers) counts.set(publisher, (counts.get(publisher) ?? 0) + 1);
    expect(counts.size).to.equal(100);
    for (const count of counts.values()) expect(count).to.be.within(850, 1150);
  });
});
