import { expect } from 'chai';
import fc from 'fast-check';
import { covers } from '../../lib/domain/subject.js';
import { PatternTrie, TooManyPlaces } from '../../lib/jetstream/pattern-trie.js';
import { subjectsOverlap } from '../../lib/jetstream/settings/names.js';
import { FilterTrie } from '../../lib/jetstream/store/filter-trie.js';
import { count, finish } from '../support/steps.js';

const ANY = { left: Number.POSITIVE_INFINITY };
const token = fc.constantFrom('a', 'b', '*');
const pattern = fc
  .tuple(fc.array(token, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([tokens, hasRest]) => [...tokens.slice(0, hasRest ? 3 : 4), ...(hasRest ? ['>'] : [])].join('.'));
const subject = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
  .map((all) => all.join('.'));
const patterns = fc.uniqueArray(fc.oneof(pattern, fc.constant('>')), { maxLength: 12 });

function trieOf(all: Iterable<string>): PatternTrie<string> {
  const trie = new PatternTrie<string>();
  for (const each of all) trie.add(each, each);
  return trie;
}

/** Pattern `n` of 2^depth, and a token of its own. */
function wild(n: number, depth: number): string {
  return `${Array.from({ length: depth }, (_, bit) => ((n >> bit) & 1 ? '*.' : 'a.')).join('')}${n}`;
}

const list = (length: number, of: (n: number) => string) => Array.from({ length }, (_, n) => of(n));

describe('patterns by their tokens', () => {
  it('find what has subjects in common as a comparison with each does', () => {
    fc.assert(
      fc.property(patterns, pattern, fc.nat(), (all, asked, skip) => {
        const trie = trieOf(all);
        const own = all[skip % (all.length + 1)];
        const common = all.filter((each) => subjectsOverlap(each, asked));
        const found = finish(trie.overlapping(asked, own, { ...ANY }));
        const others = common.filter((each) => each !== own);
        if (found === undefined) expect(others).to.deep.equal([]);
        else expect(others).to.include(found);
        expect([...finish(trie.allOverlapping(asked))].sort()).to.deep.equal([...common].sort());
      }),
      { numRuns: 3_000 },
    );
  });

  it('find what stands for all of them as a comparison with each does', () => {
    fc.assert(
      fc.property(patterns, pattern, (all, asked) => {
        const found = finish(trieOf(all).covering(asked, { ...ANY }));
        const expected = all.filter((each) => each !== asked && covers(each, asked));
        if (found === undefined) expect(expected).to.deep.equal([]);
        else expect(expected).to.include(found);
      }),
      { numRuns: 3_000 },
    );
  });

  it('know how many places a subject may lead to', () => {
    fc.assert(
      fc.property(patterns, subject, (all, asked) => {
        const matcher = new FilterTrie();
        if (all.length > 0) matcher.add(all);
        matcher.matches(asked);
        expect(matcher.visited).to.be.at.most(finish(trieOf(all).mostPlaces()));
      }),
      { numRuns: 3_000 },
    );
    expect(finish(trieOf([]).mostPlaces())).to.equal(1);
    expect(finish(trieOf(['a.b.c', 'a.*.d', 'x.>']).mostPlaces())).to.equal(6);
    expect(finish(trieOf(list(1_024, (n) => wild(n, 10))).mostPlaces())).to.equal(2 ** 11 - 1 + 2 ** 10);
  });

  it('forget what is removed, and nothing else', () => {
    fc.assert(
      fc.property(patterns, fc.nat(), (all, at) => {
        const [gone = 'never'] = all.slice(at % (all.length + 1));
        const trie = trieOf(all);
        trie.remove(gone, 'another value');
        expect(trie.get(gone)).to.equal(all.includes(gone) ? gone : undefined);
        trie.remove(gone, gone);
        const left = all.filter((each) => each !== gone);
        expect([...finish(trie.allOverlapping('>'))].sort()).to.deep.equal([...left].sort());
      }),
    );
  });

  it('look at places for one pattern that do not rise with the number of the others', () => {
    const places = (subjects: number): number => {
      const trie = trieOf(list(subjects, (n) => `s.${n}.x`));
      const budget = { left: 1_000_000 };
      expect(finish(trie.overlapping('s.none.x', undefined, budget))).to.equal(undefined);
      return 1_000_000 - budget.left;
    };
    expect(places(10_000)).to.equal(places(10));
  });

  it('give up where wildcards branch too often, and pause before', () => {
    const trie = trieOf(list(4_096, (n) => wild(n, 12)));
    const asked = `${'a.'.repeat(12)}none`;
    expect(count(trie.overlapping(asked, undefined, { ...ANY })).pauses).to.be.at.least(16);
    expect(() => finish(trie.overlapping(asked, undefined, { left: 1_000 }))).to.throw(TooManyPlaces);
  });
});
