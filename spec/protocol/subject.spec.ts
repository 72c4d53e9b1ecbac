import { expect } from 'chai';
import { hasWildcard, isLiteralSubject, isValidSubject } from '../../lib/protocol/subject.js';

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
