import { expect } from 'chai';
import fc from 'fast-check';
import { Deadlines, type Due } from '../../lib/jetstream/deadlines.js';

describe('deadlines', () => {
  it('are in order, however they are set, changed and removed', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            which: fc.integer({ min: 0, max: 9 }),
            due: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
          }),
          { maxLength: 60 },
        ),
        (changes) => {
          const deadlines = new Deadlines<Due>();
          const items = Array.from({ length: 10 }, (): Due => ({ due: 0, place: -1 }));
          const expected = new Map<number, number>();
          for (const { which, due } of changes) {
            const item = items[which];
            if (item === undefined) continue;
            if (due === undefined) {
              deadlines.remove(item);
              expected.delete(which);
            } else {
              deadlines.set(item, due);
              expected.set(which, due);
            }
            expect(deadlines.next).to.equal(Math.min(...expected.values()));
          }
          const left: number[] = [];
          for (let { first } = deadlines; first !== undefined; { first } = deadlines) {
            left.push(first.due);
            deadlines.remove(first);
          }
          expect(left).to.deep.equal([...expected.values()].sort((one, other) => one - other));
        },
      ),
    ));
});
