import { expect } from 'chai';
import { isLiteralSubject, isValidSubject } from '../../lib/codecs.js';

describe('subjects, as a dialect of a program asks of them', () => {
  for (const [subject, valid, literal] of [
    ['a', true, true],
    ['a.b-c.é', true, true],
    ['a*.>b', true, true],
    ['a.*', true, false],
    ['a.>', true, false],
    ['>', true, false],
    ['>.a', false, false],
    ['', false, false],
    ['bad..x', false, false],
    ['.a', false, false],
    ['a.', false, false],
    ['a b', false, false],
    ['a\r\nb', false, false],
    ['a\0', false, false],
    ['a\u0085b', false, false],
    ['a\u00a0b', false, false],
  ] as const)
    it(`${JSON.stringify(subject)} is ${literal ? 'literal' : valid ? 'for subscriptions only' : 'none'}`, () => {
      expect([isValidSubject(subject), isLiteralSubject(subject)]).to.deep.equal([valid, literal]);
    });
});
