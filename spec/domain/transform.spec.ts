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

describe('subject mapping', () => {
  for (const [from, to, subject, mapped] of ROWS) {
    it(`${from} → ${to} takes ${subject} to ${mapped}`, () => {
      expect(new Transform(from, to).apply(subject)).to.equal(mapped);
    });
  }
});
