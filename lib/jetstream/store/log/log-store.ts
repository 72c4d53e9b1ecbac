import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Steps } from '../../../domain/steps.js';
import type { Instant } from '../../instant.js';
import type {
  Store,
  StoredMessage,
  StoreListener,
  StoreState,
  SubjectFilter,
  SubjectState,
} from '../store.js';
import { LogBlock } from './block.js';
import { BLOCK_HEADER_BYTES, blockName } from './block-header.js';
import { BlockKeeper } from './block-keeper.js';
import { FooterBuilder } from './footer.js';
import { FOOTER, MESSAGE, RECORD_BYTES, REMOVE, SKIP, subjectBytesOf, TRUNCATE } from './record.js';
import { type Cut, LogReader, type RecoveredLog } from './recover.js';
import { repair, tryToWrite } from './repair.js';
import { countedBytes, Replay } from './replay.js';
import type { LogResources } from './resources.js';
import { LogWriter, type WriterListener } from './writer.js';

/** Sequences without a record after which a block is begun anew: they would have slots. */
const MAX_GAP = 65_536;
/** Bytes that may wait to be written before messages are refused. */
const MAX_BACKLOG_BYTES = 67_108_864;
/** Time between two attempts to write again after a failure, in milliseconds. */
const RETRY_MS = 1_000;
const MAX_HEADER_BYTES = 0xffff;
const MAX_SALT = 2 ** 32;
const NO_TIME: Instant = { ms: 0, ns: 0 };
const NO_BODY = new Uint8Array(0);

/** The messages of a stream in files of one directory. */
export class LogStore implements Store, WriterListener {
  fault: string | undefined = undefined;
  committed: number;
  private readonly directory: string;
  private readonly resources: LogResources;
  private replay: Replay;
  private active: LogBlock;
  private writer: LogWriter;
  /** What the footer of the last block will say; undefined: it has been begun before, and gets none. */
  private footer: FooterBuilder | undefined = undefined;
  private keeper: BlockKeeper;
  private listener: StoreListener | undefined = undefined;
  /** Changes that were made since it has a fault, to be made again once it has none. */
  private readonly postponed: (() => void)[] = [];
  private readonly waiting: (() => void)[] = [];
  private cancelRetry: (() => void) | undefined = undefined;
  private cancelSync: (() => void) | undefined = undefined;
  /** Nothing can be written. */
  private isBroken = false;
  private isClosed = false;

  /** Makes the log of a new stream, in a directory that is there; resolves once it is durable. */
  static async create(directory: string, resources: LogResources, firstSequence: number): Promise<LogStore> {
    const replay = new Replay(firstSequence);
    const store = new LogStore(directory, resources, { replay, active: undefined });
    await store.synced();
    return store;
  }

  /** Opens a log that is there, and repairs what a crash has left of it. */
  static async open(directory: string, resources: LogResources): Promise<LogStore> {
    const log = await resources.turns.run(new LogReader(directory, resources).read());
    for (const loss of log.losses) resources.warn(loss);
    await repair(directory, resources, log);
    const store = new LogStore(directory, resources, log);
    store.keeper.lookAtAll();
    await store.synced();
    return store;
  }

  private constructor(
    directory: string,
    resources: LogResources,
    log: Pick<RecoveredLog, 'replay' | 'active'>,
  ) {
    this.directory = directory;
    this.resources = resources;
    this.replay = log.replay;
    this.committed = log.replay.index.state.lastSequence;
    this.keeper = this.newKeeper();
    this.writer = this.newWriter();
    this.active = this.resume(log.active);
  }

  get state(): StoreState {
    return this.replay.index.state;
  }

  sizeOf(subject: string, body: Buffer, headerBytes: number): number {
    return countedBytes(RECORD_BYTES + Buffer.byteLength(subject) + body.length, headerBytes > 0);
  }

