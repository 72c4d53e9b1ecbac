import { expect } from 'chai';
import { LogBlock } from '../../../../lib/jetstream/store/log/block.js';
import { resourcesOn } from '../../../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';

const AT = { ms: 1_000, ns: 0 };

/** A block with messages of these sequences, whose records are 100 bytes long. */
function blockWith(first: number, sequences: readonly number[]): LogBlock {
  const block = new LogBlock({ path: '/block', number: 1, first, salt: 1 }, resourcesOn(new SimulatedDisk()));
  for (const [i, sequence] of sequences.entries()) block.add(sequence, 64 + i * 100, 100, AT);
  return block;
}

describe('log blocks', () => {
  // What compaction has made of several blocks is read record by record, and may cover any range of sequences.
  const FAR = [7, 8, 2 ** 20, 2 ** 31, 2 ** 32 - 2];
  for (const isSealed of [false, true])
    it(`keep messages whose sequences are far apart${isSealed ? ', sealed' : ''}`, () => {
      const block = blockWith(5, FAR);
      expect(block.end).to.equal(2 ** 32 - 1);
      if (isSealed) block.seal(2 ** 32 + 10);
      expect(FAR.map((sequence) => block.offsetOf(sequence))).to.deep.equal([64, 164, 264, 364, 464]);
      expect([5, 6, 9, 2 ** 20 + 1, 2 ** 32 - 1].map((sequence) => block.has(sequence))).to.not.include(true);
      expect(block.next(9)).to.equal(2 ** 20);
      expect(block.next(2 ** 31 + 1)).to.equal(2 ** 32 - 2);
      expect(block.count(8, 2 ** 31)).to.equal(3);
      block.remove(2 ** 31, 100);
      expect(block.has(2 ** 31)).to.equal(false);
      expect(block.next(2 ** 20 + 1)).to.equal(2 ** 32 - 2);
      expect(block.live).to.equal(4);
    });

  it('go on where none of the first messages is left', () => {
    const block = blockWith(1, [1, 2]);
    block.remove(1, 100);
    block.remove(2, 100);
    block.add(100_000, 264, 100, AT);
    block.add(100_001, 364, 100, AT);
    expect(block.next(1)).to.equal(100_000);
    expect(block.count(1, 200_000)).to.equal(2);
    expect(block.end).to.equal(100_002);
  });
});
