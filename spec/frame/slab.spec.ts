import { expect } from 'chai';
import { Arena, BLOCK_BYTES } from '../../lib/frame/arena.js';
import { type Block, Slab } from '../../lib/frame/slab.js';

describe('slab', () => {
  let slab: Slab;

  /** Fills the block in use, so that the next frame needs another. Returns it. */
  function filled(): Block {
    slab.renew(1);
    slab.used = BLOCK_BYTES;
    return slab.block;
  }

  beforeEach(() => {
    slab = new Slab(new Arena());
    slab.renew(1);
    slab.recycle();
  });

  it('starts the block in use again when the turn is over and nothing needs any of it', () => {
    slab.used = 100;
    slab.recycle();
    expect(slab.used).to.equal(0);
  });

  it('goes on behind what is still needed', () => {
    const { block } = slab;
    slab.used = 100;
    block.borrowers++;
    slab.recycle();
    expect([slab.block === block, slab.used]).to.deep.equal([true, 100]);
    slab.release(block);
    slab.recycle();
    expect(slab.used).to.equal(0);
  });

  it('starts the block in use again at once when the last gives it back, unless it may be shared again this turn', () => {
    const { block } = slab;
    slab.used = 100;
    block.borrowers = 2;
    slab.release(block);
    expect(slab.used).to.equal(100);
    slab.release(block);
    expect(slab.used).to.equal(0);
    slab.used = 100;
    block.borrowers = 1;
    block.shared = true;
    slab.release(block);
    expect(slab.used).to.equal(100);
    slab.recycle();
    expect([slab.used, block.shared]).to.deep.equal([0, false]);
  });

  it('takes a full block of this turn again before one that has rested', () => {
    const full = filled();
    full.borrowers = 1;
    slab.renew(1);
    const next = slab.block;
    next.borrowers = 1;
    slab.release(full);
    const rested = slab.spare.length;
    slab.renew(1);
    expect(slab.block === full).to.equal(true);
    expect(slab.spare).to.have.lengthOf(rested);
    slab.release(next);
  });

  it('writes a full block again only after the last who borrowed of it has given it back', () => {
    const block = filled();
    block.borrowers = 2;
    slab.renew(1);
    slab.recycle();
    const known = () => slab.spare.includes(block) || slab.block === block || slab.full.includes(block);
    expect(known()).to.equal(false);
    slab.release(block);
    expect(known()).to.equal(false);
    slab.release(block);
    expect(known()).to.equal(true);
  });

  it('takes a full block within a turn, but none that may be shared again this turn', () => {
    const shared = filled();
    shared.shared = true;
    const free = filled();
    slab.renew(1);
    slab.renew(1);
    expect(slab.block === shared).to.equal(false);
    expect(slab.full.includes(shared)).to.equal(true);
    slab.recycle();
    expect(slab.spare.includes(shared)).to.equal(true);
    expect(slab.spare.includes(free) || slab.block === free).to.equal(true);
  });

  it('makes what is larger than a block by itself, and does not keep it', () => {
    slab.renew(BLOCK_BYTES + 1);
    const large = slab.block;
    expect(large.buffer.length).to.equal(BLOCK_BYTES + 1);
    slab.renew(1);
    slab.recycle();
    expect(slab.spare.includes(large)).to.equal(false);
  });
});
