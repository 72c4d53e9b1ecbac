import { type CountedOverhead, MemoryStore } from './memory.js';
import type { ConsumerJournal, KeptStream, Storage, StreamStorage } from './storage.js';

/** As nats-server counts in files. */
const FILE_OVERHEAD: CountedOverhead = { message: 30, headers: 4 };

const KEEPS_NOTHING: ConsumerJournal = {
  changed() {},
  save: () => Promise.resolve(),
  close: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

/** Keeps streams as long as the process lives. */
export class MemoryStorage implements Storage {
  private readonly overhead: CountedOverhead | undefined;

  /** @param countsAs how sizes are counted: as those of messages in memory, or in files */
  constructor(countsAs: 'memory' | 'file' = 'memory') {
    this.overhead = countsAs === 'file' ? FILE_OVERHEAD : undefined;
  }

  recover(): Promise<readonly KeptStream[]> {
    return Promise.resolve([]);
  }

  createStream(
    _account: string,
    _name: string,
    _meta: object,
    firstSequence: number,
  ): Promise<StreamStorage> {
    const store = new MemoryStore(firstSequence, this.overhead);
    return Promise.resolve({
      store,
      save: () => Promise.resolve(),
      createConsumer: () => Promise.resolve(KEEPS_NOTHING),
      close: () => store.close(),
      delete: () => store.close(),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
