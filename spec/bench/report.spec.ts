import { expect } from 'chai';
import { selectCells } from '../../bench/cells.js';
import type { CellResult, Round } from '../../bench/measure.js';
import { progress, rate, splice, summarize, table, tables } from '../../bench/report.js';

const round = (seconds: number, cpuSeconds: number): Round => ({
  seconds,
  published: 1_000_000,
  delivered: 10_000_000,
  cpuSeconds,
  loadBusy: 0.5,
  verified: 1,
});

const RESULT: CellResult = {
  cell: selectCells('1-10/16')[0]!,
  results: [
    { contender: 'sluice', rounds: [round(0.5, 1), round(0.4, 1), round(0.5, 1)], peakBytes: 100 * 2 ** 20 },
    { contender: 'peer', rounds: [round(1, 2), round(1.2, 4), { failure: 'it broke' }] },
  ],
};

describe('bench: report', () => {
  for (const [value, text] of [
    [undefined, '–'],
    [0.5, '0.500'],
    [999, '999'],
    [999.6, '1.00 k'],
    [12_345, '12.3 k'],
    [999_960, '1.00 M'],
    [4_567_890, '4.57 M'],
    [123_456_789, '123 M'],
  ] as const) {
    it(`writes ${value} as ${text}`, () => expect(rate(value)).to.equal(text));
  }

  it('pads a Markdown table', () => {
    const text = table(
      ['cell', 'a'],
      [
        ['1→1', '4.00 M'],
        ['1→100, 16 B', '2'],
      ],
    );
    expect(text.split('\n')).to.deep.equal([
      '| cell        |      a |',
      '| ----------- | -----: |',
      '| 1→1         | 4.00 M |',
      '| 1→100, 16 B |      2 |',
    ]);
  });

  it('takes medians, pairs the rounds for the ratio and keeps the failures', () => {
    const [ours, theirs] = summarize(RESULT);
    expect(ours).to.include({ publishedPerSecond: 2e6, deliveredPerSecond: 2e7 });
    expect(ours?.cpuSecondsPerMillion).to.be.closeTo(0.1, 1e-9);
    expect(ours?.spread).to.be.closeTo(0.25, 1e-9);
    expect(ours).to.include({ firstIsFasterBy: undefined, loadBusy: 0.5 });
    expect(theirs?.firstIsFasterBy).to.be.closeTo(2.5, 1e-9);
    expect(theirs?.firstNeedsCpu).to.be.closeTo(1 / 3, 1e-9);
    expect(theirs?.failures).to.deep.equal(['it broke']);
  });

  it('shows every contender, the mean and what failed', () => {
    const text = tables([RESULT], ['sluice', 'peer']);
    expect(text).to.match(/\| 1→10, 16 B +\| 2\.00 M ±13 % \| +20\.0 M \| .*2\.50× \|/);
    expect(text).to.match(/\| 1→10, 16 B +\| +0\.100 \| 100 \| 0\.300 \| +– \|/);
    expect(text).to.include('sluice against peer: 2.50× (geometric mean of 1 cells');
    expect(text).to.include('- FAILED 1-10/16, peer: it broke');
    expect(progress(RESULT)).to.include('FAILED: it broke');
  });

  it('shows a contender without a single good round as failed', () => {
    const results = [RESULT.results[0]!, { contender: 'peer', rounds: [{ failure: 'it broke' }] }];
    expect(tables([{ ...RESULT, results }], ['sluice', 'peer'])).to.match(/\| failed \| +– \| +– \|/);
  });

  it('says when the load was the limit', () => {
    const results = [{ contender: 'sluice', rounds: [{ ...round(1, 1), loadBusy: 0.97 }] }];
    expect(tables([{ ...RESULT, results }], ['sluice'])).to.include('a load process was 97 % busy');
  });

  it('says when something else kept the machine busy', () => {
    const rounds = [
      { ...round(1, 1), othersBusyCores: 0.1 },
      { ...round(1, 1), othersBusyCores: 1.25 },
    ];
    const result = { ...RESULT, results: [{ contender: 'sluice', rounds }] };
    expect(tables([result], ['sluice'])).to.include(
      'DISTURBED 1-10/16: other processes used up to 1.3 cores',
    );
    expect(progress(result)).to.include('DISTURBED');
    expect(tables([RESULT], ['sluice', 'peer'])).not.to.include('DISTURBED');
  });

  it('replaces what stands between the markers, again and again', () => {
    const page = 'a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n';
    const once = splice(page, 'new\n');
    expect(once).to.equal('a\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nb\n');
    expect(splice(once, 'new')).to.equal(once);
    expect(() => splice('a', 'new')).to.throw('bench:begin');
    expect(() => splice('<!-- bench:end --><!-- bench:begin -->', 'new')).to.throw('bench:end');
  });
});
