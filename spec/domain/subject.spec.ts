import { expect } from 'chai';
import fc from 'fast-check';
import {
  covers,
  firstWildcard,
  hasEmptyToken,
  hasWildcard,
  isLiteralSubject,
  isValidSubject,
  overlap,
  withoutReferences,
} from '../../lib/domain/subject.js';

/** As nats-server 2.10 takes them: `valid` in a SUB, `literal` in a pedantic PUB. */
const CASES: readonly (readonly [subject: string, valid: boolean, wildcard: boolean])[] = [
  ['foo', true, false],
  ['foo.bar.baz', true, false],
  ['FOO.é.日本', true, false],
  ['$SYS.REQ', true, false],
  ['_INBOX.x', true, false],
  ['-', true, false],
  ['f\0o', true, false],
  ['*', true, true],
  ['>', true, true],
  ['foo.*', true, true],
  ['foo.>', true, true],
  ['*.*', true, true],
  ['*.>', true, true],
  ['foo.*.bar', true, true],
  ['foo*', true, false],
  ['*foo', true, false],
  ['foo.*bar', true, false],
  ['foo>', true, false],
  ['>foo', true, false],
  ['foo.>bar', true, false],
  ['**', true, false],
  ['>>', true, false],
  ['foo.**', true, false],
  ['', false, false],
  ['.', false, false],
  ['..', false, false],
  ['.foo', false, false],
  ['foo.', false, false],
  ['foo..bar', false, false],
  ['foo...bar', false, false],
  ['>.foo', false, true],
  ['foo.>.bar', false, true],
  ['>.>', false, true],
  ['*.', false, true],
  ['.>', false, true],
];

describe('subjects', () => {
  for (const [subject, valid, wildcard] of CASES) {
    it(`${JSON.stringify(subject)}: ${valid ? 'valid' : 'invalid'}${wildcard ? ', with a wildcard' : ''}`, () => {
      expect(isValidSubject(subject), 'valid').to.equal(valid);
      expect(hasWildcard(subject), 'wildcard').to.equal(wildcard);
      expect(isLiteralSubject(subject), 'literal').to.equal(valid && !wildcard);
    });
  }
});

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

describe('patterns of subjects', () => {
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
        expect(overlap(one.split('.'), other.split('.')), `${one} and ${other}`).to.equal(
          [...some].some((subject) => all.has(subject)),
        );
      }
    }
  });

  it('are what is left of one side of a mapping without its references', () => {
    expect(withoutReferences('foo.$2.{{wildcard(1)}}.{{ Wildcard( 3 ) }}.$x.*.>')).to.equal(
      'foo.*.*.*.$x.*.>',
    );
  });
});

describe('subjects, letter by letter and token by token', () => {
  it('are judged alike', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', '.', '.', '*', '>', 'é'), maxLength: 10 });
    fc.assert(
      fc.property(letters, (subject) => {
        const tokens = subject.split('.');
        const wild = tokens.findIndex((token) => token === '*' || token === '>');
        const rest = tokens.indexOf('>');
        expect(hasEmptyToken(subject)).to.equal(tokens.includes(''));
        expect(isValidSubject(subject)).to.equal(
          !tokens.includes('') && (rest < 0 || rest === tokens.length - 1),
        );
        expect(hasWildcard(subject)).to.equal(wild >= 0);
        const before = tokens.slice(0, wild).map((token) => `${token}.`);
        expect(firstWildcard(subject)).to.equal(wild < 0 ? -1 : before.join('').length);
      }),
      { numRuns: 2_000 },
    );
  });
});