  append(subject: string, body: Buffer, headerBytes: number, at: Instant): number {
    if (this.fault !== undefined) throw new Error(this.fault);
    if (headerBytes > MAX_HEADER_BYTES) throw new RangeError(`${headerBytes} bytes of headers are too many`);
    const sequence = this.state.lastSequence + 1;
    const subjectBytes = subjectBytesOf(subject);
    const length = RECORD_BYTES + subjectBytes + body.length;
    this.makeRoom(length, sequence);
    const head = { kind: MESSAGE, sequence, at };
    const offset = this.writer.append(head, subject, subjectBytes, body, headerBytes, sequence);
    const logged = { bytes: length, hasHeaders: headerBytes > 0, subject, at };
    this.replay.message(this.active, sequence, offset, logged);
    this.footer?.add(subject);
    if (this.writer.backlog > MAX_BACKLOG_BYTES) this.fault = 'more is published than can be written';
    return sequence;
  }

  skip(count: number, at: Instant): void {
    const sequence = this.state.lastSequence + count;
    this.log(SKIP, sequence, at, sequence, () => this.skip(count, at));
    this.replay.index.skipTo(sequence, at);
  }

  has(sequence: number): boolean {
    return this.replay.index.has(sequence);
  }

  get(sequence: number): StoredMessage | undefined {
    return this.replay.index.get(sequence);
  }

  next(filter: SubjectFilter, from: number, limit: number): StoredMessage | number | undefined {
    return this.replay.index.next(filter, from, limit);
  }

  lastBefore(subject: string, before: number): StoredMessage | undefined {
    return this.replay.index.lastBefore(subject, before);
  }

  subject(subject: string): SubjectState | undefined {
    return this.replay.index.subject(subject);
  }

  subjects(filter: SubjectFilter, most?: number): Steps<ReadonlyMap<string, SubjectState>> {
    return this.replay.index.subjects(filter, most);
  }

  count(filter: SubjectFilter, from: number, to: number): Steps<number> {
    return this.replay.index.count(filter, from, to);
  }

  sequenceAt(at: Instant): number {
    return this.replay.index.sequenceAt(at);
  }

  remove(sequence: number, erase: boolean): Pick<StoredMessage, 'sequence' | 'subject'> | undefined {
    const subject = this.replay.remove(sequence);
    if (subject === undefined) return undefined;
    this.log(REMOVE, sequence, NO_TIME, this.state.lastSequence, () => this.remove(sequence, erase));
    this.footer?.remove(sequence);
    if (erase) this.keeper.erase(sequence);
    this.keeper.look(sequence);
    return { sequence, subject };
  }

  truncateFront(sequence: number): void {
    const { firstSequence, lastSequence } = this.state;
    if (sequence <= firstSequence && sequence <= lastSequence) return;
    const last = Math.max(lastSequence, sequence - 1);
    this.log(TRUNCATE, sequence, NO_TIME, last, () => this.truncateFront(sequence));
    this.replay.truncate(sequence);
    this.keeper.look(sequence);
  }

  listen(listener: StoreListener): void {
    this.listener = listener;
  }

  /** Resolves once all that was appended is durable, or cannot be. */
  synced(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.writer.syncSoon();
      if (this.writer.isDurable) this.resolveWaiting();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelRetry?.();
    this.cancelSync?.();
    await this.writer.close();
    await this.keeper.close();
    for (const block of this.replay.index.blocks) block.release();
    this.active.release();
    this.resolveWaiting();
  }

  /** The writer has come up to that sequence. */
  reached(sequence: number): void {
    if (this.writer.backlog * 2 < MAX_BACKLOG_BYTES && !this.isBroken) this.fault = undefined;
    if (sequence > this.committed) {
      this.committed = sequence;
      this.listener?.committed(sequence);
    }
    const { sync, clock } = this.resources;
    if (typeof sync === 'number' && this.cancelSync === undefined && !this.writer.isDurable) {
      this.cancelSync = clock.after(sync, () => {
        this.cancelSync = undefined;
        this.writer.syncSoon();
      });
    }
  }

  /** The writer has made all up to that byte of the log durable. */
  durable(logged: number): void {
    this.keeper.durable(logged);
    if (this.writer.isDurable) this.resolveWaiting();
    else if (this.waiting.length > 0) this.writer.syncSoon();
  }

