import { expect } from 'chai';
import { viewOf } from '../../lib/frame/copy.js';
import { hashBytes } from '../../lib/frame/hash.js';
import { MatchCache } from '../../lib/routing/cache.js';
import type { MatchResult } from '../../lib/routing/match.js';
import { Sublist } from '../../lib/routing/sublist.js';
import { seeded } from '../support/random.js';
import { finish } from '../support/steps.js';
import { subscription } from '../support/subscribers.js';

/** A cache by subjects instead of bytes. */
function cacheBySubject() {
  const cache = new MatchCache();
  const where = (subject: string) => {
    const bytes = Buffer.from(subject);
    return [viewOf(bytes), bytes.byteOffset, bytes.length, hashBytes(bytes, 0, bytes.length)] as const;
  };
  return {
    cache,
    find: (subject: string) => cache.find(...where(subject)),
    add: (subject: string, result: MatchResult) => cache.add(...where(subject), result),
    forget: (subject: string) => cache.forget(where(subject)[3]),
  };
}

/** Subjects that are all looked for first in the same of 256 slots. */
function range(count: number): string[] {
  const homes = new Map<number, string[]>();
  for (let n = 0; ; n++) {
    const subject = `crowd.${n}`;
    const hash = hashBytes(Buffer.from(subject), 0, subject.length);
    const home = (hash ^ (hash >>> 15)) & 255;
    const found = homes.get(home) ?? [];
    found.push(subject);
    if (found.length === count) return found;
    homes.set(home, found);
  }
}

function results(count: number): MatchResult[] {
  return Array.from({ length: count }, (_, n) => {
    const sublist = new Sublist(undefined, false);
    sublist.insert(subscription(`only.${n}`));
    return sublist.matchSubject(`only.${n}`);
  });
}

describe('the cache of results', () => {
  it('keeps eight subjects whose hashes say the same slot, and forgets the one it is told to', () => {
    const { find, add, forget } = cacheBySubject();
    const subjects = range(8);
    const each = results(8);
    for (const [n, subject] of subjects.entries()) add(subject, each[n]!);
    expect(subjects.map(find)).to.deep.equal(each);
    forget(subjects[3]!);
    expect(find(subjects[3]!)).to.equal(undefined);
    expect(subjects.filter((_, n) => n !== 3).map(find)).to.deep.equal(each.filter((_, n) => n !== 3));
    add(subjects[3]!, each[0]!);
    expect(find(subjects[3]!)).to.equal(each[0]);
    expect(find(subjects[7]!)).to.equal(each[7]);
  });

  it('never mistakes one subject for another, however they push each other out', () => {
    const { find, add, forget, cache } = cacheBySubject();
    const each = results(50);
    const subjects = [
      ...range(20),
      ...Array.from({ length: 3_000 }, (_, n) => `a.${n}.${'x'.repeat(n % 90)}`),
    ];
    const random = seeded(3);
    const added = new Map<string, MatchResult>();
    let hits = 0;
    for (let i = 0; i < 30_000; i++) {
      const subject = subjects[Math.floor(random() * subjects.length)]!;
      const found = find(subject);
      if (found !== undefined) {
        hits++;
        expect(found).to.equal(added.get(subject));
      }
      if (i % 3 === 0) {
        const result = each[Math.floor(random() * each.length)]!;
        add(subject, result);
        added.set(subject, result);
      } else if (i % 17 === 0) {
        forget(subject);
        added.delete(subject);
      }
    }
    expect(hits).to.be.above(10_000);
    expect(finish(cache.census()).entries).to.be.within(1_000, subjects.length);
  });
});
