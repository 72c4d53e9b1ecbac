import { join } from 'node:path';
import { clearImmediate, setImmediate } from 'node:timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConsumerJournal, JournaledState } from '../storage.js';
import { changeOf, snapshotBytes, snapshotOf } from './consumer-state.js';
import type { LogFile } from './files.js';
import { type KeptMeta, replaceFile, writeMeta } from './meta-file.js';
import type { LogResources } from './resources.js';

/** Size of a journal, in bytes and in snapshots, above which it is begun anew with one. */
const MAX_BYTES = 65_536;
const MAX_SNAPSHOTS = 4;
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
  private readonly identity: Omit<KeptMeta, 'meta'>;
  private readonly owner: JournalOwner;
  /** What is to be written; undefined: nothing has changed. */
  private next: JournaledState | undefined = undefined;
  private file: LogFile | undefined = undefined;
  private size = 0;
  private immediate: NodeJS.Immediate | undefined = undefined;
  private cancelTimer: (() => void) | undefined = undefined;
  private running: Promise<void> | undefined = undefined;
  private hasFailed = false;
  private isClosed = false;
  private closing: Promise<void> | undefined = undefined;

  /** A new file is begun with the first change. */
  constructor(
    directory: string,
    resources: LogResources,
    identity: Omit<KeptMeta, 'meta'>,
    owner: JournalOwner,
  ) {
    this.directory = directory;
    this.resources = resources;
    this.identity = identity;
    this.owner = owner;
  }

  changed(state: JournaledState): void {
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
    if (this.hasFailed) this.cancelTimer = this.resources.clock.after(RETRY_MS, () => this.start());
    else this.immediate = setImmediate(() => this.start());
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
    const { next: state } = this;
    if (state === undefined) return;
    this.next = undefined;
    try {
      const most = Math.max(MAX_BYTES, snapshotBytes(state) * MAX_SNAPSHOTS);
      if (this.file === undefined || this.size > most) await this.begin(state);
      else {
        const change = changeOf(state);
        await this.file.write([change], this.size);
        this.size += change.length;
      }
      this.hasFailed = false;
    } catch (error) {
      this.failed(error);
      // What was not written is in the next snapshot.
      this.next ??= state;
      await this.letGo();
    }
  }

  /** Begins a new file with a snapshot in the place of the old one. */
  private async begin(state: JournaledState): Promise<void> {
    const { files } = this.resources.openFiles;
    const path = join(this.directory, STATE_FILE);
    const parts: Buffer[] = [];
    for (const part of snapshotOf(state)) {
      if (parts.length > 0) await nextTurn();
      parts.push(part);
    }
    await this.letGo();
    await replaceFile(files, path, parts);
    this.file = files.open(path);
    this.size = parts.reduce((sum, { length }) => sum + length, 0);
  }

  private failed(error: unknown): void {
    if (!this.hasFailed)
      this.resources.warn(`${this.directory}: ${String(error)}; its state is kept in memory alone`);
    this.hasFailed = true;
  }

  private async letGo(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close().catch(() => {});
  }
}
