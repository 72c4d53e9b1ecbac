import { expect } from 'chai';
import { parseRate, ShownRate } from '../../../lib/cli/view/shown-rate.js';
import { FakeClock } from '../../support/fake-clock.js';
import { seeded } from '../../support/random.js';

describe('cli/view/shown-rate', () => {
  it('lets so many pass a second and reports the rest when it is over', () => {
    const clock = new FakeClock();
    const reported: number[] = [];
    const rate = new ShownRate(2, clock, (count) => reported.push(count));
    expect([1, 2, 3, 4, 5].map(() => rate.admit())).to.deep.equal([true, true, false, false, false]);
    clock.pass(999);
    expect(reported).to.deep.equal([]);
    clock.pass(1);
    expect(reported).to.deep.equal([3]);
    expect([1, 2, 3].map(() => rate.admit())).to.deep.equal([true, true, false]);
    rate.flush();
    expect(reported).to.deep.equal([3, 1]);
    clock.pass(5_000);
    expect(reported).to.deep.equal([3, 1]);
    expect(clock.pending).to.equal(0);
  });

  it('reports before it lets the next pass, timer or not', () => {
    let now = 0;
    const said: string[] = [];
    const clock = { now: () => now, after: () => () => {} };
    const rate = new ShownRate(1, clock, (count) => said.push(`${count} more`));
    const come = (name: string) => rate.admit() && said.push(name);
    come('a');
    come('b');
    now = 1_000;
    come('c');
    expect(said).to.deep.equal(['a', '1 more', 'c']);
  });

  it('loses none: what passed and what was reported are all there were', () => {
    const random = seeded(7);
    const clock = new FakeClock();
    let reported = 0;
    const rate = new ShownRate(5, clock, (count) => {
      reported += count;
    });
    const passedAt: number[] = [];
    for (let i = 0; i < 5_000; i++) {
      if (rate.admit()) passedAt.push(clock.now());
      clock.pass(random() < 0.01 ? 3_000 : Math.floor(random() * 50));
    }
    rate.flush();
    expect(passedAt.length + reported).to.equal(5_000);
    // Any second can meet two windows, no more.
    for (const [i, at] of passedAt.entries())
      if (i >= 10) expect(at - passedAt[i - 10]!).to.be.at.least(1_000);
  });

  it('lets all pass where 0 is asked for', () => {
    const rate = new ShownRate(0, new FakeClock(), () => {});
    for (let i = 0; i < 1_000; i++) expect(rate.admit()).to.equal(true);
  });

  it('reads rates', () => {
    expect(['20/s', '20', '0'].map(parseRate)).to.deep.equal([20, 20, 0]);
    expect(['', '/s', '1.5/s', '-1', '20/m', '1e3'].map(parseRate)).to.deep.equal(Array(6).fill(undefined));
  });
});
