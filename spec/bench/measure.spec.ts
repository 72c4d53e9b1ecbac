import { expect } from 'chai';
import { relay } from '../../tools/bench/brokers.js';
import { CELLS, selectCells } from '../../tools/bench/cells.js';
import { GROWTH_CURVES } from '../../tools/bench/growth.js';
import { planFor } from '../../tools/bench/measure.js';

describe('bench: plan', () => {
  const all = { ...relay(), runs: () => true };
  const none = { ...relay(), runs: () => false };

  it('makes runs as long as there is time', () => {
    const short = planFor(CELLS, [all, all], 3, 200);
    const long = planFor(CELLS, [all, all], 3, 400);
    expect(short.rounds).to.equal(3);
    expect(long.runSeconds).to.be.above(short.runSeconds);
    expect(planFor(CELLS, [all, all], 9, 400).runSeconds).to.be.below(long.runSeconds);
    expect(long.warmUpSeconds).to.be.within(0.01, long.runSeconds);
  });

  it('counts those only who can run a cell', () => {
    const cells = selectCells('fan-out');
    expect(planFor(cells, [all, none, none], 3, 40)).to.deep.equal(planFor(cells, [all], 3, 40));
    expect(planFor(cells, [none], 3, 40).runSeconds).to.be.within(0.1, 2);
  });

  it('has a shortest and a longest run', () => {
    expect(planFor(CELLS, [all], 3, 1).runSeconds).to.equal(0.15);
    expect(planFor(CELLS, [all], 3, 1e6).runSeconds).to.equal(1.5);
  });

  it('knows each curve of growth once', () => {
    expect(GROWTH_CURVES.length).to.be.above(3);
    expect(new Set(GROWTH_CURVES).size).to.equal(GROWTH_CURVES.length);
  });

  it('gives the relay what it can do, and nothing else', () => {
    const runs = (id: string): boolean => relay().runs(selectCells(id)[0]!);
    for (const id of ['1-0/16', '1-1/262144', '1-1000/16', 'headers-1-1/128', 'subjects1000-1-10/16']) {
      expect(runs(id), id).to.equal(true);
    }
    for (const id of ['10-1/16', 'queue-1-10/16', 'tls-1-1/128', 'line-1-1/16', 'mixed-100-1/16']) {
      expect(runs(id), id).to.equal(false);
    }
  });
});
