import { expect } from 'chai';
import { Transform } from '../../lib/domain/transform.js';

/** from, to, subject, what comes out. */
const ROWS: readonly (readonly [from: string, to: string, subject: string, mapped: string])[] = [
  ['foo', 'bar', 'foo', 'bar'],
  ['foo.*', 'bar.*', 'foo.a', 'bar.a'],
  ['foo.*.*', 'bar.$2.$1', 'foo.a.b', 'bar.b.a'],
  ['foo.*.*', 'bar.{{wildcard(2)}}.x.{{ Wildcard( 1 ) }}', 'foo.a.b', 'bar.b.x.a'],
  ['bar.$2.$1', 'foo.*.*', 'bar.b.a', 'foo.a.b'],
  ['foo.>', 'x.y.>', 'foo.a.b.c', 'x.y.a.b.c'],
  ['foo.*.>', 'x.>', 'foo.a.b.c', 'x.b.c'],
  ['*.>', '>', 'foo.bar', 'bar'],
  ['foo.*', 'bar', 'foo.a', 'bar'],
  ['a.$x', 'b.$x', 'a.$x', 'b.$x'],
];

/** What nats-server 2.15.3 makes of them, with `from` mapped to `to`. */
const FUNCTIONS: readonly (readonly [from: string, to: string, subject: string, mapped: string])[] = [
  ['p1.*', 'o.{{partition(10,1)}}.{{wildcard(1)}}', 'p1.alpha', 'o.7.alpha'],
  ['p1.*', 'o.{{partition(10,1)}}.{{wildcard(1)}}', 'p1.beta', 'o.1.beta'],
  ['p2.*.*', 'o.{{partition(5,1,2)}}', 'p2.a.bc', 'o.1'],
  ['p2.*.*', 'o.{{partition(5,1,2)}}', 'p2.ab.c', 'o.1'],
  ['p3.*', 'o.{{partition(7)}}', 'p3.hello', 'o.2'],
  ['p4', 'o.{{partition(9)}}', 'p4', 'o.4'],
  ['p5', 'o.{{partition(9,1,2)}}', 'p5', 'o.5'],
  ['p6.*', 'o.{{partition(0,1)}}', 'p6.x', 'o.0'],
  ['p7.*', 'o.{{ Partition ( 3 , 1 ) }}', 'p7.x', 'o.0'],
  ['p8.*.*', 'o.{{partition(1000000,2,1)}}', 'p8.left.right', 'o.956560'],
  ['s1.*', 'o.{{split(1,-)}}', 's1.a-b-c', 'o.a.b.c'],
  ['s2.*', 'o.{{split(1,-)}}', 's2.-a--b-', 'o.a.b'],
  ['s3.*', 'o.{{split(1,ab)}}', 's3.xabyabz', 'o.x.y.z'],
  ['s4.*', 'o.{{split(1,-)}}.z', 's4.abc', 'o.abc.z'],
  ['s7.*', 'o.{{split(1,)}}', 's7.abc', 'o.a.b.c'],
  ['l1.*', 'o.{{splitFromLeft(1,2)}}', 'l1.abcde', 'o.ab.cde'],
  ['l2.*', 'o.{{splitfromleft(1,9)}}', 'l2.abcde', 'o.abcde'],
  ['l3.*', 'o.{{SplitFromRight(1,2)}}', 'l3.abcde', 'o.abc.de'],
  ['l4.*', 'o.{{splitFromLeft(1,5)}}', 'l4.abcde', 'o.abcde'],
  ['c1.*', 'o.{{sliceFromLeft(1,2)}}', 'c1.abcde', 'o.ab.cd.e'],
  ['c2.*', 'o.{{sliceFromLeft(1,2)}}', 'c2.abcd', 'o.ab.cd'],
  ['c3.*', 'o.{{sliceFromRight(1,2)}}', 'c3.abcde', 'o.a.bc.de'],
  ['c4.*', 'o.{{sliceFromRight(1,3)}}', 'c4.abcdef', 'o.abc.def'],
  ['c5.*', 'o.{{sliceFromLeft(1,0)}}', 'c5.abc', 'o.abc'],
  ['c6.*', 'o.{{sliceFromRight(1,-1)}}', 'c6.abc', 'o.abc'],
  ['g1.*.>', 'o.>', 'g1.a.b.c', 'o.b.c'],
  ['g2.*.>', 'o.$1.>', 'g2.a.b.c', 'o.a.b.c'],
  ['g3.>', 'o.{{partition(4)}}.>', 'g3.a.b', 'o.2.a.b'],
  ['w1.*.*', 'o.$2.{{wildcard(1)}}', 'w1.a.b', 'o.b.a'],
  ['w2.*', 'o.$x.$1', 'w2.a', 'o.$x.a'],
  ['w3.*.*', 'o.$1', 'w3.a.b', 'o.a'],
  ['w4', 'o.plain', 'w4', 'o.plain'],
  ['w5.*', 'o.$1.$1', 'w5.a', 'o.a.a'],
];

describe('subject mapping', () => {
  for (const [from, to, subject, mapped] of [...ROWS, ...FUNCTIONS]) {
    it(`${from} → ${to} takes ${subject} to ${mapped}`, () => {
      expect(new Transform(from, to).apply(subject)).to.equal(mapped);
    });
  }

  it('hashes and cuts bytes, given one byte in each character', () => {
    const bytes = (text: string) => Buffer.from(text).toString('latin1');
    expect(new Transform('p.*', 'o.{{partition(97,1)}}').apply(bytes('p.grüße'))).to.equal('o.91');
    expect(new Transform('c.*', 'o.{{sliceFromLeft(1,1)}}').apply(bytes('c.ü'))).to.equal('o.\xc3.\xbc');
  });

  it('makes no empty tokens of what has nothing but separators in front', () => {
    expect(new Transform('s.*', 'o.{{split(1,-)}}').apply('s.--a')).to.equal('o.a');
  });

  it('draws random numbers below the count', () => {
    const transform = new Transform('r.*', 'o.{{random(10)}}.$1');
    expect(transform.isFixed).to.equal(false);
    for (const drawn of [0, 0.3, 0.999]) expect(transform.apply('r.x', () => drawn)).to.match(/^o\.\d\.x$/);
    expect(new Transform('r.*', 'o.{{random(0)}}').apply('r.x', () => 0.5)).to.equal('o.0');
    const seen = new Set(Array.from({ length: 100 }, (_, n) => transform.apply('r.x', () => n / 100)));
    expect(seen.size).to.equal(10);
  });
});
