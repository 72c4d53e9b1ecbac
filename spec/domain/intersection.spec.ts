import { expect } from 'chai';
import { intersection } from '../../lib/domain/intersection.js';
import { seeded } from '../support/random.js';
import { matches } from '../support/subscribers.js';

describe('what two patterns have in common', () => {
  const CASES: readonly (readonly [one: string, other: string, both: string | undefined])[] = [
    ['a', 'a', 'a'],
    ['a', 'b', undefined],
    ['a', 'a.b', undefined],
    ['*', 'a', 'a'],
    ['*', '*', '*'],
    ['>', 'a.*', 'a.*'],
    ['a.>', 'a', undefined],
    ['a.>', '*.b', 'a.b'],
    ['a.>', '*.*.>', 'a.*.>'],
    ['*.b.*', 'a.*.c', 'a.b.c'],
    ['ex.>', 'ex.*.1', 'ex.*.1'],
  ];
  for (const [one, other, both] of CASES)
    it(`${one} and ${other}: ${both ?? 'nothing'}`, () => {
      expect(intersection(one, other)).to.equal(both);
      expect(intersection(other, one)).to.equal(both);
    });

  it('is what both match, for subjects and patterns at random', () => {
    const random = seeded(7);
    const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
    const words = (from: readonly string[]): string[] =>
      Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(from));
    const pattern = (): string => [...words(['a', 'b', '*']), ...(random() < 0.3 ? ['>'] : [])].join('.');
    for (let i = 0; i < 20_000; i++) {
      const [one, other, subject] = [pattern(), pattern(), words(['a', 'b', 'c']).join('.')];
      const both = intersection(one, other);
      const isInBoth = matches(one, subject) && matches(other, subject);
      expect(both !== undefined && matches(both, subject), `${one} ${other} ${subject}`).to.equal(isInBoth);
    }
  });
});
