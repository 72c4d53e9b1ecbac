import { join } from 'node:path';
import type { Steps } from '../../../domain/steps.js';
import type { Instant } from '../../instant.js';
import { type BlockPlace, type BlockResources, LogBlock } from './block.js';
import { BLOCK_HEADER_BYTES, type BlockHeader, parseBlockHeader, parseBlockName } from './block-header.js';
import { FOOTER_END_BYTES, replayFooter } from './footer.js';
import { bodyStartAt, FOOTER, kindAt, recordEnd } from './record.js';
import { Replay } from './replay.js';
import { type Scan, scanBlock } from './scan.js';

/** Where a log was cut off after a failure: nothing from there on counts. */
export interface Cut {
  readonly path: string;
  readonly size: number;
}

/** A log as it was found. */
export interface RecoveredLog {
  readonly replay: Replay;
  /** The last block, when it takes more; undefined: a new one is to be made. */
  readonly active: LogBlock | undefined;
  /** To be cut off, before anything is appended. */
  readonly cuts: readonly Cut[];
  /** Files to be removed: the rests of what was interrupted. */
  readonly leftovers: readonly string[];
  /** What is damaged, in words. */
  readonly losses: readonly string[];
}

interface ReadBlock {
  /** Undefined: nothing of it counts. */
  readonly block: LogBlock | undefined;
  readonly header: BlockHeader | undefined;
  /** Whether it has its footer. */
  readonly isFinished: boolean;
}

/** Reads a log. Changes nothing: what is to be repaired is in the result. */
export class LogReader {
  private readonly directory: string;
  private readonly resources: BlockResources;
  private readonly cut: Cut | undefined;
  private readonly cuts: Cut[] = [];
  private readonly leftovers: string[] = [];
  private readonly losses: string[] = [];
  private readonly replay: Replay;
  private buffer = Buffer.alloc(0);

  constructor(directory: string, resources: BlockResources, cut?: Cut) {
    this.directory = directory;
    this.resources = resources;
    this.cut = cut;
    this.replay = new Replay(1);
  }

  *read(): Steps<RecoveredLog> {
    const found = this.find();
    let active: LogBlock | undefined;
    let coveredTo = 0;
    for (const [index, each] of found.entries()) {
      if (each.first < coveredTo) {
        // It was joined with the block before it.
        this.leftovers.push(each.path);
        continue;
      }
      const isLast = index === found.length - 1;
      const next = found[index + 1]?.first ?? 0;
      const { block, header, isFinished } =
        (isLast || this.cut?.path === each.path ? undefined : yield* this.readFooter(each)) ??
        (yield* this.readBlock(each, isLast));
      coveredTo = header?.end ?? 0;
      if (block === undefined) continue;
      if (isLast && !isFinished && coveredTo === 0) active = block;
      else block.seal(Math.max(coveredTo, isLast ? this.replay.index.state.lastSequence + 1 : next));
    }
    const { replay, cuts, leftovers, losses } = this;
    replay.index.findFirstAt();
    return { replay, active, cuts, leftovers, losses };
  }

  /** The blocks there are, in order. */
  private find(): BlockPlace[] {
    const found: BlockPlace[] = [];
    for (const name of this.resources.openFiles.files.list(this.directory)) {
      const place = parseBlockName(name);
      const path = join(this.directory, name);
      if (place === undefined) this.leftovers.push(path);
      else found.push({ ...place, path });
    }
    return found.sort((a, b) => a.number - b.number);
  }

