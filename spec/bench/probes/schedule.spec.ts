import { expect } from 'chai';
import { sharesOf as latencyShares } from '../../../tools/bench/probes/latency.js';
import {
  countOf,
  dueAt,
  dueBy,
  percentile,
  type Schedule,
  sorted,
} from '../../../tools/bench/probes/schedule.js';
import { seeded } from '../../support/random.js';

describe('bench: schedules', () => {
  const schedule: Schedule = { rate: 20_000, count: 1_000, pairs: 50 };

  it('are even, and begin at the beginning', () => {
    expect([dueAt(schedule, 0), dueAt(schedule, 20_000)]).to.deep.equal([0, 1]);
    expect([-1, 0, 0.000_049, 0.000_05, 0.001, 99].map((at) => dueBy(schedule, at))).to.deep.equal([
      0, 1, 1, 2, 21, 1_000,
    ]);
  });

  it('make due what is due, at odd rates and odd times', () => {
    const random = seeded(11);
    for (let round = 0; round < 500; round++) {
      const odd = { rate: 1 + random() * 100_000, count: 300, pairs: 7 };
      const elapsed = round % 2 === 0 ? dueAt(odd, Math.floor(random() * 310)) : random() * 0.01;
      const slowly = Array.from({ length: odd.count }, (_, n) => n).filter((n) => dueAt(odd, n) <= elapsed);
      expect(dueBy(odd, elapsed), `${odd.rate} ${elapsed}`).to.equal(slowly.length);
    }
  });

  it('share their messages among the pairs', () => {
    for (const count of [0, 1, 49, 50, 51, 1_000]) {
      for (let pair = 0; pair < 50; pair++) {
        const slowly = Array.from({ length: count }, (_, n) => n).filter((n) => n % 50 === pair);
        expect(countOf({ ...schedule, count }, pair)).to.equal(slowly.length);
      }
    }
  });

  it('are kept by senders that share the publishers, and a receiver of everything', () => {
    const shares = latencyShares(5, 2);
    expect(shares).to.deep.equal([
      { publishers: [0, 2, 4], subscribers: [] },
      { publishers: [1, 3], subscribers: [] },
      { publishers: [], subscribers: [0, 1, 2, 3, 4] },
    ]);
  });
});

describe('bench: percentiles', () => {
  it('are values that came up, by nearest rank', () => {
    const values = Array.from({ length: 1_000 }, (_, n) => n + 1);
    expect([0.5, 0.99, 0.999, 1, 0].map((share) => percentile(values, share))).to.deep.equal([
      500, 990, 999, 1_000, 1,
    ]);
    expect([percentile([7], 0.999), percentile([], 0.5)]).to.deep.equal([7, undefined]);
    expect([percentile([1, 2, 3], 0.5), percentile([1, 2, 3, 4], 0.5)]).to.deep.equal([2, 2]);
  });

  it('are at least as large as their share of the values, and no larger than need be', () => {
    const random = seeded(3);
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 1 + Math.floor(random() * 300) }, random).sort((a, b) => a - b);
      const permille = 1 + Math.floor(random() * 1_000);
      const enough = (value: number) =>
        values.filter((other) => other <= value).length * 1_000 >= permille * values.length;
      expect(percentile(values, permille / 1_000), `${permille} of ${values.length}`).to.equal(
        values.find(enough),
      );
    }
  });

  it('are taken of all lists together, by number and not by text', () => {
    const lists = [Float64Array.of(10, 9), Float64Array.of(), Float64Array.of(100, 1)];
    expect([...sorted(lists)]).to.deep.equal([1, 9, 10, 100]);
  });
});
