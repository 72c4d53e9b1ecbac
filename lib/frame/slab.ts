import { type Arena, BLOCK_BYTES } from './arena.js';

/** Free blocks that are kept for later, besides those of the arena. */
const MAX_SPARE = 8;
/** Half of the arena. */
const PLENTY_BLOCKS = 8;

/** Memory for rendered frames, and how many encoders still need it. */
export interface Block {
  readonly buffer: Buffer;
  /** The memory that `buffer` lies in, from `buffer.byteOffset` on. */
  readonly view: DataView;
  readonly ofArena: boolean;
  /** Encoders that have pushed views of it which the peer may not have taken. */
  borrowers: number;
  /** Whether views of it may be pushed again this turn. */
  shared: boolean;
  /** Whether it was full at the end of a turn, with borrowers: the last of them gives it back. */
  awaitsReturn: boolean;
}

/**
 * The memory frames are rendered into. One slab serves all encoders of a broker, because rendering is synchronous, and
 * idle connections own none of it. Views of it are passed on to wires that do not need bytes any more once they have taken
 * them, as sockets do; when all encoders that borrowed some of a block have given it back, it is written again.
 *
 *   spare ──renew──→ [ block in use ] ──full──→ [ full ] ──end of the turn, no borrowers──→ spare
 *                       │       ▲                  └──borrowers──→ loose ──the last gives it back──→ spare
 *                       └───────┘ end of the turn, no borrowers: from its start again
 */
export class Slab {
  readonly arena: Arena;
  /** The block in use; before the first rendering one without memory. */
  block: Block = blockOf(Buffer.alloc(0), new DataView(new ArrayBuffer(0)), false);
  /** Of the block in use. */
  buffer: Buffer = this.block.buffer;
  /** Of the block in use. */
  view: DataView = this.block.view;
  /** Where its free memory starts. */
  used = 0;
  /** Counts the ends of turns: what was shared before must not be any more. */
  turn = 0;
  /** Blocks filled this turn. */
  readonly full: Block[] = [];
  readonly spare: Block[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Whether so much of the arena is free that small chunks that wait may keep whole blocks of it. */
  get hasPlenty(): boolean {
    return this.arena.left + this.spare.length >= PLENTY_BLOCKS;
  }

  /** Whether `bytes` more bytes fit. */
  fits(bytes: number): boolean {
    return this.buffer.length - this.used >= bytes;
  }

  /** Starts another block with room for `bytes` bytes at least. */
  renew(bytes: number): void {
    if (this.buffer.length > 0) this.full.push(this.block);
    this.block = (bytes <= BLOCK_BYTES ? this.free() : undefined) ?? this.made(bytes);
    this.buffer = this.block.buffer;
    this.view = this.block.view;
    this.used = 0;
  }

  /** An encoder that has borrowed of `block` does not need it any more. */
  release(block: Block): void {
    if (--block.borrowers > 0) return;
    if (block.awaitsReturn) {
      block.awaitsReturn = false;
      this.keep(block);
    } else if (block === this.block && !block.shared) this.used = 0;
  }

  /** Called at the end of a turn: memory that is no longer needed may be written again. */
  recycle(): void {
    this.turn++;
    for (const block of this.full) {
      block.shared = false;
      if (block.borrowers > 0) block.awaitsReturn = true;
      else this.keep(block);
    }
    this.full.length = 0;
    if (this.block.borrowers > 0) return;
    this.block.shared = false;
    this.used = 0;
  }

  keep(block: Block): void {
    if (block.ofArena) this.spare.push(block);
    else if (block.buffer.length === BLOCK_BYTES && this.spare.length < MAX_SPARE) this.spare.unshift(block);
  }

  /** A block that is not in use; preferably one of this turn, which may still be in the processor's cache. */
  free(): Block | undefined {
    const free = this.full.findIndex(
      ({ borrowers, shared, buffer }) => borrowers === 0 && !shared && buffer.length === BLOCK_BYTES,
    );
    return free < 0 ? this.spare.pop() : this.full.splice(free, 1)[0];
  }

  private made(bytes: number): Block {
    const ofArena = bytes <= BLOCK_BYTES ? this.arena.block() : undefined;
    if (ofArena !== undefined) return blockOf(ofArena, this.arena.view, true);
    const own = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    return blockOf(own, new DataView(own.buffer), false);
  }
}

function blockOf(buffer: Buffer, view: DataView, ofArena: boolean): Block {
  return { buffer, view, ofArena, borrowers: 0, shared: false, awaitsReturn: false };
}
