import { expect } from 'chai';
import { DueSequences } from '../../lib/jetstream/due-sequences.js';
import { seeded } from '../support/random.js';

describe('Sequences with a time', () => {
  it('come in the order of their times, as those of a sorted list do', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const gone = new Set<number>();
      const sequences = new DueSequences((sequence) => !gone.has(sequence));
      let expected: { readonly due: number; readonly sequence: number }[] = [];
      let now = 0;
      for (let sequence = 1; sequence <= 5_000; sequence++) {
        const due = now + Math.floor(random() * 1_000);
        sequences.add(due, sequence);
        expected.push({ due, sequence });
        if (random() < 0.5) gone.add(Math.ceil(random() * sequence));
        if (random() > 0.02) continue;
        now += Math.floor(random() * 100);
        const taken: number[] = [];
        for (let next = sequences.take(now); next !== undefined; next = sequences.take(now)) taken.push(next);
        const wanted = expected.filter((each) => each.due <= now && !gone.has(each.sequence));
        expect(taken.filter((each) => !gone.has(each)).sort((a, b) => a - b)).to.deep.equal(
          wanted.map((each) => each.sequence),
        );
        expected = expected.filter((each) => each.due > now);
      }
    }
  });

  it('are taken one after the other', () => {
    const sequences = new DueSequences(() => true);
    for (const [due, sequence] of [
      [30, 1],
      [10, 2],
      [20, 3],
    ] as const)
      sequences.add(due, sequence);
    expect(sequences.nextDue).to.equal(10);
    expect([sequences.take(9), sequences.take(25), sequences.take(25), sequences.take(25)]).to.deep.equal([
      undefined,
      2,
      3,
      undefined,
    ]);
    expect(sequences.nextDue).to.equal(30);
    sequences.clear();
    expect([sequences.size, sequences.nextDue]).to.deep.equal([0, Number.POSITIVE_INFINITY]);
  });

  it('are not kept long after their messages have gone', () => {
    const live = 1_000;
    let last = 0;
    const sequences = new DueSequences((sequence) => sequence > last - live);
    let most = 0;
    for (last = 1; last <= 200_000; last++) {
      sequences.add(1e9 + last, last);
      most = Math.max(most, sequences.size);
    }
    expect(most).to.be.lessThan(5 * live + 2_048);
    expect(sequences.size).to.be.at.least(live);
  });
});
