import { Arena, CARRY_BYTES, READ_BYTES } from '../../lib/frame/arena.js';
import { FrameMemory } from '../../lib/frame/memory.js';
import { Reading } from '../../lib/frame/reading.js';
import { type Block, Slab } from '../../lib/frame/slab.js';

const FILL_BYTE = 0xee;

/** Overwrites what a read lay in when it is over. */
class ScribblingReading extends Reading {
  private readonly target: Arena;

  constructor(arena: Arena) {
    super(arena);
    this.target = arena;
  }

  override end(): void {
    super.end();
    this.target.bytes.fill(FILL_BYTE, 0, CARRY_BYTES + READ_BYTES);
  }
}

/** Overwrites rendered memory when it becomes free. */
class ScribblingSlab extends Slab {
  override recycle(): void {
    const full = [...this.full];
    const { used } = this;
    super.recycle();
    for (const block of full) this.scribble(block);
    if (this.used === 0) this.buffer.fill(FILL_BYTE, 0, used);
  }

  override release(block: Block): void {
    const { used } = this;
    super.release(block);
    this.scribble(block);
    if (block === this.block && this.used === 0) this.buffer.fill(FILL_BYTE, 0, used);
  }

  private scribble(block: Block): void {
    if (this.spare.includes(block)) block.buffer.fill(FILL_BYTE);
  }
}

/** Memory in which use after release shows: whatever may be overwritten is overwritten at once. */
export function scribblingMemory(): FrameMemory {
  const arena = new Arena();
  return new FrameMemory(arena, new ScribblingSlab(arena), new ScribblingReading(arena));
}
