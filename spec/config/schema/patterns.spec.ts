import { expect } from 'chai';
import { covers, overlap, withPlaces } from '../../../lib/config/schema/patterns.js';

/** Every sequence of up to `length` of the tokens. */
function sequences(tokens: readonly string[], length: number): readonly string[] {
  if (length === 0) return [];
  const shorter = sequences(tokens, length - 1);
  const longest = shorter.filter((text) => text.split('.').length === length - 1);
  const more = (length === 1 ? [''] : longest.map((text) => `${text}.`)).flatMap((text) =>
    tokens.map((token) => text + token),
  );
  return [...shorter, ...more];
}

function matches(pattern: string, subject: string): boolean {
  const source = pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace(/>$/, '.+');
  return new RegExp(`^${source}$`).test(subject);
}

describe('config/schema/patterns', () => {
  const subjects = sequences(['a', 'b', 'c'], 4);
  const patterns = sequences(['a', 'b', '*', '>'], 3).filter((text) => !text.slice(0, -1).includes('>'));
  const matched = new Map(
    patterns.map((pattern) => [pattern, new Set(subjects.filter((subject) => matches(pattern, subject)))]),
  );

  it('covers what a brute-force matcher says, for every short pattern', () => {
    for (const [wide, all] of matched) {
      for (const [narrow, some] of matched) {
        expect(covers(wide, narrow), `${wide} covers ${narrow}`).to.equal(
          [...some].every((subject) => all.has(subject)),
        );
      }
    }
  });

  it('overlaps where a brute-force matcher says, for every short pattern', () => {
    for (const [one, all] of matched) {
      for (const [other, some] of matched) {
        expect(overlap(one, other), `${one} and ${other}`).to.equal(
          [...some].some((subject) => all.has(subject)),
        );
      }
    }
  });

  it('numbers wildcards, and only where there are any on the other side', () => {
    expect(withPlaces('*.x.*.>', 'a.*.*.>')).to.equal('$1.x.$2.>');
    expect(withPlaces('x*.*', 'a.*')).to.equal('x*.$1');
    expect(withPlaces('$2.$1', '*.*')).to.equal('$2.$1');
    expect(withPlaces('any.*', 'a')).to.equal('any.*');
  });
});
