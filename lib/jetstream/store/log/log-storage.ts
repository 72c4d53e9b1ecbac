import { dirname, join } from 'node:path';
import type { ConsumerJournal, KeptConsumer, KeptStream, Storage, StreamStorage } from '../storage.js';
import { FileJournal, META_FILE, STATE_FILE } from './consumer-journal.js';
import { JournalState } from './consumer-state.js';
import { diskName } from './disk-name.js';
import { lockDirectory } from './lock.js';
import { LogStore } from './log-store.js';
import { type KeptMeta, readMeta, writeMeta } from './meta-file.js';
import type { LogResources } from './resources.js';

/** In the name of a directory that is being removed; no name of a stream or consumer has a point on the disk. */
const REMOVED = '.removed';

/**
 * Keeps streams in files:
 *
 *     <directory>/lock
 *     <directory>/<account>/streams/<stream>/meta.json
 *                                            msgs/<block>.blk
 *                                            obs/<consumer>/meta.json
 *                                                           state
 */
export class LogStorage implements Storage {
  private readonly directory: string;
  private readonly resources: LogResources;
  private readonly streams = new Set<StreamStorage>();
  private readonly journals = new Set<FileJournal>();
  /** Directories that are being removed; a new one of the same name waits. */
  private readonly removals = new Map<string, Promise<void>>();
  private removed = 0;
  private unlock: (() => Promise<void>) | undefined = undefined;

  constructor(directory: string, resources: LogResources) {
    this.directory = directory;
    this.resources = resources;
  }

  /** @throws Error where another broker has the directory, or what is there is of another format */
  async recover(): Promise<readonly KeptStream[]> {
    const { files } = this.resources.openFiles;
    await this.makeDirectory(this.directory);
    this.unlock = await lockDirectory(files, this.directory);
    const kept: KeptStream[] = [];
    for (const account of files.list(this.directory)) {
      const directory = join(this.directory, account, 'streams');
      for (const name of files.list(directory)) {
        try {
          const stream = await this.recoverStream(join(directory, name));
          if (stream !== undefined) kept.push(stream);
        } catch (error) {
          // The others are of use; this one stays as it is.
          this.resources.warn(`${join(directory, name)} is not opened: ${String(error)}`);
        }
      }
    }
    return kept;
  }

  async createStream(
    account: string,
    name: string,
    meta: object,
    firstSequence: number,
  ): Promise<StreamStorage> {
    const directory = join(this.directory, diskName(account), 'streams', diskName(name));
    await this.removals.get(directory);
    await this.makeDirectory(join(directory, 'msgs'));
    await this.makeDirectory(join(directory, 'obs'));
    const store = await LogStore.create(join(directory, 'msgs'), this.resources, firstSequence);
    // With the meta file the stream is there.
    await writeMeta(this.resources.openFiles.files, join(directory, META_FILE), { account, name, meta });
    return this.storageOf(directory, account, name, store);
  }

  async close(): Promise<void> {
    await Promise.all([...this.streams, ...this.journals].map((each) => each.close()));
    await Promise.all(this.removals.values());
    await this.unlock?.();
  }

  private async recoverStream(directory: string): Promise<KeptStream | undefined> {
    const { files } = this.resources.openFiles;
    const kept = await this.readKept(directory);
    if (kept === undefined) return undefined;
    const store = await LogStore.open(join(directory, 'msgs'), this.resources);
    const consumers: KeptConsumer[] = [];
    for (const name of files.list(join(directory, 'obs'))) {
      const consumer = await this.recoverConsumer(join(directory, 'obs', name), store.state.lastSequence);
      if (consumer !== undefined) consumers.push(consumer);
    }
    const { account, name, meta } = kept;
    return { account, name, meta, storage: this.storageOf(directory, account, name, store), consumers };
  }

  private async recoverConsumer(directory: string, last: number): Promise<KeptConsumer | undefined> {
    const kept = await this.readKept(directory);
    if (kept === undefined) return undefined;
    const state = new JournalState();
    const bytes = this.resources.openFiles.files.read(join(directory, STATE_FILE));
    const isThere = bytes !== undefined && state.replay(bytes);
    state.limitTo(last);
    const journal = this.journalOf(directory, kept);
    return { name: kept.name, meta: kept.meta, state: isThere ? state.state : undefined, journal };
  }

  /** What is kept in a directory; undefined: it was not made to the end, or not removed to the end, and is removed. */
  private async readKept(directory: string): Promise<KeptMeta | undefined> {
    const { files } = this.resources.openFiles;
    const kept = directory.endsWith(REMOVED) ? undefined : readMeta(files, join(directory, META_FILE));
    if (kept === undefined) await files.removeTree(directory);
    return kept;
  }

  private storageOf(directory: string, account: string, name: string, store: LogStore): StreamStorage {
    const { files } = this.resources.openFiles;
    const storage: StreamStorage = {
      store,
      save: (meta) => writeMeta(files, join(directory, META_FILE), { account, name, meta }),
      createConsumer: (consumer, meta) => this.createConsumer(directory, { account, name: consumer, meta }),
      close: async () => {
        if (this.streams.delete(storage)) await store.close();
      },
      delete: () => {
        this.streams.delete(storage);
        return this.remove(directory, () => store.close());
      },
    };
    this.streams.add(storage);
    return storage;
  }

  private async createConsumer(stream: string, kept: KeptMeta): Promise<ConsumerJournal> {
    const directory = join(stream, 'obs', diskName(kept.name));
    await this.removals.get(directory);
    await this.makeDirectory(directory);
    const journal = this.journalOf(directory, kept);
    await journal.save(kept.meta);
    return journal;
  }

  private journalOf(directory: string, { account, name }: KeptMeta): FileJournal {
    const remove = (close: () => Promise<void>) => this.remove(directory, close);
    const closed = (journal: FileJournal) => this.journals.delete(journal);
    const journal = new FileJournal(directory, this.resources, { account, name }, { remove, closed });
    this.journals.add(journal);
    return journal;
  }

  /** Removes a directory: it has another name first, so that after a crash it is there as a whole or not at all. */
  private remove(directory: string, close: () => Promise<void>): Promise<void> {
    const { files } = this.resources.openFiles;
    const removal = (async () => {
      await close();
      const name = `${directory}.${this.removed++}${REMOVED}`;
      // Where the stream of a consumer is gone, so is the consumer.
      if (files.list(directory).length === 0) return;
      files.rename(directory, name);
      await files.syncDirectory(dirname(directory));
      await files.removeTree(name);
    })();
    const settled = removal
      .catch(() => {})
      .then(() => {
        if (this.removals.get(directory) === settled) this.removals.delete(directory);
      });
    this.removals.set(directory, settled);
    return removal;
  }

  /** Makes a directory, its name durable as those above it. */
  private async makeDirectory(path: string): Promise<void> {
    const { files } = this.resources.openFiles;
    files.makeDirectory(path);
    for (let made = path; made.startsWith(this.directory); made = dirname(made))
      await files.syncDirectory(dirname(made));
  }
}
