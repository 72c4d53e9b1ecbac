import { expect } from 'chai';
import { selectCells } from '../../tools/bench/cells.js';
import { comparisonOf, DEFAULT_CELLS, lineOf } from '../../tools/bench/comparison.js';
import type { Failure, Figure } from '../../tools/bench/figures.js';

type Samples = readonly (number | Failure)[];

function figures(own: Samples, base: Samples, better: Figure['better'] = 'higher'): readonly Figure[] {
  const common = { group: 'throughput', title: '1→1, 16 B', better } as const;
  return [
    { ...common, id: '1-1/16 peak', unit: 'bytes', samples: { own: [1], base: [9] } },
    { ...common, id: '1-1/16 rate', unit: 'messages/s', expected: 2, samples: { own, base } },
  ];
}
const compare = (...args: Parameters<typeof figures>) => comparisonOf(figures(...args), ['own', 'base'], 0.9);

describe('bench: one revision against another', () => {
  it('takes the figure that something is expected of, round by round', () => {
    const found = compare([90, 100, 110], [100, 100, 100]);
    expect(found).to.include({ ratio: 1, fine: true }).and.to.have.property('spread').closeTo(0.2, 1e-9);
    expect(lineOf('1-1/16', found)).to.match(/^1-1\/16 +1\.00× ±10 % +100 \/s against 100 \/s$/);
  });

  it('says what should be known of the figure', () => {
    const [peak, rate] = figures([1], [1]);
    const found = comparisonOf([peak!, { ...rate!, notes: ['Disturbed.'] }], ['own', 'base'], 0.9);
    expect(lineOf('x', found).split('\n').slice(1)).to.deep.equal(['    Disturbed.']);
  });

  it('is fine down to the least ratio allowed, as it is shown', () => {
    expect(compare([89.6], [100]).fine).to.equal(true);
    const below = compare([89.4], [100]);
    expect(below.fine).to.equal(false);
    expect(lineOf('1-1/16', below)).to.match(/BELOW$/);
  });

  it('turns the ratio round where less is better', () => {
    expect(compare([2], [1], 'lower')).to.include({ ratio: 0.5, fine: false });
  });

  it('is not fine where a round failed or nothing was measured', () => {
    const failed = compare([1, { failure: 'it broke' }], [1, 1]);
    expect(failed).to.include({ ratio: 1, fine: false });
    expect(lineOf('x', failed)).to.include('FAILED: it broke');
    expect(compare([{ failure: 'a' }], [1]).fine).to.equal(false);
    const none = comparisonOf([], ['own', 'base'], 0.9);
    expect(none.fine).to.equal(false);
    expect(lineOf('x', none)).to.match(/^x +no ratio/);
  });

  it('has a dozen cells to begin with', () => {
    expect(selectCells(DEFAULT_CELLS)).to.have.length(12);
  });
});
