import { expect } from 'chai';
import { partsOf } from '../../../tools/bench/probes/connections.js';
import { sizesFor } from '../../../tools/bench/probes/curves.js';
import { PROBES } from '../../../tools/bench/probes/index.js';
import { sharesOf } from '../../../tools/bench/probes/replies.js';
import { holdersOf } from '../../../tools/bench/probes/subscriptions.js';
import { parseResidentBytes, parseScheduledSeconds } from '../../../tools/bench/procfs.js';

describe('bench: probes', () => {
  it('have unique ids', () => {
    expect(new Set(PROBES.map(({ id }) => id)).size).to.equal(PROBES.length);
  });

  for (const [pairs, processes] of [
    [1, 2],
    [10, 3],
    [100, 3],
  ] as const) {
    it(`put requester and responder of ${pairs} pairs into different ones of ${processes} processes`, () => {
      const shares = sharesOf(pairs, processes);
      const all = Array.from({ length: pairs }, (_, pair) => pair);
      const ascending = (a: number, b: number): number => a - b;
      expect(shares).to.have.length(processes);
      expect(shares.flatMap(({ requesters }) => requesters).sort(ascending)).to.deep.equal(all);
      expect(shares.flatMap(({ responders }) => responders).sort(ascending)).to.deep.equal(all);
      for (const { requesters, responders } of shares) {
        expect(requesters.filter((pair) => responders.includes(pair))).to.deep.equal([]);
      }
    });
  }

  it('share connections evenly, none left out', () => {
    expect(partsOf(10, 3)).to.deep.equal([
      { from: 0, count: 3 },
      { from: 3, count: 3 },
      { from: 6, count: 4 },
    ]);
    expect(partsOf(1, 3).map(({ count }) => count)).to.deep.equal([0, 0, 1]);
  });

  it('give each of a hundred connections subjects of its own', () => {
    const firsts = holdersOf(1_000).flat();
    expect(firsts).to.deep.equal(Array.from({ length: 100 }, (_, n) => n * 1_000));
  });

  it('draw curves no further than the budget goes, and never to more subjects than there are', () => {
    for (const seconds of [0, 8, 40, 1_000]) {
      const { own, present, unrelated } = sizesFor(seconds);
      expect(own.length).to.be.above(3);
      expect(unrelated.length).to.be.above(3);
      expect(Math.max(...own) + present + 1_000).to.be.at.most(1_000_000);
    }
    expect(Math.max(...sizesFor(0).unrelated)).to.be.below(Math.max(...sizesFor(100).unrelated));
  });

  it('read resident memory and time on a core', () => {
    expect(parseResidentBytes('VmHWM:\t 9 kB\nVmRSS:\t   120 kB\nThreads:\t1\n')).to.equal(122_880);
    expect(parseResidentBytes('')).to.equal(undefined);
    expect(parseScheduledSeconds('1500000000 58278 1\n')).to.equal(1.5);
    expect(parseScheduledSeconds('')).to.equal(undefined);
  });
});
