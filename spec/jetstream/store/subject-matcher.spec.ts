import { expect } from 'chai';
import fc from 'fast-check';
import { MemoryStore } from '../../../lib/jetstream/store/memory.js';
import { SubjectMatcher } from '../../../lib/jetstream/store/subject-matcher.js';
import { isInFilter } from '../../support/jetstream/store-model.js';

const AT = { ms: 1, ns: 0 };
const token = fc.constantFrom('a', 'b', 'ab', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '.>', '.*'),
  )
  .map(([tokens, end]) => tokens.join('.') + end);

/** Patterns with a wildcard or `b` in each of the first eight places: a subject of `b` fits all of those places. */
const WIDE = Array.from({ length: 256 }, (_, bits) => {
  const places = Array.from({ length: 8 }, (_place, at) => ((bits >> at) & 1 ? '*' : 'b'));
  return `${places.join('.')}.${bits}`;
});

describe('subject matcher', () => {
  it('matches as the definition has it, whatever the number of patterns', () =>
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 30 }),
        fc.array(subject, { maxLength: 20 }),
        (filter, all) => {
          const matcher = new SubjectMatcher(filter);
          for (const each of [...all, ...all])
            expect(matcher.matches(each)).to.equal(isInFilter(filter, each));
        },
      ),
      { numRuns: 500 },
    ));

  it('compares few patterns of many that begin alike', () => {
    const matcher = new SubjectMatcher(Array.from({ length: 1_000 }, (_, i) => `a.*.${i}`));
    for (let i = 0; i < 1_000; i++) matcher.matches(`a.${i}.none`);
    expect(matcher.compared).to.be.at.most(10_000);
  });

  it('looks a subject up once', () => {
    const matcher = new SubjectMatcher(WIDE);
    matcher.matches('b.b.b.b.b.b.b.b.none');
    const { compared } = matcher;
    expect(compared).to.be.greaterThan(256);
    for (let i = 0; i < 100; i++) matcher.matches('b.b.b.b.b.b.b.b.none');
    expect(matcher.compared).to.equal(compared + 100);
  });

  it('counts for a search: one with many patterns looks at fewer messages at once', () => {
    const store = new MemoryStore();
    for (let i = 0; i < 2_000; i++) store.append(`b.b.b.b.b.b.b.b.z${i}`, Buffer.from('x'), 0, AT);
    expect(store.next(['none.*'], 1, 1_024)).to.be.within(500, 1_025);
    let searches = 0;
    for (let at: unknown = 1; typeof at === 'number'; searches++) at = store.next(WIDE, at, 1_024);
    expect(searches).to.be.greaterThan(200);
  });
});
