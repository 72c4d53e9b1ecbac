import { expect } from 'chai';
import { SplitMap } from '../../lib/clients/split-map.js';
import { seeded } from '../support/random.js';

describe('a map in parts', () => {
  it('holds what a Map would, as it grows and shrinks', () => {
    const random = seeded(3);
    const map = new SplitMap<number>();
    const model = new Map<string, number>();
    for (let n = 0; n < 60_000; n++) {
      const key = `k${Math.floor(random() * 20_000)}`;
      if (model.has(key) && random() < 0.3) {
        expect(map.delete(key)).to.equal(true);
        model.delete(key);
      } else if (!model.has(key)) {
        map.add(key, n);
        model.set(key, n);
      }
      if (map.get(key) !== model.get(key)) expect.fail(`${key} is not what it was`);
    }
    expect(map.size).to.equal(model.size).and.to.be.above(8_192);
    expect([...map.values()].sort((a, b) => a - b)).to.deep.equal([...model.values()].sort((a, b) => a - b));
    expect(map.delete('none')).to.equal(false);
    for (const key of model.keys()) map.delete(key);
    expect(map.size).to.equal(0);
    expect([...map.values()]).to.deep.equal([]);
  });
});