  /** The writer cannot go on: what was not committed is forgotten, and it is tried again later. */
  broken(reason: unknown, sequence: number, cut: Cut): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    this.resources.warn(`${this.directory}: ${text}; messages are refused until it can be written again`);
    this.isBroken = true;
    this.fault = text;
    for (let at = this.state.lastSequence; at > sequence; at--) this.replay.remove(at);
    this.replay.index.rewind(sequence);
    this.committed = Math.min(this.committed, sequence);
    this.resolveWaiting();
    this.listener?.failed(sequence + 1, text);
    this.retryLater(cut);
  }

  private retryLater(cut: Cut): void {
    if (this.isClosed) return;
    this.cancelRetry = this.resources.clock.after(RETRY_MS, () => {
      this.reopen(cut).catch(() => this.retryLater(cut));
    });
  }

  /** Reads the log anew, without what is cut off, and goes on with a new block. */
  private async reopen(cut: Cut): Promise<void> {
    const { directory, resources } = this;
    await this.keeper.close();
    await tryToWrite(directory, resources);
    for (const block of this.replay.index.blocks) block.forgetRead();
    const log = await resources.turns.run(new LogReader(directory, resources, cut).read());
    await repair(directory, resources, { ...log, active: undefined });
    if (this.isClosed) return;
    for (const block of this.replay.index.blocks) block.release();
    this.replay = log.replay;
    this.keeper = this.newKeeper();
    this.writer = this.newWriter();
    this.isBroken = false;
    this.fault = undefined;
    log.active?.seal(this.state.lastSequence + 1);
    this.active = this.begin();
    this.keeper.lookAtAll();
    for (const again of this.postponed.splice(0)) again();
    this.listener?.recovered();
  }

  private newWriter(): LogWriter {
    const { openFiles, sync } = this.resources;
    return new LogWriter(openFiles.files, this.directory, sync === 'always', this.state, this);
  }

  private newKeeper(): BlockKeeper {
    return new BlockKeeper(this.directory, this.resources, this.replay, () => this.writer);
  }

  /** Goes on with the last block, or begins a new one. */
  private resume(active: LogBlock | undefined): LogBlock {
    if (active === undefined) return this.begin();
    this.writer.resume(active);
    return active;
  }

  private resolveWaiting(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Appends a record without a body; where that is not possible, `again` is called once it is. */
  private log(kind: number, sequence: number, at: Instant, lastSequence: number, again: () => void): void {
    if (this.isBroken) {
      this.postponed.push(again);
      return;
    }
    this.makeRoom(RECORD_BYTES, this.state.lastSequence);
    this.writer.append({ kind, sequence, at }, '', 0, NO_BODY, 0, lastSequence);
  }

  /** Begins a block where a record does not fit into the last one, or is for a sequence far from those in it. */
  private makeRoom(bytes: number, sequence: number): void {
    const { active } = this;
    const isFull = active.size + bytes > this.resources.blockBytes && active.size > BLOCK_HEADER_BYTES;
    if (!isFull && sequence - active.end <= MAX_GAP) return;
    this.finish(active);
    active.seal(this.state.lastSequence + 1);
    this.active = this.begin();
    this.keeper.look(active.first);
  }

  /** Ends a block with its footer. */
  private finish(block: LogBlock): void {
    const { lastSequence, lastAt } = this.state;
    this.writer.markDurable();
    const summary = { end: lastSequence + 1, front: this.replay.front, lastAt };
    const body = this.footer?.build(block, summary);
    if (body === undefined) return;
    this.writer.append({ kind: FOOTER, sequence: 0, at: NO_TIME }, '', 0, body, 0, lastSequence);
  }

  private begin(): LogBlock {
    const { index, front } = this.replay;
    const first = this.state.lastSequence + 1;
    this.footer = new FooterBuilder();
    const id = { number: (index.blocks.at(-1)?.number ?? 0) + 1, first, salt: randomInt(1, MAX_SALT) };
    const block = new LogBlock({ ...id, path: join(this.directory, blockName(id)) }, this.resources);
    index.replace(index.blocks.length, 0, [block]);
    this.writer.begin(block, { salt: id.salt, first, end: 0, front, lastAt: this.state.lastAt });
    return block;
  }
}
