import { expect } from 'chai';
import { SequenceList } from '../../../lib/jetstream/store/sequence-list.js';
import { seeded } from '../../support/random.js';

/** Numbers of sequences between two pushes: in a row, with holes, and far apart. */
const GAPS = [
  ['in a row', () => 1],
  ['with few holes', (random: () => number) => (random() < 0.02 ? 3 : 1)],
  ['with many holes', (random: () => number) => 1 + Math.floor(random() * 5)],
  ['far apart', (random: () => number) => 1 + Math.floor(random() * 2 ** 31)],
] as const;

describe('Sequences of a subject', () => {
  for (const [title, gapOf] of GAPS)
    it(`are those of a plain list: ${title}`, () => {
      for (let seed = 1; seed <= 10; seed++) {
        const random = seeded(seed);
        let last = 1 + Math.floor(random() * 1_000);
        const list = new SequenceList(last);
        const model = [last];
        for (let step = 0; step < 1_500; step++) {
          if (random() < 0.7 || model.length < 2) {
            last += gapOf(random);
            list.push(last);
            model.push(last);
          } else {
            // Mostly from the front, as limits remove; now and then from the end, or elsewhere.
            const at =
              [0, 0, 0, model.length - 1, Math.floor(random() * model.length)][Math.floor(random() * 5)] ?? 0;
            const [gone = 0] = model.splice(at, 1);
            list.remove(gone);
            list.remove(gone);
          }
          const wanted = (model[0] ?? 0) + Math.floor(random() * (last + 2 - (model[0] ?? 0)));
          const found = model.findIndex((each) => each >= wanted);
          expect(list.indexOf(wanted)).to.equal(found < 0 ? model.length : found);
          const index = Math.floor(random() * (model.length + 2)) - 1;
          expect(list.at(index)).to.equal(model[index] ?? 0);
          expect(list.length).to.equal(model.length);
        }
        expect(model.map((_, index) => list.at(index))).to.deep.equal(model);
      }
    });
});
