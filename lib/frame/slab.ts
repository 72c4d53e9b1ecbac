import { arena, BLOCK_BYTES } from './arena.js';

/** Free blocks that are kept for later, besides those of the arena. */
const MOST_SPARE = 8;
/** Half of the arena. */
const PLENTY_BLOCKS = 8;

/** Memory for rendered frames, and who still needs it. */
export interface Block {
  readonly buffer: Buffer;
  readonly ofArena: boolean;
  /** Encoders that have pushed views of it which the peer may not have taken. */
  borrowers: number;
  /** Whether views of it may be pushed again this turn. */
  shared: boolean;
  /** Whether it was full at the end of a turn, with borrowers: the last of them gives it back. */
  loose: boolean;
}

const NONE: Block = { buffer: Buffer.alloc(0), ofArena: false, borrowers: 0, shared: false, loose: false };

/**
 * The memory frames are rendered into. One slab serves all encoders, because rendering is synchronous, and idle
 * connections own none of it. Views of it are passed on to wires that are known to be done with bytes they have taken,
 * as sockets are; when all who borrowed some of a block have given it back, it is written again.
 *
 *   spare ──renew──→ [ block in use ] ──full──→ [ full ] ──end of the turn, no borrowers──→ spare
 *                       │       ▲                  └──borrowers──→ loose ──the last gives it back──→ spare
 *                       └───────┘ end of the turn, no borrowers: from its start again
 */
export const slab = {
  block: NONE,
  /** Of the block in use. */
  buffer: NONE.buffer as Buffer, // said so that older compilers can read the declaration
  /** Where its free memory starts. */
  used: 0,
  /** Counts the ends of turns: what was shared before must not be any more. */
  turn: 0,
  /** Blocks filled this turn. */
  full: [] as Block[],
  spare: [] as Block[],

  /** Whether so much of the arena is free that small chunks that wait may keep whole blocks of it. */
  get hasPlenty(): boolean {
    return arena.left + this.spare.length >= PLENTY_BLOCKS;
  },

  /** Whether `bytes` more bytes fit. */
  fits(bytes: number): boolean {
    return this.buffer.length - this.used >= bytes;
  },

  /** Starts another block with room for `bytes` bytes at least. */
  renew(bytes: number): void {
    if (this.block !== NONE) this.full.push(this.block);
    this.block = (bytes <= BLOCK_BYTES ? this.free() : undefined) ?? made(bytes);
    this.buffer = this.block.buffer;
    this.used = 0;
  },

  /** One who has borrowed of `block` needs it no more. */
  giveBack(block: Block): void {
    if (--block.borrowers > 0) return;
    if (block.loose) {
      block.loose = false;
      this.keep(block);
    } else if (block === this.block && !block.shared) this.used = 0;
  },

  /** Called at the end of a turn: memory that is no longer needed may be written again. */
  recycle(): void {
    this.turn++;
    for (const block of this.full) {
      block.shared = false;
      if (block.borrowers > 0) block.loose = true;
      else this.keep(block);
    }
    this.full.length = 0;
    if (this.block.borrowers > 0) return;
    this.block.shared = false;
    this.used = 0;
  },

  keep(block: Block): void {
    if (block.ofArena) this.spare.push(block);
    else if (block.buffer.length === BLOCK_BYTES && this.spare.length < MOST_SPARE) this.spare.unshift(block);
  },

  /** A block that is not in use; preferably one of this turn, which may still be in the processor's cache. */
  free(): Block | undefined {
    const free = this.full.findIndex(
      ({ borrowers, shared, buffer }) => borrowers === 0 && !shared && buffer.length === BLOCK_BYTES,
    );
    return free < 0 ? this.spare.pop() : this.full.splice(free, 1)[0];
  },
};

function made(bytes: number): Block {
  const ofArena = bytes <= BLOCK_BYTES ? arena.block() : undefined;
  const buffer = ofArena ?? Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
  return { buffer, ofArena: ofArena !== undefined, borrowers: 0, shared: false, loose: false };
}
