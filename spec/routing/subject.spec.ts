import { expect } from 'chai';
import { hasWildcard, isLiteralSubject, isValidSubject } from '../../lib/protocol/subject.js';

/** subject, may be subscribed to, may be published to by a line client. */
const ROWS: readonly (readonly [subject: string, valid: boolean, literal: boolean])[] = [
  ['foo', true, true],
  ['foo.bar.baz', true, true],
  ['f', true, true],
  ['$SYS.x', true, true],
  ['grüße.日本', true, true],
  ['foo*', true, true],
  ['*foo', true, true],
  ['foo.b*r', true, true],
  ['foo>', true, true],
  ['foo.>bar', true, true],
  ['**', true, true],
  ['>>', true, true],
  ['*', true, false],
  ['>', true, false],
  ['foo.*', true, false],
  ['*.foo', true, false],
  ['foo.*.bar', true, false],
  ['*.*.*', true, false],
  ['foo.>', true, false],
  ['*.>', true, false],
  ['>.foo', false, false],
  ['foo.>.bar', false, false],
  ['>.>', false, false],
  ['>.*', false, false],
  ['', false, false],
  ['.', false, false],
  ['..', false, false],
  ['.foo', false, false],
  ['foo.', false, false],
  ['foo..bar', false, false],
  ['*.', false, false],
  ['foo.>.', false, false],
];

describe('subjects', () => {
  for (const [subject, valid, literal] of ROWS) {
    it(`${JSON.stringify(subject)} is ${valid ? '' : 'in'}valid${literal ? ', literal' : ''}`, () => {
      expect(isValidSubject(subject)).to.equal(valid);
      expect(isLiteralSubject(subject)).to.equal(literal);
      if (valid) expect(hasWildcard(subject)).to.equal(!literal);
    });
  }
});
