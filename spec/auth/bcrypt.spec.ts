import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { bcryptFault, bcryptLoad, bcryptMatches, dummyHash, isBcrypt } from '../../lib/auth/bcrypt.js';
import { Decoy, Secret } from '../../lib/auth/secrets.js';

describe('bcrypt', () => {
  it('matches what a hash was made of, of any of its letters', async () => {
    const hash = hashSync('pässword', 4);
    for (const letter of ['a', 'b', 'y']) {
      const other = hash.replace(/^\$2./, `$2${letter}`);
      expect(isBcrypt(other)).to.equal(true);
      expect(bcryptFault(other)).to.equal(undefined);
      expect(await bcryptMatches('pässword', other)).to.equal(true);
      expect(await bcryptMatches('password', other)).to.equal(false);
    }
    expect(isBcrypt('$2a$ecret')).to.equal(false);
  });

  it('works nothing out for who has left', async () => {
    const hash = hashSync('p', 10);
    const asked = Array.from({ length: 100 }, (_, n) => bcryptMatches('p', hash, { isGone: () => n >= 2 }));
    expect(await Promise.all(asked)).to.deep.equal(asked.map((_, n) => n < 2));
  });

  it('lets addresses take turns', async () => {
    const hash = hashSync('p', 4);
    const order: string[] = [];
    const ask = (remoteAddress: string) =>
      bcryptMatches('p', hash, { remoteAddress }).then(() => order.push(remoteAddress));
    const many = Array.from({ length: 50 }, () => ask('127.0.0.1'));
    await ask('127.0.0.2');
    expect(order.length).to.be.below(10);
    await Promise.all(many);
  });

  it('checks two at a time while others wait, and refuses beyond', async () => {
    const hash = hashSync('p', 6);
    const checks = Array.from({ length: 300 }, (_, i) => bcryptMatches(i % 2 === 0 ? 'p' : 'x', hash));
    expect(bcryptLoad()).to.deep.equal({ running: 2, waiting: 256 });
    let turns = 0;
    const turning = setInterval(() => turns++, 1);
    const results = await Promise.all(checks);
    clearInterval(turning);
    // The event loop was not held up for the whole of it.
    expect(turns).to.be.above(10);
    expect(results.map((same, i) => same === (i % 2 === 0 && i < 258))).to.not.include(false);
    expect(bcryptLoad()).to.deep.equal({ running: 0, waiting: 0 });
  });

  it('answers no to a hash it cannot read', async () => {
    expect(await bcryptMatches('p', 'no hash')).to.equal(false);
    expect(await bcryptMatches('p', hashSync('p', 4))).to.equal(true);
  });

  it('does as much work for nobody as for somebody', async () => {
    const decoy = new Decoy([
      new Secret('plain', 'x'),
      new Secret(hashSync('p', 5), 'x'),
      new Secret(hashSync('p', 4), 'x'),
    ]);
    const refused = decoy.refuse('p');
    expect(refused).to.be.instanceOf(Promise);
    expect(await refused).to.equal(false);
    expect(bcryptFault(dummyHash(5))).to.equal(undefined);
    expect(new Decoy([new Secret('plain', 'x')]).refuse('')).to.equal(false);
  });
});
