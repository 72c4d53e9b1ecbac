import { expect } from 'chai';
import { hashBytes } from '../../lib/frame/hash.js';
import { textOf } from '../../lib/frame/text.js';
import { Sublist } from '../../lib/routing/sublist.js';
import { bytesInUse } from '../support/memory.js';
import { bruteForce, receiversOf, subscription } from '../support/subscribers.js';

const MIB = 1024 * 1024;

/** pattern, subjects it matches, subjects it does not. */
const ROWS: readonly (readonly [pattern: string, yes: readonly string[], no: readonly string[]])[] = [
  ['foo', ['foo'], ['fo', 'fooo', 'foo.bar', 'bar', 'FOO', '']],
  ['foo.bar', ['foo.bar'], ['foo', 'foo.baz', 'foo.bar.baz', 'bar.foo', 'foo..bar', '.foo.bar']],
  ['*', ['foo', '*', '>'], ['foo.bar', '']],
  ['foo.*', ['foo.bar', 'foo.*', 'foo.>'], ['foo', 'foo.bar.baz', 'foo.', 'bar.foo']],
  ['*.bar', ['foo.bar', '*.bar'], ['bar', 'foo.baz', '.bar']],
  ['foo.*.baz', ['foo.bar.baz'], ['foo.baz', 'foo..baz', 'foo.a.b.baz']],
  ['*.*', ['a.b'], ['a', 'a.b.c', 'a.', '.b', '.']],
  ['>', ['a', 'a.b.c', '*', 'a.*'], ['', 'a..b', '.', 'a.']],
  ['foo.>', ['foo.a', 'foo.a.b'], ['foo', 'bar.a', 'foo.', 'foo..a']],
  ['*.>', ['a.b', 'a.b.c'], ['a', '.b']],
  ['foo*', ['foo*'], ['foobar', 'foo']],
  ['foo.b>', ['foo.b>'], ['foo.bar']],
  ['grüße.日本', ['grüße.日本'], ['grüße.日']],
];

