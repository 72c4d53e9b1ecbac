import { expect } from 'chai';
import fc from 'fast-check';
import { NamedMap } from '../../lib/jetstream/named-map.js';
import { sorted } from '../../lib/jetstream/sorted.js';
import { count } from '../support/steps.js';

describe('lists in order', () => {
  it('are sorted in steps as at once', () => {
    const texts = Array.from({ length: 20_000 }, (_, n) => `k.${(n * 7_919) % 20_011}`);
    const { result, pauses } = count(sorted([...texts]));
    expect(result).to.deep.equal([...texts].sort());
    expect(pauses).to.be.at.least(80);
    for (const length of [0, 1, 2, 1_023, 1_024, 1_025, 2_049, 5_000])
      expect(count(sorted(texts.slice(0, length))).result).to.deep.equal(texts.slice(0, length).sort());
  });

  it('of names stay so as names come and go', () => {
    const change = fc.tuple(fc.boolean(), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const map = new NamedMap<number>();
        for (const [isAdded, name] of changes) {
          if (isAdded) map.set(name, 1);
          else map.delete(name);
          expect(map.names).to.deep.equal([...map.keys()].sort());
        }
        map.clear();
        expect(map.names).to.deep.equal([]);
      }),
    );
  });
});
