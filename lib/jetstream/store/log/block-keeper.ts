import type { MessageIndex } from '../message-index.js';
import type { LogBlock } from './block.js';
import { Compaction } from './compact.js';
import type { LogFile } from './files.js';
import { Housekeeping } from './housekeeping.js';
import { eraseRecord, lengthAt, RECORD_BYTES, recordEnd } from './record.js';
import type { Replay } from './replay.js';
import type { LogResources } from './resources.js';

/** Sequences that blocks which are made one may cover: their messages are kept by 32-bit distances from the first. */
const MAX_SPAN = 2 ** 32;

/** What it knows of the log that is being written. */
export interface LogPosition {
  /** Bytes appended so far. */
  readonly logged: number;
  /** Appends up to where the log is durable. */
  markDurable(): void;
  /** Writes over what is durable of a block that is being written; false: it is not. */
  overwrite(block: LogBlock, write: (file: LogFile) => Promise<void>): boolean;
}

/** Gives back what removed messages take: unlinks blocks at the front, compacts others, overwrites what is to be erased. */
export class BlockKeeper {
  private readonly directory: string;
  private readonly resources: LogResources;
  private readonly replay: Replay;
  private readonly index: MessageIndex<LogBlock>;
  private readonly position: () => LogPosition;
  private readonly tasks: Housekeeping;
  private readonly planned = new Set<LogBlock>();
  /** A compacted block is written and waits to be put in its place. */
  private isCompacting = false;

  constructor(directory: string, resources: LogResources, replay: Replay, position: () => LogPosition) {
    this.directory = directory;
    this.resources = resources;
    this.replay = replay;
    this.index = replay.index;
    this.position = position;
    this.tasks = new Housekeeping((error) => resources.warn(`${directory}: ${String(error)}`));
  }

  /** The log is durable up to that byte. */
  durable(logged: number): void {
    this.tasks.durable(logged);
  }

  /** Looks at what a removal at `sequence` has left. */
  look(sequence: number): void {
    this.retireFront();
    const block = this.index.blockOf(sequence);
    if (block !== undefined) this.plan(block);
  }

  lookAtAll(): void {
    this.retireFront();
    for (const block of this.index.blocks) this.plan(block);
  }

  /** Overwrites a message that was removed. */
  erase(sequence: number): void {
    this.tasks.add(this.position().logged, async () => {
      // A write that is interrupted damages the record: only below a mark such damage does not end the log.
      this.position().markDurable();
      this.tasks.add(this.position().logged, () => this.overwrite(sequence));
    });
  }

  /** Resolves when nothing is under way any more; what waits is done after the next start. */
  close(): Promise<void> {
    return this.tasks.close();
  }

  /** Blocks at the front without a message go. */
  private retireFront(): void {
    const { index } = this;
    let count = 0;
    while (count < index.blocks.length - 1 && isEmpty(index.blocks[count])) count++;
    if (count === 0) return;
    const retired = index.blocks.slice(0, count);
    index.replace(0, count, []);
    const { front } = this.replay;
    // Should one of them not go, no message of it comes back.
    const end = retired.at(-1)?.end ?? 0;
    if (end > 1) this.replay.front = Math.max(front, end);
    this.tasks.add(this.position().logged, () => this.unlink(retired, front));
  }

  private async unlink(blocks: readonly LogBlock[], front: number): Promise<void> {
    const { files } = this.resources.openFiles;
    for (const block of blocks) {
      block.release();
      await files.unlink(block.path);
      // What removed its messages may be in the next block: that must not go alone.
      if (block.end > front) await files.syncDirectory(this.directory);
    }
    await files.syncDirectory(this.directory);
  }

  private plan(block: LogBlock): void {
    if (!block.isWasteful || this.planned.has(block)) return;
    this.planned.add(block);
    this.tasks.add(this.position().logged, () => this.compact(block));
  }

  private async compact(block: LogBlock): Promise<void> {
    const { index, resources, directory, replay } = this;
    if (this.isCompacting) {
      // The other one ends before this comes again.
      this.tasks.add(this.position().logged, () => this.compact(block));
      return;
    }
    this.planned.delete(block);
    if (!block.isWasteful || !index.blocks.includes(block)) return;
    const compaction = new Compaction(index, resources, directory, this.joined(block), replay.front);
    await compaction.write();
    this.isCompacting = true;
    // What it has left out may have been removed since it began.
    this.tasks.add(this.position().logged, async () => {
      this.isCompacting = false;
      await compaction.finish();
    });
  }

  /** The block with those beside it that are small enough to be one with it. */
  private joined(block: LogBlock): LogBlock[] {
    const { blocks } = this.index;
    const most = this.resources.blockBytes / 2;
    let from = blocks.indexOf(block);
    let to = from + 1;
    let bytes = block.liveBytes;
    for (;;) {
      const before = blocks[from - 1];
      const after = blocks[to];
      const first = blocks[from]?.first ?? 0;
      const end = blocks[to - 1]?.end ?? 0;
      if (before?.isSealed === true && bytes + before.liveBytes <= most && end - before.first < MAX_SPAN) {
        from--;
        bytes += before.liveBytes;
      } else if (
        after?.isSealed === true &&
        bytes + after.liveBytes <= most &&
        after.end - first < MAX_SPAN
      ) {
        to++;
        bytes += after.liveBytes;
      } else return blocks.slice(from, to);
    }
  }

  private async overwrite(sequence: number): Promise<void> {
    const block = this.index.blockOf(sequence);
    const offset = block?.removedOffsetOf(sequence) ?? 0;
    if (block === undefined || offset === 0) return;
    if (this.position().overwrite(block, (file) => overwriteRecord(file, block, offset))) return;
    const file = this.resources.openFiles.files.open(block.path);
    try {
      await overwriteRecord(file, block, offset);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Overwrites the body of the record at `offset`. */
async function overwriteRecord(file: LogFile, block: LogBlock, offset: number): Promise<void> {
  const head = Buffer.alloc(RECORD_BYTES);
  if (file.read(head, offset) < head.length) return;
  const record = Buffer.alloc(lengthAt(head, 0));
  const read = file.read(record, offset);
  if (recordEnd(record, 0, read, block.salt) === 0) return;
  eraseRecord(record, 0, block.salt);
  await file.write([record], offset);
  block.forgetRead();
}

function isEmpty(block: LogBlock | undefined): boolean {
  return block?.isSealed === true && block.live === 0;
}