for (const cached of [true, false]) {
  describe(`sublist ${cached ? 'with' : 'without'} its cache`, () => {
    let sublist: Sublist;
    beforeEach(() => {
      sublist = new Sublist(undefined, cached);
    });

    for (const [pattern, yes, no] of ROWS) {
      it(`${pattern} matches ${yes.join(' ')} and not ${no.join(' ')}`, () => {
        const one = subscription(pattern);
        sublist.insert(one);
        for (const subject of yes) expect(sublist.matchSubject(subject).plain, subject).to.deep.equal([one]);
        for (const subject of no) expect(sublist.matchSubject(subject).empty, subject).to.equal(true);
        sublist.remove(one);
        for (const subject of yes) expect(sublist.matchSubject(subject).empty, subject).to.equal(true);
        expect(sublist.empty).to.equal(true);
      });
    }

    it('merges queue groups by name across patterns', () => {
      const all = [
        subscription('foo.*', 'q'),
        subscription('foo.>', 'q'),
        subscription('foo.a', 'q'),
        subscription('foo.a', 'r'),
        subscription('>', 'r'),
        subscription('foo.a'),
      ];
      for (const each of all) sublist.insert(each);
      for (const subject of ['foo.a', 'foo.b', 'foo.a.b', 'bar'])
        expect(receiversOf(sublist.matchSubject(subject))).to.deep.equal(bruteForce(all, subject));
      expect(sublist.matchSubject('foo.a').groups).to.have.lengthOf(2);
    });

    it('gives the one same object to subjects with the same receivers', () => {
      for (const pattern of ['foo.*', '>', 'foo.7']) sublist.insert(subscription(pattern));
      const first = sublist.matchSubject('foo.1');
      for (let n = 2; n < 7; n++) expect(sublist.matchSubject(`foo.${n}`)).to.equal(first);
      expect(sublist.matchSubject('foo.7')).not.to.equal(first);
      expect(sublist.matchSubject('bar')).not.to.equal(first);
      expect(sublist.matchSubject('bar')).to.equal(sublist.matchSubject('baz.1'));
    });

    it('gives the one same empty object to subjects without receivers', () => {
      sublist.insert(subscription('foo'));
      expect(sublist.matchSubject('a')).to.equal(sublist.matchSubject('b.c'));
      expect(sublist.matchSubject('a..b')).to.equal(sublist.matchSubject('b.c'));
    });

    it('sees a subscription that comes to, or goes from, a subject it knows', () => {
      const others = [
        subscription('foo.bar'),
        subscription('foo.*'),
        subscription('>'),
        subscription('foo.bar', 'q'),
      ];
      sublist.insert(subscription('unrelated'));
      for (let round = 0; round < 3; round++) {
        const inside = new Set<(typeof others)[number]>();
        const look = () =>
          expect(receiversOf(sublist.matchSubject('foo.bar'))).to.deep.equal(bruteForce(inside, 'foo.bar'));
        look();
        for (const each of others) {
          sublist.insert(each);
          inside.add(each);
          look();
        }
        for (const each of others) {
          sublist.remove(each);
          inside.delete(each);
          look();
        }
      }
    });

    it('sees a subscription below and above one it knows', () => {
      const all = ['a.b', 'a', 'a.b.c', 'a.*.c', 'a.b.c.d'].map((pattern) => subscription(pattern));
      const subjects = ['a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.x.c'];
      const inside = new Set<(typeof all)[number]>();
      for (const each of [...all, ...all]) {
        if (inside.delete(each)) sublist.remove(each);
        else {
          inside.add(each);
          sublist.insert(each);
        }
        for (const subject of subjects)
          expect(receiversOf(sublist.matchSubject(subject))).to.deep.equal(bruteForce(inside, subject));
      }
      expect(sublist.empty).to.equal(true);
    });

    it('takes the subject from the middle of a read', () => {
      sublist.insert(subscription('foo.bar'));
      const bytes = Buffer.from('PUB foo.bar 5');
      expect(sublist.match(bytes, 4, 11, hashBytes(bytes, 4, 11)).plain).to.have.lengthOf(1);
      expect(sublist.match(bytes, 4, 10, hashBytes(bytes, 4, 10)).empty).to.equal(true);
    });

    it('is never stale for a subject that is not UTF-8', () => {
      const bytes = Buffer.from([0xff]);
      const find = () => sublist.match(bytes, 0, 1, hashBytes(bytes, 0, 1)).plain.length;
      sublist.insert(subscription('other'));
      expect(find()).to.equal(0);
      sublist.insert(subscription(textOf(Buffer.from([0xfe]), 0, 1)));
      expect(find()).to.equal(0);
      sublist.insert(subscription(textOf(bytes, 0, 1)));
      expect(find()).to.equal(1);
    });

    it('removes any of many on one subject', () => {
      const all = Array.from({ length: 100 }, () => subscription('foo'));
      for (const each of all) sublist.insert(each);
      const left = new Set(all);
      for (let i = 0; i < 100; i++) {
        const one = all[(i * 37) % 100]!;
        sublist.remove(one);
        left.delete(one);
        expect(receiversOf(sublist.matchSubject('foo'))).to.deep.equal(bruteForce(left, 'foo'));
      }
      expect(sublist.empty).to.equal(true);
      expect(sublist.size).to.equal(0);
    });

    it('leaves nothing behind of 50,000 subjects', () => {
      const stays = subscription('stays.*');
      sublist.insert(stays);
      const churn = (from: number, to: number) => {
        for (let n = from; n < to; n++) {
          const subject = `churn.${n}.${n % 7}`;
          const one = subscription(subject);
          sublist.insert(one);
          if (sublist.matchSubject(subject).plain[0] !== one) expect.fail(`${subject} is not found`);
          sublist.remove(one);
          if (!sublist.matchSubject(subject).empty) expect.fail(`${subject} is still there`);
        }
      };
      churn(0, 25_000); // the cache and the table of results have grown as far as they will
      const before = bytesInUse();
      churn(25_000, 50_000);
      expect(bytesInUse() - before).to.be.below(2 * MIB);
      expect(sublist.size).to.equal(1);
      sublist.remove(stays);
      expect(sublist.empty).to.equal(true);
    });

    it('keeps 50,000 at once and lets all of them go', () => {
      sublist.insert(subscription('warm.up'));
      const before = bytesInUse();
      const all = Array.from({ length: 50_000 }, (_, n) => subscription(`many.${n}.${n % 7}`));
      for (const each of all) sublist.insert(each);
      for (const each of all)
        if (sublist.matchSubject(each.subject).plain[0] !== each) expect.fail(`${each.subject} is not found`);
      for (const each of all.splice(0)) sublist.remove(each);
      expect(sublist.size).to.equal(1);
      expect(sublist.matchSubject('many.1.1').empty).to.equal(true);
      expect(bytesInUse() - before).to.be.below(8 * MIB);
    });
  });
}

describe('the cache of the sublist', () => {
  it('answers rightly when more subjects than it has room for push each other out', () => {
    const sublist = new Sublist();
    const all = Array.from({ length: 64 }, (_, n) => subscription(`room.${n}.*`));
    for (const each of all) sublist.insert(each);
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 40_000; n++) {
        const { plain } = sublist.matchSubject(`room.${n % 64}.${n}`);
        if (plain[0] !== all[n % 64]) expect.fail(`room.${n % 64}.${n} is not found`);
      }
    }
  });

  it('keeps the last result of very many patterns until any subscription changes', () => {
    const sublist = new Sublist();
    const depth = 11;
    const patterns = Array.from({ length: 2 ** depth }, (_, n) =>
      Array.from({ length: depth }, (_each, bit) => ((n >> bit) & 1 ? '*' : 'a')).join('.'),
    );
    const all = patterns.map((pattern) => subscription(pattern));
    for (const each of all) sublist.insert(each);
    const subject = Array<string>(depth).fill('a').join('.');
    const found = sublist.matchSubject(subject);
    expect(found.plain).to.have.members(all);
    expect(sublist.matchSubject(subject)).to.equal(found);
    const one = subscription(subject);
    sublist.insert(one);
    expect(sublist.matchSubject(subject).plain).to.have.members([...all, one]);
    sublist.remove(all[7]!);
    expect(sublist.matchSubject(subject).plain).to.have.members([
      ...all.filter((each) => each !== all[7]),
      one,
    ]);
  });

  it('is bounded in bytes, however long the subjects', () => {
    const sublist = new Sublist();
    sublist.insert(subscription('>'));
    const before = bytesInUse();
    const tail = 'x'.repeat(4_000);
    for (let n = 0; n < 60_000; n++) sublist.matchSubject(`${n}.${tail}`);
    expect(bytesInUse() - before).to.be.below(16 * MIB);
    expect(sublist.size).to.equal(1);
  });
});
