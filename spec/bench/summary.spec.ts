import { expect } from 'chai';
import type { Figure } from '../../tools/bench/figures.js';
import { summarize, verdict } from '../../tools/bench/summary.js';

const FIGURE: Figure = {
  ...{ id: '1-1/16 rate', group: 'throughput', title: '1→1, 16 B', unit: 'messages/s', better: 'higher' },
  samples: {
    sluice: [10, 12, 8],
    peer: [5, 4, { failure: 'it broke' }],
    broken: [{ failure: 'a' }, { failure: 'b' }],
  },
};

describe('bench: summary', () => {
  it('takes medians, spreads and failures of each contender that has samples', () => {
    const { of } = summarize(FIGURE, ['sluice', 'peer', 'broken', 'absent']);
    expect(of).to.deep.equal({
      sluice: { median: 10, spread: 0.4, failures: 0 },
      peer: { median: 4.5, spread: 1 / 4.5, failures: 1 },
      broken: { failures: 2 },
    });
  });

  it('makes ratios within rounds, of the first contender to each other', () => {
    expect(summarize(FIGURE, ['sluice', 'peer', 'broken']).ratios).to.deep.equal({ peer: 2.5 });
    expect(summarize(FIGURE, ['peer', 'sluice']).ratios).to.deep.equal({ sluice: (0.5 + 4 / 12) / 2 });
  });

  for (const [better, expected, ratio, advantage, asExpected] of [
    ['higher', 1.5, 1.5, 1.5, true],
    ['higher', 1.5, 1.496, 1.496, true],
    ['higher', 1.5, 1.494, 1.494, false],
    ['lower', 0.5, 0.5, 2, true],
    ['lower', 0.5, 0.506, 1 / 0.506, false],
    ['lower', 2, 1.6, 0.625, true],
    ['lower', undefined, 4, 0.25, undefined],
  ] as const) {
    it(`judges ${ratio}× where ${better} is better and ${expected} is expected`, () => {
      const figure = { better, ...(expected !== undefined && { expected }) };
      const judged = verdict(figure, ratio);
      expect(judged.advantage).to.be.closeTo(advantage, 1e-12);
      expect(judged.asExpected).to.equal(asExpected);
    });
  }
});
