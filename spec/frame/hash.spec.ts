import { expect } from 'chai';
import { HASH_FACTOR, HASH_KEY, HASH_SEED, hashBytes, hashOn } from '../../lib/frame/hash.js';
import { seeded } from '../support/random.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const BLOCK = 4;

function hashOf(text: string): number {
  return hashBytes(Buffer.from(text), 0, text.length);
}

/** Two blocks of four letters that lead from `state` to the same state of a hash which multiplies by FNV's prime. */
function collidingPair(state: number, random: () => number): readonly [string, string, number] {
  const seen = new Map<number, string>();
  for (;;) {
    let block = '';
    for (let i = 0; i < BLOCK; i++) block += LETTERS[Math.floor(random() * LETTERS.length)]!;
    let hash = state;
    for (let i = 0; i < BLOCK; i++) hash = Math.imul(hash ^ block.charCodeAt(i), 0x01000193);
    const other = seen.get(hash);
    if (other !== undefined && other !== block) return [other, block, hash];
    seen.set(hash, block);
  }
}

/** All texts of one block of each pair. */
function texts(pairs: readonly (readonly [string, string, number])[]): string[] {
  let all = [''];
  for (const [one, other] of pairs) all = all.flatMap((text) => [text + one, text + other]);
  return all;
}

/** How many texts have a hash that another one before them has. */
function collisions(all: readonly string[]): number {
  return all.length - new Set(all.map(hashOf)).size;
}

describe('the hash of subjects', () => {
  it('has no collisions that eight bits of the key decide, as a hash with a secret start alone has', () => {
    const random = seeded(1);
    const pairs: (readonly [string, string, number])[] = [];
    for (let state = HASH_SEED; pairs.length < 11; ) {
      const pair = collidingPair(state, random);
      pairs.push(pair);
      state = pair[2];
    }
    expect(collisions(texts(pairs))).to.be.at.most(1);
  });

  it('has no collisions that no key can prevent: of the words that collide in polynomials over 2^32, and rotated letters', () => {
    let [thue, morse] = ['a', 'b'];
    for (let n = 0; n < 10; n++) [thue, morse] = [thue + morse, morse + thue];
    const swapped = Array.from({ length: 64 }, (_, n) => `${'a'.repeat(n)}b${'a'.repeat(63 - n)}`);
    const repeated = Array.from({ length: 64 }, (_, n) => 'a'.repeat(n + 1));
    expect(hashOf(thue)).not.to.equal(hashOf(morse));
    expect(collisions([thue, morse, ...swapped, ...repeated])).to.equal(0);
  });

  it('has all of 32 bits: as few collisions as chance has, and every bit changes with every byte', () => {
    // Random letters: numbers share beginnings, and where two of these collide, so does all that follows them.
    const random = seeded(2);
    const letters = () =>
      Array.from({ length: 10 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
    const all = Array.from({ length: 100_000 }, () => `orders.${letters()}`);
    expect(collisions(all)).to.be.at.most(12); // 1.2 expected
    let changed = 0;
    for (let n = 0; n < 1_000; n++) changed |= hashOf(`a.${n}.b.c`) ^ hashOf(`a.${n + 1}.b.c`);
    expect(changed).to.equal(-1);
  });

  it('is hashed on byte by byte, with a key that is not trivial', () => {
    expect(hashOn(hashOf('foo.ba'), 'r'.charCodeAt(0))).to.equal(hashOf('foo.bar'));
    expect(new Set(HASH_KEY).size).to.be.above(250);
    expect(HASH_FACTOR & 7).to.equal(5);
  });
});
