/** Frames are rendered into blocks of this size, which all connections share, in bytes. */
const BLOCK_BYTES = 512 * 1024;
/** Free blocks that are kept for later; 8 MiB with the one in use. */
const MOST_SPARE = 15;

/** Memory for rendered frames, and who still needs it. */
export interface Block {
  readonly buffer: Buffer;
  /** Encoders that have pushed views of it and have not been told that all of them have been taken. */
  borrowers: number;
  /** Whether views of it may be pushed again this turn. */
  shared: boolean;
  /** Whether somebody has views of it who will never be told: it is the garbage collector's. */
  given: boolean;
}

const NONE: Block = { buffer: Buffer.alloc(0), borrowers: 0, shared: false, given: false };

/**
 * The memory frames are rendered into. One slab serves all encoders, because rendering is synchronous, and idle
 * connections own none of it. Views of it are passed on; a block is written again only once every encoder that has
 * pushed some of it was told that the peer has taken it (`Encoder.settle`). An encoder without a broker is never told:
 * its blocks are the garbage collector's.
 *
 *   renew ──→ [ block in use ] ──full──→ [ used this turn ] ──nobody needs it──→ spare ──→ renew
 *                    ▲                            └───────somebody does, at the end of the turn──→ garbage
 *                    └── recycle, at the end of the turn, if nobody needs it: from its start again
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

  /** Whether `bytes` more bytes fit. */
  fits(bytes: number): boolean {
    return this.buffer.length - this.used >= bytes;
  },

  /** Starts another block with room for `bytes` bytes at least. */
  renew(bytes: number): void {
    if (this.block !== NONE && !this.block.given) this.full.push(this.block);
    this.block = (bytes <= BLOCK_BYTES ? this.reusable() : undefined) ?? {
      buffer: Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes)),
      borrowers: 0,
      shared: false,
      given: false,
    };
    this.buffer = this.block.buffer;
    this.used = 0;
  },

  /** The turn is over: memory that nobody needs any more may be written again. */
  recycle(): void {
    this.turn++;
    for (const block of this.full) {
      if (
        block.borrowers > 0 ||
        block.given ||
        block.buffer.length > BLOCK_BYTES ||
        this.spare.length >= MOST_SPARE
      )
        continue;
      block.shared = false;
      this.spare.push(block);
    }
    this.full.length = 0;
    if (this.block.borrowers > 0 || this.block.given) return;
    this.block.shared = false;
    this.used = 0;
  },

  reusable(): Block | undefined {
    const spare = this.spare.pop();
    if (spare !== undefined) return spare;
    const free = this.full.findIndex(
      ({ borrowers, shared, given, buffer }) =>
        borrowers === 0 && !shared && !given && buffer.length === BLOCK_BYTES,
    );
    return free < 0 ? undefined : this.full.splice(free, 1)[0];
  },
};
