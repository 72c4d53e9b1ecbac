import { expect } from 'chai';
import { Arena } from '../../lib/frame/arena.js';
import { copyBytes, copyWords, sameWords, viewOf } from '../../lib/frame/copy.js';
import { seeded } from '../support/random.js';
import { filler } from '../support/wire.js';

describe('words', () => {
  const random = seeded(7);
  const below = (bound: number): number => Math.floor(random() * bound);

  it('are copied as bytes are, at every length and position, and nothing beside them', () => {
    const source = filler(400);
    for (let length = 0; length <= 140; length++) {
      const start = below(200);
      const at = 3 + below(9);
      const out = Buffer.alloc(160, 7);
      const reference = Buffer.alloc(160, 7);
      source.copy(reference, at, start, start + length);
      copyWords(viewOf(source), source.byteOffset + start, length, viewOf(out), out.byteOffset + at);
      expect(out.equals(reference), `${length} bytes`).to.equal(true);
    }
  });

  it('are compared as bytes are, whichever byte differs', () => {
    for (let length = 0; length <= 40; length++) {
      const one = filler(60);
      const two = Buffer.concat([filler(5), one]);
      const same = (): boolean =>
        sameWords(viewOf(one), one.byteOffset + 3, viewOf(two), two.byteOffset + 8, length);
      expect(same(), `${length} bytes`).to.equal(true);
      for (let i = 0; i < length; i++) {
        two[8 + i]! ^= 1;
        expect(same(), `byte ${i} of ${length}`).to.equal(false);
        two[8 + i]! ^= 1;
      }
      two[8 + length]! ^= 1;
      two[7]! ^= 1;
      expect(same(), `beside ${length} bytes`).to.equal(true);
    }
  });

  it('are those of the memory asked for, whatever was asked for before', () => {
    const block = Buffer.from(new Arena().make(), 65_536, 64);
    const pieces = [
      Buffer.alloc(10),
      Buffer.from('pooled'),
      Buffer.alloc(100_000),
      block,
      Buffer.from('next'),
    ];
    for (const piece of [...pieces, ...pieces, ...pieces.reverse()])
      expect(viewOf(piece).buffer).to.equal(piece.buffer);
  });

  it('copy alike whatever the length', () => {
    const source = filler(5_000);
    for (let i = 0; i < 500; i++) {
      const start = below(4_000);
      const end = start + Math.floor(random() * random() * 1_000);
      const out = Buffer.alloc(2_000);
      expect(copyBytes(source, viewOf(source), start, end, out, viewOf(out), 9)).to.equal(9 + end - start);
      expect(out.subarray(9, 9 + end - start).equals(source.subarray(start, end))).to.equal(true);
    }
  });
});
