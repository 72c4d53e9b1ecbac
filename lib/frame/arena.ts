/** Most bytes of one read. Reads of this size cost the kernel two thirds a byte of what those of 64 KiB do, which Node has. */
export const READ_BYTES = 256 * 1024;
/** Room before a read for what earlier reads left unfinished, in bytes. */
export const CARRY_BYTES = 64 * 1024;
/** Frames are rendered into blocks of this size, in bytes: one read's fit into one. */
export const BLOCK_BYTES = 512 * 1024;
const BLOCKS = 15;

/**
 * The memory that reads land in and that frames are rendered into: one `ArrayBuffer`, because within one a copy is one
 * call that allocates nothing, and between two it takes an object for each message. It is allocated on first use, and the
 * operating system provides it page by page, as pages are written.
 *
 *   [ carried over ][ a read ][ block ][ block ] …
 */
export class Arena {
  memory: ArrayBuffer | undefined = undefined;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Blocks given out. */
  blocks = 0;
  private reads: Buffer | undefined = undefined;

  /** Blocks never given out. */
  get left(): number {
    return BLOCKS - this.blocks;
  }

  /** Where reads land: the same Buffer for all connections. */
  readBuffer(): Buffer {
    this.reads ??= Buffer.from(this.make(), CARRY_BYTES, READ_BYTES);
    return this.reads;
  }

  /** A block that has not been used yet, or undefined if there is none. */
  block(): Buffer | undefined {
    if (this.blocks === BLOCKS) return undefined;
    return Buffer.from(this.make(), CARRY_BYTES + READ_BYTES + this.blocks++ * BLOCK_BYTES, BLOCK_BYTES);
  }

  make(): ArrayBuffer {
    if (this.memory === undefined) {
      this.memory = new ArrayBuffer(CARRY_BYTES + READ_BYTES + BLOCKS * BLOCK_BYTES);
      this.bytes = new Uint8Array(this.memory);
      this.view = new DataView(this.memory);
    }
    return this.memory;
  }
}
