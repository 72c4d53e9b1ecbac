/** Makes memory that is used again too early show: whatever may be overwritten, is, at once. */
import { arena, CARRY_BYTES, READ_BYTES } from '../../lib/frame/arena.js';
import { reading } from '../../lib/frame/reading.js';
import { type Block, slab } from '../../lib/frame/slab.js';

const RUBBISH = 0xee;

/** Overwrites what reads lie in when a read is over, and free rendered memory at the end of each turn. Returns what stops that. */
export function poison(): () => void {
  const { end } = reading;
  const { recycle, giveBack } = slab;
  const spoil = (block: Block): void => {
    if (slab.spare.includes(block)) block.buffer.fill(RUBBISH);
  };
  reading.end = function spoiled(): void {
    end.call(this);
    arena.bytes.fill(RUBBISH, 0, CARRY_BYTES + READ_BYTES);
  };
  slab.recycle = function spoiled(): void {
    const full = [...this.full];
    const { used } = this;
    recycle.call(this);
    full.forEach(spoil);
    if (this.used === 0) this.buffer.fill(RUBBISH, 0, used);
  };
  slab.giveBack = function spoiled(block): void {
    const { used } = this;
    giveBack.call(this, block);
    spoil(block);
    if (block === this.block && this.used === 0) this.buffer.fill(RUBBISH, 0, used);
  };
  return () => {
    reading.end = end;
    slab.recycle = recycle;
    slab.giveBack = giveBack;
  };
}
