import { join } from 'node:path';
import { clearImmediate, setImmediate } from 'node:timers';
import type { ConsumerJournal, ConsumerState } from '../storage.js';
import type { JournalState } from './consumer-state.js';
import type { LogFile } from './files.js';
import { type KeptMeta, replaceFile, writeMeta } from './meta-file.js';
import type { LogResources } from './resources.js';

/** Size of a journal, in bytes and in snapshots, above which it is begun anew with one. */
const MAX_BYTES = 65_536;
const MAX_SNAPSHOTS = 4;
/** Entries that may be compared in a millisecond: one with many is written less often than once a turn. */
const ENTRIES_PER_MS = 200;
/** Time between two attempts to write after a failure, in milliseconds. */
const RETRY_MS = 1_000;

export const STATE_FILE = 'state';
export const META_FILE = 'meta.json';

/** What made a journal. */
interface JournalOwner {
  /** Removes its directory after `close`. */
  remove(close: () => Promise<void>): Promise<void>;
  closed(journal: FileJournal): void;
}

/**
 * Keeps the state of a consumer as a file of changes, which begins with a snapshot. It is written, not synced: after a loss
 * of power the consumer may be where it was before, and delivers again what it had delivered since.
 */
export class FileJournal implements ConsumerJournal {
  private readonly directory: string;
  private readonly resources: LogResources;
  private readonly kept: JournalState;
  private readonly identity: Omit<KeptMeta, 'meta'>;
  private readonly owner: JournalOwner;
  private next: (() => ConsumerState) | undefined = undefined;
  private file: LogFile | undefined = undefined;
  private size = 0;
  private immediate: NodeJS.Immediate | undefined = undefined;
  private cancelTimer: (() => void) | undefined = undefined;
  private running: Promise<void> | undefined = undefined;
  private hasFailed = false;
  private isClosed = false;
  private closing: Promise<void> | undefined = undefined;

  /** @param kept what is in the file; a new one is begun with the first change */
  constructor(
    directory: string,
    resources: LogResources,
    identity: Omit<KeptMeta, 'meta'>,
    kept: JournalState,
    owner: JournalOwner,
  ) {
    this.directory = directory;
    this.resources = resources;
    this.identity = identity;
    this.kept = kept;
    this.owner = owner;
  }

  changed(state: () => ConsumerState): void {
    if (this.isClosed) return;
    const isWaiting = this.next !== undefined;
    this.next = state;
    if (!isWaiting && this.running === undefined) this.schedule();
  }

  save(meta: object): Promise<void> {
    const path = join(this.directory, META_FILE);
    return writeMeta(this.resources.openFiles.files, path, { ...this.identity, meta });
  }

  close(): Promise<void> {
    this.closing ??= this.writeLast();
    return this.closing;
  }

  private async writeLast(): Promise<void> {
    this.isClosed = true;
    this.stopWaiting();
    await this.running;
    await this.write();
    await this.file?.sync().catch((error: unknown) => this.failed(error));
    await this.letGo();
    this.owner.closed(this);
  }

  delete(): Promise<void> {
    this.isClosed = true;
    this.stopWaiting();
    this.next = undefined;
    return this.owner.remove(async () => {
      await this.running;
      await this.letGo();
      this.owner.closed(this);
    });
  }

  private schedule(): void {
    const waitMs = this.hasFailed ? RETRY_MS : Math.floor(this.kept.size / ENTRIES_PER_MS);
    if (waitMs === 0) this.immediate = setImmediate(() => this.start());
    else this.cancelTimer = this.resources.clock.after(waitMs, () => this.start());
  }

  private stopWaiting(): void {
    clearImmediate(this.immediate);
    this.cancelTimer?.();
  }

  private start(): void {
    this.running = this.write().finally(() => {
      this.running = undefined;
      if (this.next !== undefined && !this.isClosed) this.schedule();
    });
  }

  private async write(): Promise<void> {
    const { next, kept } = this;
    if (next === undefined) return;
    this.next = undefined;
    try {
      const change = kept.change(next());
      const most = Math.max(MAX_BYTES, kept.snapshotBytes * MAX_SNAPSHOTS);
      if (this.file === undefined || this.size + change.length > most) await this.begin();
      else {
        await this.file.write([change], this.size);
        this.size += change.length;
      }
      this.hasFailed = false;
    } catch (error) {
      this.failed(error);
      await this.letGo();
    }
  }

  /** Begins a new file with a snapshot in the place of the old one. */
  private async begin(): Promise<void> {
    const { files } = this.resources.openFiles;
    const path = join(this.directory, STATE_FILE);
    const snapshot = this.kept.snapshot();
    await this.letGo();
    await replaceFile(files, path, [snapshot]);
    this.file = files.open(path);
    this.size = snapshot.length;
  }

  private failed(error: unknown): void {
    if (!this.hasFailed)
      this.resources.warn(`${this.directory}: ${String(error)}; its state is kept in memory alone`);
    this.hasFailed = true;
    // What was not written is in the next snapshot.
    this.next ??= () => this.kept.state;
  }

  private async letGo(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close().catch(() => {});
  }
}
