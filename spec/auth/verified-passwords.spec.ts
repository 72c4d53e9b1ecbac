import { inspect } from 'node:util';
import { expect } from 'chai';
import { VerifiedPasswords } from '../../lib/auth/verified-passwords.js';

describe('auth/verified-passwords', () => {
  it('knows a password with its hash, and neither of them with another', () => {
    const verified = new VerifiedPasswords();
    expect(verified.has('p', 'hash')).to.equal(false);
    verified.add('p', 'hash');
    expect(verified.has('p', 'hash')).to.equal(true);
    const others = [
      ['q', 'hash'],
      ['p', 'other'],
      ['hash\np', ''],
      ['', 'hash\np'],
    ] as const;
    for (const [presented, hash] of others) expect(verified.has(presented, hash)).to.equal(false);
  });

  it('keeps no more than it may, those that were presented last', () => {
    const verified = new VerifiedPasswords(3);
    for (const password of ['a', 'b', 'c']) verified.add(password, 'hash');
    verified.has('a', 'hash');
    verified.add('d', 'hash');
    verified.add('d', 'hash');
    expect(['a', 'b', 'c', 'd'].map((password) => verified.has(password, 'hash'))).to.deep.equal([
      ...[true, false, true, true],
    ]);
  });

  it('keeps neither passwords nor hashes', () => {
    const verified = new VerifiedPasswords();
    verified.add('a password', 'a hash');
    const kept = inspect(verified, { depth: null, showHidden: true });
    expect(kept).to.match(/'[\w+/]{43}='/);
    expect(kept).to.not.match(/a password|a hash/);
  });
});
