import { clearImmediate, setImmediate } from 'node:timers';
import type { Instant } from '../../instant.js';
import type { StoreState } from '../store.js';
import type { LogBlock } from './block.js';
import { type BlockHeader, blockHeader } from './block-header.js';
import type { Files, LogFile } from './files.js';
import type { Window } from './read-cache.js';
import { DURABLE, MARK_BYTES, MESSAGE, RECORD_BYTES, type RecordHead, SKIP, writeRecord } from './record.js';
import type { Cut } from './recover.js';

/** Bytes above which a write does not wait for the end of the turn. */
const MAX_GATHERED_BYTES = 262_144;
/** Size of the memory that records are gathered in, in bytes: what was needed before, within these. */
const MIN_WINDOW_BYTES = 4_096;
const MAX_WINDOW_BYTES = 262_144;
const NO_TIME: Instant = { ms: 0, ns: 0 };

/** Is told how far the log has come. */
export interface WriterListener {
  /** All up to `sequence` is written, and durable where each write is made so. */
  reached(sequence: number): void;
  /** All records that were appended before the `logged`-th byte of the log are durable. */
  durable(logged: number): void;
  /** Writing failed. All up to `sequence` stays; the log is to be cut off and read again. */
  broken(reason: unknown, sequence: number, cut: Cut): void;
}

/** A block that is being written. */
interface OpenBlock {
  readonly block: LogBlock;
  file: LogFile | undefined;
  /** Offsets up to which the file is written, durable, and known as durable by a record in it. */
  written: number;
  durable: number;
  marked: number;
  /** Memory with what is not all written yet, by offset; the last one is appended to. */
  windows: Window[];
  /** What is to be written over what is durable. */
  readonly overwrites: ((file: LogFile) => Promise<void>)[];
  /** What had been appended when it ended; undefined: it goes on. */
  end: { readonly sequence: number; readonly logged: number } | undefined;
}

/**
 * Appends records to blocks. Writes what was gathered once a turn; while a write is under way, the next one gathers.
 * Blocks are written one after the other: one is durable before the next is made.
 */
export class LogWriter {
  /** Bytes appended so far. */
  logged = 0;
  /** Bytes that wait to be written. */
  backlog = 0;
  private readonly files: Files;
  private readonly directory: string;
  private readonly isAlwaysDurable: boolean;
  private readonly listener: WriterListener;
  private readonly open: OpenBlock[] = [];
  /** The last sequence that was used. */
  private sequence: number;
  /** When the last message came. */
  private lastAt: Instant | undefined;
  private committed: number;
  private durableSequence: number;
  private immediate: NodeJS.Immediate | undefined = undefined;
  private isRunning = false;
  /** Resolves with the end of the last run. */
  private ran: Promise<void> = Promise.resolve();
  private isSyncDue = false;
  private isBroken = false;

  constructor(
    files: Files,
    directory: string,
    isAlwaysDurable: boolean,
    { lastSequence, lastAt }: Pick<StoreState, 'lastSequence' | 'lastAt'>,
    listener: WriterListener,
  ) {
    this.files = files;
    this.directory = directory;
    this.isAlwaysDurable = isAlwaysDurable;
    this.listener = listener;
    this.sequence = lastSequence;
    this.lastAt = lastAt;
    this.committed = lastSequence;
    this.durableSequence = lastSequence;
  }

  /** Goes on with a block that is there, all of which is durable. */
  resume(block: LogBlock): void {
    const { size } = block;
    const file = this.files.open(block.path);
    this.open.push({
      block,
      file,
      written: size,
      durable: size,
      marked: 0,
      windows: [],
      overwrites: [],
      end: undefined,
    });
  }

  /** Begins a new block: what is appended from now on goes to it. */
  begin(block: LogBlock, header: BlockHeader): void {
    const last = this.open.at(-1);
    if (last !== undefined) last.end = { sequence: this.sequence, logged: this.logged };
    const bytes = blockHeader(header);
    const next = {
      block,
      file: undefined,
      written: 0,
      durable: 0,
      marked: 0,
      windows: [],
      overwrites: [],
      end: undefined,
    };
    this.open.push(next);
    bytes.copy(this.room(next, bytes.length).bytes);
    this.appended(next, bytes.length);
  }

