import { expect } from 'chai';
import { figuresOf } from '../../tools/bench/cell-figures.js';
import { selectCells } from '../../tools/bench/cells.js';
import type { CellResult, Round } from '../../tools/bench/measure.js';

const round = (seconds: number, more: Partial<Round> = {}): Round => ({
  seconds,
  published: 1_000_000,
  delivered: 10_000_000,
  cpuSeconds: 2.5,
  loadBusy: 0.5,
  verified: 1,
  ...more,
});

function figures(
  id: string,
  rounds: Readonly<Record<string, CellResult['results'][number]['rounds']>>,
  peak = 99,
) {
  const results = Object.entries(rounds).map(([contender, list]) => ({
    contender,
    rounds: list,
    peakBytes: peak,
  }));
  return figuresOf({ cell: selectCells(id)[0]!, results });
}

describe('bench: cells as figures', () => {
  it('have rate, CPU time and peak memory, by contender and round', () => {
    const broke = { failure: 'it broke' };
    const [rate, cpu, peak] = figures('1-10/16', { sluice: [round(0.5), round(2)], peer: [broke, round(1)] });
    expect(rate).to.deep.equal({
      id: '1-10/16 rate',
      group: 'fan-out',
      title: '1→10, 16 B',
      unit: 'messages/s',
      better: 'higher',
      expected: 2.5,
      samples: { sluice: [2e6, 5e5], peer: [broke, 1e6] },
    });
    expect(cpu).to.deep.equal({
      id: '1-10/16 cpu',
      group: 'fan-out',
      title: '1→10, 16 B',
      quantity: 'CPU time',
      unit: 'CPU s per million',
      better: 'lower',
      samples: { sluice: [0.25, 0.25], peer: [broke, 0.25] },
    });
    expect(peak).to.deep.include({
      id: '1-10/16 peak',
      unit: 'bytes',
      samples: { sluice: [99], peer: [99] },
    });
  });

  it('count CPU time by the published where there is no receiver', () => {
    const [, cpu] = figures('1-0/16', { sluice: [round(1, { delivered: 0 })] });
    expect(cpu?.samples).to.deep.equal({ sluice: [2.5] });
  });

  it('leave out what the platform does not tell', () => {
    const { cpuSeconds, ...bare } = round(1);
    const results = [{ contender: 'sluice', rounds: [bare] }];
    const ids = figuresOf({ cell: selectCells('1-1/16')[0]!, results }).map(({ id }) => id);
    expect(cpuSeconds).to.equal(2.5);
    expect(ids).to.deep.equal(['1-1/16 rate']);
  });

  it('expect CPU time, not a rate, where the rate is given', () => {
    const all = figures('mixed-100-1/16', { sluice: [round(50)] });
    expect(all.map(({ id, expected }) => [id, expected])).to.deep.equal([
      ['mixed-100-1/16 cpu', 1],
      ['mixed-100-1/16 peak', undefined],
    ]);
    expect(all[0]?.notes).to.equal(undefined);
  });

  for (const [what, id, rounds, note] of [
    [
      'the load was the limit',
      '1-10/16',
      [round(1, { loadBusy: 0.97 })],
      /sluice a load process was 97 % busy/,
    ],
    [
      'others were busy',
      '1-10/16',
      [round(1, { othersBusyCores: 0.1 }), round(1, { othersBusyCores: 1.25 })],
      /Disturbed: other processes used up to 1.3 cores/,
    ],
    ['the host was', '1-10/16', [round(1, { stolenCores: 3.5 })], /host kept up to 3.5 cores/],
    ['it fell behind', 'mixed-100-1/16', [round(60, { loadBusy: 1 })], /sluice it took 1.20 times as long/],
  ] as const) {
    it(`note that ${what}, once`, () => {
      const notes = figures(id, { sluice: rounds }).map((figure) => figure.notes ?? []);
      expect(notes[0]).to.have.length(1);
      expect(notes[0]?.[0]).to.match(note);
      expect(notes.slice(1).flat()).to.deep.equal([]);
    });
  }

  it('note nothing of a quiet run', () => {
    const rounds = [round(1, { othersBusyCores: 0.1, stolenCores: 0.2 })];
    expect(figures('1-10/16', { sluice: rounds })[0]).not.to.have.property('notes');
  });
});