  /** Takes a block as its footer has it; undefined: it has none, or it is damaged. Only of a block that is known to be durable. */
  private *readFooter(found: BlockPlace): Steps<ReadBlock | undefined> {
    const file = this.resources.openFiles.get(found.path);
    const { size } = file;
    const head = Buffer.alloc(BLOCK_HEADER_BYTES);
    const header = this.headerOf(found, head, file.read(head, 0));
    const tail = Buffer.alloc(FOOTER_END_BYTES);
    if (header === undefined || file.read(tail, size - tail.length) < tail.length) return undefined;
    const at = tail.readDoubleLE();
    if (!(at >= BLOCK_HEADER_BYTES && at < size)) return undefined;
    const bytes = Buffer.allocUnsafe(size - at);
    const read = file.read(bytes, at);
    if (recordEnd(bytes, 0, read, found.salt) !== read || kindAt(bytes, 0) !== FOOTER) return undefined;
    const block = this.addBlock(found, size, header);
    yield* replayFooter(this.replay, block, bytes.subarray(bodyStartAt(bytes, 0)));
    return { block, header, isFinished: true };
  }

  private addBlock(found: BlockPlace, size: number, header: BlockHeader | undefined): LogBlock {
    const { index } = this.replay;
    const block = new LogBlock(found, this.resources);
    block.size = size;
    this.skipTo(found.first - 1, header?.end === 0 ? header.lastAt : undefined);
    if (header !== undefined && header.front > this.replay.front) this.replay.truncate(header.front);
    index.replace(index.blocks.length, 0, [block]);
    return block;
  }

  private *readBlock(found: BlockPlace, isLast: boolean): Steps<ReadBlock> {
    const { bytes, size } = this.load(found);
    const header = this.headerOf(found, bytes, size);
    const scan = yield* scanBlock(bytes, size, found.salt);
    const end = isLast ? endOf(scan, header, size) : size;
    if (end < size || end === 0 || this.cut?.path === found.path) {
      if (end < size)
        this.losses.push(`${found.path}: ${size - end} bytes from ${end} on were not written to the end`);
      this.cuts.push({ path: found.path, size: end });
    }
    if (end === 0) return { block: undefined, header: undefined, isFinished: false };
    if (header === undefined) this.losses.push(`${found.path}: its header is damaged`);
    for (let gap = 0; gap < scan.gaps.length; gap += 2) {
      const [from = 0, to = 0] = scan.gaps.slice(gap, gap + 2);
      if (from < end) this.losses.push(`${found.path}: ${to - from} bytes from ${from} on are damaged`);
    }
    const block = this.addBlock(found, end, header);
    let isFinished = false;
    let read = 0;
    for (const at of scan.records) {
      if (at >= end) break;
      if (kindAt(bytes, at) === FOOTER) isFinished = true;
      else this.replay.apply(block, bytes, at);
      if (++read % 1_024 === 0) yield;
    }
    if (header !== undefined && header.end > 0) {
      block.lastAt = header.lastAt;
      this.skipTo(header.end - 1, header.lastAt);
    }
    return { block, header, isFinished };
  }

  private skipTo(sequence: number, at: Instant | undefined): void {
    const { index } = this.replay;
    const { lastSequence } = index.state;
    if (sequence > lastSequence || at !== undefined) index.skipTo(Math.max(sequence, lastSequence), at);
  }

  /** The whole file, in memory that is used again. */
  private load({ path }: BlockPlace): { readonly bytes: Buffer; readonly size: number } {
    const file = this.resources.openFiles.get(path);
    const size = this.cut?.path === path ? Math.min(this.cut.size, file.size) : file.size;
    if (this.buffer.length < size) this.buffer = Buffer.allocUnsafeSlow(size);
    return { bytes: this.buffer, size: file.read(this.buffer.subarray(0, size), 0) };
  }

  private headerOf(found: BlockPlace, bytes: Buffer, size: number): BlockHeader | undefined {
    const header = parseBlockHeader(bytes, size);
    return header === undefined || header.first !== found.first || header.salt !== found.salt
      ? undefined
      : header;
  }
}

/** Where the last block ends: at the first damage that is not below what is known to have been durable. */
function endOf({ gaps, durable, records }: Scan, header: BlockHeader | undefined, size: number): number {
  if (header === undefined && durable === 0) return 0;
  for (let gap = 0; gap < gaps.length; gap += 2) {
    const from = gaps[gap] ?? 0;
    if (from >= durable) return from;
  }
  return records.length === 0 ? Math.min(size, BLOCK_HEADER_BYTES) : size;
}