  /**
   * Appends a record to the last block.
   * @param sequence the last one that is used once the record counts
   * @returns its offset
   */
  append(
    head: RecordHead,
    subject: string,
    subjectBytes: number,
    body: Uint8Array,
    headerBytes: number,
    sequence: number,
  ): number {
    const open = this.last;
    if (open.durable > open.marked) this.mark(open);
    this.sequence = sequence;
    if (head.kind === MESSAGE || head.kind === SKIP) this.lastAt = head.at;
    const length = RECORD_BYTES + subjectBytes + body.length;
    const window = this.room(open, length);
    writeRecord(window.bytes, window.length, open.block.salt, head, subject, subjectBytes, body, headerBytes);
    const offset = open.block.size;
    this.appended(open, length);
    return offset;
  }

  /** Whether all that was appended is durable. */
  get isDurable(): boolean {
    const [first] = this.open;
    return first === undefined || (this.open.length === 1 && first.durable === first.block.size);
  }

  /** Appends up to where the last block is durable, where no record says so. */
  markDurable(): void {
    const open = this.open.at(-1);
    if (open !== undefined && open.durable > open.marked) this.mark(open);
  }

  /**
   * Writes over what is durable of a block, in turn with what is appended to it: where a sync fails, all that was written and
   * not synced is lost. False: it is not being written any more.
   */
  overwrite(block: LogBlock, write: (file: LogFile) => Promise<void>): boolean {
    const open = this.open.find((each) => each.block === block);
    if (open === undefined) return false;
    open.overwrites.push(write);
    this.isSyncDue = true;
    this.schedule();
    return true;
  }

  /** Makes all that was written durable soon. */
  syncSoon(): void {
    const [first] = this.open;
    if (first === undefined || first.durable === first.block.size) return;
    this.isSyncDue = true;
    this.schedule();
  }

  /** Writes all there is, makes it durable, and lets go of the file. */
  async close(): Promise<void> {
    clearImmediate(this.immediate);
    this.isSyncDue = true;
    await this.start();
    const last = this.open[0];
    if (last === undefined || this.isBroken) return;
    if (last.durable > last.marked) {
      this.mark(last);
      this.isSyncDue = true;
      await this.start();
    }
    await last.file?.close();
    this.open.length = 0;
  }

  private get last(): OpenBlock {
    const last = this.open.at(-1);
    if (last === undefined) throw new RangeError('no block to append to');
    return last;
  }

  /** Says in the block up to where it is durable: damage below that is no write that was interrupted. */
  private mark(open: OpenBlock): void {
    const window = this.room(open, MARK_BYTES);
    const head = { kind: DURABLE, sequence: open.durable, at: this.lastAt ?? NO_TIME };
    const used = Buffer.allocUnsafe(MARK_BYTES - RECORD_BYTES);
    used.writeDoubleLE(this.sequence);
    writeRecord(window.bytes, window.length, open.block.salt, head, '', 0, used, 0);
    open.marked = open.durable;
    this.appended(open, MARK_BYTES);
  }

  /** Memory with room for `bytes` more. */
  private room(open: OpenBlock, bytes: number): Window {
    const last = open.windows.at(-1);
    if (last !== undefined) {
      if (last.length + bytes <= last.bytes.length) return last;
      if (open.written >= last.start + last.length) {
        open.windows.pop();
        open.block.tailWritten(last);
      }
    }
    const wanted = Math.min(MAX_WINDOW_BYTES, Math.max(MIN_WINDOW_BYTES, (last?.bytes.length ?? 0) * 2));
    const window: Window = {
      owner: open.block,
      start: open.block.size,
      bytes: Buffer.allocUnsafeSlow(Math.max(wanted, bytes)),
      length: 0,
      isUsed: false,
      isFromFile: false,
    };
    open.windows.push(window);
    open.block.addTail(window);
    return window;
  }

