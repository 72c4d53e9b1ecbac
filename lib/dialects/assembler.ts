import type { Reading } from '../frame/reading.js';

/** From this size on, a piece of a payload is kept as the read it came in; smaller ones are gathered in blocks. */
const KEEP_BYTES = 16_384;
const FIRST_BLOCK_BYTES = 1_024;
const LARGEST_BLOCK_BYTES = 65_536;

/**
 * Gathers the bytes of one frame that spans reads. Only bytes that arrived are stored, whatever size was declared,
 * and many tiny reads end in few blocks: pieces are bounded as well as bytes.
 */
export class Assembler {
  /** Bytes still missing. */
  missing: number;
  private readonly pieces: Buffer[] = [];
  private block: Buffer | undefined;
  private filled = 0;
  private nextBlock = FIRST_BLOCK_BYTES;
  private readonly reading: Reading | undefined;

  /** @param reading what a chunk may lie in that is overwritten later; undefined: chunks stay as they are */
  constructor(bytes: number, reading?: Reading) {
    this.missing = bytes;
    this.reading = reading;
  }

  /** Takes what is missing from `chunk[start…)`, at most; returns the position after what it took. */
  take(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + this.missing);
    this.missing -= end - start;
    if (end - start >= KEEP_BYTES && this.reading?.holds(chunk) !== true) {
      this.closeBlock();
      this.pieces.push(chunk.subarray(start, end));
      return end;
    }
    let from = start;
    while (from < end) {
      this.block ??= this.openBlock(end - from);
      const taken = Math.min(end - from, this.block.length - this.filled);
      chunk.copy(this.block, this.filled, from, from + taken);
      this.filled += taken;
      from += taken;
      if (this.filled === this.block.length) this.closeBlock();
    }
    return end;
  }

  /** Everything taken, in order. */
  finish(): Buffer[] {
    this.closeBlock();
    return this.pieces;
  }

  /** Blocks double, so a peer that sends byte by byte costs few of them, and one that says little costs little. */
  private openBlock(wanted: number): Buffer {
    const size = Math.min(Math.max(this.nextBlock, wanted), wanted + this.missing);
    this.nextBlock = Math.min(this.nextBlock * 2, LARGEST_BLOCK_BYTES);
    return Buffer.allocUnsafeSlow(size);
  }

  private closeBlock(): void {
    if (this.block === undefined) return;
    this.pieces.push(this.filled === this.block.length ? this.block : this.block.subarray(0, this.filled));
    this.block = undefined;
    this.filled = 0;
  }
}
