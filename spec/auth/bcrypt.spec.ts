import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { bcryptFault, dummyHash, isBcrypt } from '../../lib/auth/bcrypt.js';
import { BcryptPool } from '../../lib/auth/bcrypt-pool.js';
import { DummySecret, Secret } from '../../lib/auth/secrets.js';

/** A hash that cannot be told from a right one, of that cost. */
function hashOfCost(cost: string): string {
  return `$2b$${cost}$KzJY0.RUw6Dpryc9s1DHjuVFBTrQjaO8MFymgnP4ulw0AdHJzQhey`;
}

describe('bcrypt', () => {
  it('matches what a hash was made of, of any of its letters, in threads', async () => {
    const pool = new BcryptPool();
    const hash = hashSync('pässword', 4);
    for (const letter of ['a', 'b', 'y']) {
      const other = hash.replace(/^\$2./, `$2${letter}`);
      expect(isBcrypt(other)).to.equal(true);
      expect(bcryptFault(other)).to.equal(undefined);
      expect(await pool.check('pässword', other)).to.equal(true);
      expect(await pool.check('password', other)).to.equal(false);
    }
    expect(isBcrypt('$2a$ecret')).to.equal(false);
  });

  it('answers no to a hash it cannot read', async () => {
    const pool = new BcryptPool();
    expect(await pool.check('p', 'no hash')).to.equal(false);
    expect(await pool.check('p', hashSync('p', 4))).to.equal(true);
  });

  const faults: readonly (readonly [hash: string, fault: string | undefined])[] = [
    [hashOfCost('04'), undefined],
    [hashOfCost('14'), undefined],
    [hashOfCost('03'), 'bcrypt cost 3 out of range, allowed: 4 to 14'],
    [hashOfCost('15'), 'bcrypt cost 15 out of range, allowed: 4 to 14; each login would take some 2 s'],
    [hashOfCost('16'), 'bcrypt cost 16 out of range, allowed: 4 to 14; each login would take some 3 s'],
    [
      hashOfCost('31'),
      'bcrypt cost 31 out of range, allowed: 4 to 14; each login would take some 1748 minutes',
    ],
    [hashOfCost('32'), 'bcrypt cost 32 out of range, allowed: 4 to 14'],
    [hashOfCost('11').slice(0, -1), 'not a whole bcrypt hash'],
    [hashOfCost('11').replace('$2b', '$2x'), 'not a whole bcrypt hash'],
  ];
  for (const [hash, fault] of faults) {
    it(`${hash.slice(0, 7)}… of ${hash.length} characters: ${fault ?? 'taken'}`, () => {
      expect(bcryptFault(hash)).to.equal(fault);
      const make = () => new Secret(hash, () => 'authorization.users[1].password');
      if (fault === undefined) expect(make).to.not.throw();
      else expect(make).to.throw(`authorization.users[1].password: ${fault}`);
    });
  }

  it('does as much work for an unknown user as for a known one', async () => {
    const plain = new Secret('plain', () => 'x');
    const decoy = new DummySecret([
      plain,
      new Secret(hashSync('p', 5), () => 'x'),
      new Secret(hashSync('p', 4), () => 'x'),
    ]);
    for (const compared of [undefined, plain]) {
      const refused = decoy.refuse('p', compared);
      expect(refused).to.be.instanceOf(Promise);
      expect(await refused).to.equal(false);
    }
    expect(bcryptFault(dummyHash(5))).to.equal(undefined);
    expect(new DummySecret([new Secret('plain', () => 'x')]).refuse('', undefined)).to.equal(false);
  });

  it('makes up for what a cheaper hash takes less, and for nothing beyond the costliest', async () => {
    const [cheap, costly] = [
      new Secret(hashSync('p', 4), () => 'x'),
      new Secret(hashSync('p', 6), () => 'x'),
    ];
    const decoy = new DummySecret([cheap, costly]);
    expect(decoy.refuse('p', costly)).to.equal(false);
    expect(await decoy.refuse('p', cheap)).to.equal(false);
  });
});