  private appended(open: OpenBlock, bytes: number): void {
    const window = open.windows.at(-1);
    if (window !== undefined) window.length += bytes;
    open.block.size += bytes;
    this.logged += bytes;
    this.backlog += bytes;
    if (this.backlog < MAX_GATHERED_BYTES) this.schedule();
    else if (!this.isRunning) this.start();
  }

  private schedule(): void {
    if (!this.isRunning && !this.isBroken) this.immediate ??= setImmediate(() => this.start());
  }

  private start(): Promise<void> {
    clearImmediate(this.immediate);
    this.immediate = undefined;
    if (!this.isRunning && !this.isBroken) {
      this.isRunning = true;
      this.ran = this.run();
    }
    return this.ran;
  }

  /** Writes until nothing is left. Must be over in the same moment in which it sees that. */
  private async run(): Promise<void> {
    try {
      for (let open = this.open[0]; open !== undefined; open = this.open[0]) {
        if (open.written === open.block.size && open.end === undefined && !this.isSyncDue) return;
        if (!(await this.step(open))) return;
        const isDone = open.written === open.block.size && open.durable === open.block.size;
        if (open.end === undefined || !isDone || open.overwrites.length > 0) continue;
        this.open.shift();
        for (const window of open.windows) open.block.tailWritten(window);
        await open.file?.close();
      }
    } finally {
      this.isRunning = false;
    }
  }

  /** Writes what there is of the first block; false: that failed. */
  private async step(open: OpenBlock): Promise<boolean> {
    const { block } = open;
    const size = block.size;
    const { sequence, logged } = open.end ?? { sequence: this.sequence, logged: this.logged };
    const isDurable = this.isAlwaysDurable || this.isSyncDue || open.end !== undefined;
    let isWritten = open.written === size;
    try {
      const isNew = open.file === undefined;
      open.file ??= await this.files.create(block.path);
      if (!isWritten) await open.file.write(piecesOf(open, size), open.written);
      isWritten = true;
      this.written(open, size);
      if (isDurable && open.durable < size) await open.file.sync();
      if (isNew) await this.files.syncDirectory(this.directory);
    } catch (error) {
      this.fail(error, open, isWritten);
      return false;
    }
    this.committed = sequence;
    if (isDurable) {
      this.isSyncDue = false;
      open.durable = size;
      this.durableSequence = sequence;
      this.listener.durable(logged);
    }
    this.listener.reached(sequence);
    return !isDurable || this.overwriteAll(open, open.file);
  }

  /** Writes over what is durable of the first block; false: that failed. */
  private async overwriteAll(open: OpenBlock, file: LogFile): Promise<boolean> {
    if (open.overwrites.length === 0) return true;
    try {
      for (let write = open.overwrites.shift(); write !== undefined; write = open.overwrites.shift())
        await write(file);
      await file.sync();
    } catch (error) {
      this.fail(error, open, true);
      return false;
    }
    return true;
  }

  private written(open: OpenBlock, size: number): void {
    this.backlog -= size - open.written;
    open.written = size;
    // The last one is appended to.
    while (open.windows.length > 1) {
      const [first] = open.windows;
      if (first === undefined || first.start + first.length > size) break;
      open.windows.shift();
      open.block.tailWritten(first);
    }
  }

  private fail(error: unknown, open: OpenBlock, isWritten: boolean): void {
    this.isBroken = true;
    const keepsWritten = !this.isAlwaysDurable && !isWritten;
    const cut = { path: open.block.path, size: keepsWritten ? open.written : open.durable };
    // What a file that failed says is of no use; its descriptor is given back.
    open.file?.close().catch(() => {});
    this.listener.broken(error, keepsWritten ? this.committed : this.durableSequence, cut);
  }
}

/** What is to be written of a block up to offset `size`. */
function piecesOf({ windows, written }: OpenBlock, size: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (const { start, length, bytes } of windows) {
    const from = Math.max(written, start);
    const to = Math.min(size, start + length);
    if (from < to) pieces.push(bytes.subarray(from - start, to - start));
  }
  return pieces;
}
