import { expect } from 'chai';
import { authenticator, type Credentials, type Presented } from '../../lib/auth/authenticator.js';

const NONE: Credentials = { user: undefined, password: undefined, token: undefined };
const USER: Credentials = { ...NONE, user: 'u', password: 'p' };
const TOKEN: Credentials = { ...NONE, token: 't' };
const BOTH: Credentials = { user: 'u', password: 'p', token: 't' };

/** What is configured, what is presented, whether it lets in. */
const ROWS: readonly (readonly [configured: Credentials, presented: Presented, admitted: boolean])[] = [
  [USER, { user: 'u', password: 'p' }, true],
  [USER, { user: 'u', password: 'p', token: 'anything' }, true],
  [USER, { user: 'u', password: 'x' }, false],
  [USER, { user: 'x', password: 'p' }, false],
  [USER, { user: 'U', password: 'p' }, false],
  [USER, { user: 'u', password: 'pp' }, false],
  [USER, { user: 'u', password: '' }, false],
  [USER, { user: 'u' }, false],
  [USER, { password: 'p' }, false],
  [USER, { token: 'p' }, false],
  [USER, {}, false],
  [TOKEN, { token: 't' }, true],
  [TOKEN, { token: 't', user: 'z' }, true],
  [TOKEN, { token: 'x' }, false],
  [TOKEN, { token: '' }, false],
  [TOKEN, { user: 't' }, false],
  [TOKEN, { password: 't' }, false],
  [TOKEN, { user: 't', password: 't' }, false],
  [TOKEN, {}, false],
  [BOTH, { user: 'u', password: 'p' }, true],
  [BOTH, { token: 't' }, true],
  [BOTH, { user: 'u', password: 'x', token: 't' }, true],
  [BOTH, { user: 'u', token: 'p' }, false],
  [BOTH, {}, false],
];

describe('credentials', () => {
  it('are not asked for where none are configured', () => {
    expect(authenticator(NONE)).to.equal(undefined);
  });

  for (const [configured, presented, admitted] of ROWS) {
    it(`${JSON.stringify(presented)} ${admitted ? 'pass' : 'do not pass'} ${JSON.stringify(configured)}`, () => {
      expect(authenticator(configured)!(presented)).to.equal(admitted);
    });
  }
});
