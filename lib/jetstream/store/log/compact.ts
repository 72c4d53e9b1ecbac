import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../../instant.js';
import type { MessageIndex } from '../message-index.js';
import { type BlockResources, LogBlock } from './block.js';
import { BLOCK_HEADER_BYTES, blockHeader } from './block-header.js';
import { createAnew } from './meta-file.js';
import { copyRecord, kindAt, lengthAt, MESSAGE, REMOVE, sequenceAt } from './record.js';
import { scanBlock } from './scan.js';

const READ_BYTES = 262_144;
const WRITE_BYTES = 262_144;
/** Records copied between two turns of the event loop. */
const TURN_RECORDS = 1_024;

/**
 * Writes blocks that follow each other into one, without what was removed, and puts it in their place. It takes turns with
 * everything else: what is removed meanwhile is removed from the new block, too.
 */
export class Compaction {
  private readonly index: MessageIndex<LogBlock>;
  private readonly resources: BlockResources;
  private readonly blocks: readonly LogBlock[];
  private readonly front: number;
  private readonly directory: string;
  private readonly sequences: number[] = [];
  private readonly offsets: number[] = [];
  private readonly pieces: Buffer[] = [];
  private size = BLOCK_HEADER_BYTES;

  /**
   * @param blocks sealed, one after the other
   * @param front all messages below it are removed
   */
  constructor(
    index: MessageIndex<LogBlock>,
    resources: BlockResources,
    directory: string,
    blocks: readonly LogBlock[],
    front: number,
  ) {
    this.index = index;
    this.resources = resources;
    this.directory = directory;
    this.blocks = blocks;
    this.front = front;
  }

  /** Writes the new block beside the old ones. */
  async write(): Promise<void> {
    const { first, last } = this.ends;
    for (const block of this.blocks) await this.copy(block, first.salt);
    const { salt } = first;
    const header = blockHeader({
      salt,
      first: first.first,
      end: last.end,
      front: this.front,
      lastAt: this.lastAt,
    });
    const file = await createAnew(this.resources.openFiles.files, this.temporary);
    try {
      let position = 0;
      for (const piece of [header, ...this.pieces]) {
        await file.write([piece], position);
        position += piece.length;
      }
      await file.sync();
    } catch (error) {
      await this.resources.openFiles.files.unlink(this.temporary);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Puts it in their place, once all that was removed when it was written is durable. */
  async finish(): Promise<void> {
    const { files } = this.resources.openFiles;
    const { first, last } = this.ends;
    const at = this.index.blocks.indexOf(first);
    if (!this.isThere(at)) {
      await files.unlink(this.temporary);
      return;
    }
    files.rename(this.temporary, first.path);
    this.swap(at, last.end);
    await files.syncDirectory(this.directory);
    for (const block of this.blocks.slice(1)) await files.unlink(block.path);
  }

  private get ends(): { readonly first: LogBlock; readonly last: LogBlock } {
    const [first] = this.blocks;
    const last = this.blocks.at(-1);
    if (first === undefined || last === undefined) throw new RangeError('no block to compact');
    return { first, last };
  }

  /** Time of the last message that was ever in the blocks: those at the end may have had none. */
  private get lastAt(): Instant | undefined {
    return this.blocks.findLast(({ lastAt }) => lastAt !== undefined)?.lastAt;
  }

  private get temporary(): string {
    return `${this.ends.first.path}.new`;
  }

  /** Whether the blocks are still there, and every message of theirs was copied: damage may keep one from it. */
  private isThere(at: number): boolean {
    if (!this.blocks.every((block, i) => this.index.blocks[at + i] === block)) return false;
    const copied = this.sequences.reduce((sum, sequence) => sum + (this.isLive(sequence) ? 1 : 0), 0);
    return copied === this.blocks.reduce((sum, { live }) => sum + live, 0);
  }

  private isLive(sequence: number): boolean {
    return this.blocks.some((block) => block.has(sequence));
  }

  /** Copies what is needed of a block. */
  private async copy(block: LogBlock, salt: number): Promise<void> {
    const bytes = Buffer.allocUnsafeSlow(block.size);
    for (let at = 0; at < bytes.length; at += READ_BYTES) {
      this.resources.openFiles.get(block.path).read(bytes.subarray(at, at + READ_BYTES), at);
      await setImmediate();
    }
    const scan = scanBlock(bytes, bytes.length, block.salt);
    let step = scan.next();
    for (; step.done !== true; step = scan.next()) await setImmediate();
    let seen = 0;
    for (const at of step.value.records) {
      if (++seen % TURN_RECORDS === 0) await setImmediate();
      if (this.isNeeded(block, bytes, at)) this.take(bytes, at, salt);
    }
  }

  private isNeeded(block: LogBlock, bytes: Buffer, at: number): boolean {
    const sequence = sequenceAt(bytes, at);
    switch (kindAt(bytes, at)) {
      case MESSAGE:
        return block.offsetOf(sequence) === at;
      case REMOVE: {
        const target = this.index.blockOf(sequence);
        return target !== undefined && !this.blocks.includes(target) && target.hasRemoved(sequence);
      }
      default:
        return false;
    }
  }

  private take(bytes: Buffer, at: number, salt: number): void {
    const length = lengthAt(bytes, at);
    let piece = this.pieces.at(-1);
    if (piece === undefined || piece.byteOffset + piece.length + length > piece.buffer.byteLength) {
      piece = Buffer.from(new ArrayBuffer(Math.max(WRITE_BYTES, length)), 0, 0);
      this.pieces.push(piece);
    }
    const grown = Buffer.from(piece.buffer, 0, piece.length + length);
    copyRecord(bytes, at, at + length, grown, piece.length, salt);
    this.pieces[this.pieces.length - 1] = grown;
    if (kindAt(bytes, at) === MESSAGE) {
      this.sequences.push(sequenceAt(bytes, at));
      this.offsets.push(this.size);
    }
    this.size += length;
  }

  /** Puts the new block in the place of the old ones. */
  private swap(at: number, end: number): void {
    const { first } = this.ends;
    const merged = LogBlock.compacted(first, this.resources, this.sequences, this.offsets, this.size, end);
    merged.lastAt = this.lastAt;
    merged.live = this.blocks.reduce((sum, { live }) => sum + live, 0);
    merged.liveBytes = this.blocks.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
    merged.liveHeaded = this.blocks.reduce((sum, { liveHeaded }) => sum + liveHeaded, 0);
    merged.overhead = this.size - merged.liveBytes;
    for (const sequence of this.sequences) if (!this.isLive(sequence)) merged.markRemoved(sequence);
    for (const block of this.blocks) block.release();
    this.index.replace(at, this.blocks.length, [merged]);
  }
}
