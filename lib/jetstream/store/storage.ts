import type { Store } from './store.js';

/** A message that was delivered and is not acknowledged. `at`: Unix milliseconds. */
export interface PendingState {
  readonly consumer: number;
  readonly at: number;
  readonly deliveries: number;
}

/** What a consumer has to remember: where it is, and what it waits for. */
export interface ConsumerState {
  /** Sequences of the last message that was delivered: its number among deliveries, and its place in the stream. */
  readonly delivered: { readonly consumer: number; readonly stream: number };
  /** Everything up to these is acknowledged. */
  readonly ackFloor: { readonly consumer: number; readonly stream: number };
  /** Messages delivered and not acknowledged, by stream sequence. */
  readonly pending: ReadonlyMap<number, PendingState>;
  /** Deliveries of messages that are not pending but may be delivered again. */
  readonly deliveries: ReadonlyMap<number, number>;
}

/** The state of a consumer as it changes: what has changed is written, and not looked for in all there is. */
export interface JournaledState extends Pick<ConsumerState, 'delivered' | 'ackFloor'> {
  /** How many entries it has. */
  readonly entries: number;
  /** Sequences that have an entry, or had one until it changed, since this was called last; after the first call all changes count. */
  takeChanged(): Iterable<number>;
  /** Sequences with an entry. It may change meanwhile: what is added by then comes at the end. */
  sequences(): Iterable<number>;
  /** Undefined: it is not pending. */
  pendingOf(sequence: number): PendingState | undefined;
  /** Deliveries of a message that is not pending but may be delivered again; undefined: it may not. */
  countOf(sequence: number): number | undefined;
}

/**
 * Where a consumer's state is kept. What is lost in a crash may lead to redeliveries, never to messages that are passed over.
 */
export interface ConsumerJournal {
  /** The state has changed. It is asked for, and written, once a turn of the event loop at most. */
  changed(state: JournaledState): void;
  /** Keeps a changed configuration; resolves once it is safe. */
  save(meta: object): Promise<void>;
  close(): Promise<void>;
  delete(): Promise<void>;
}

/** A consumer that was kept. */
export interface KeptConsumer {
  readonly name: string;
  /** What `save` was given last. */
  readonly meta: object;
  readonly state: ConsumerState | undefined;
  readonly journal: ConsumerJournal;
}

/** What one stream is kept in. */
export interface StreamStorage {
  readonly store: Store;
  /** Keeps a changed configuration; resolves once it is safe. */
  save(meta: object): Promise<void>;
  /** Makes the place of a new consumer. */
  createConsumer(name: string, meta: object): Promise<ConsumerJournal>;
  /** Lets go of files; all of them can be opened again. */
  close(): Promise<void>;
  /** Removes everything. */
  delete(): Promise<void>;
}

/** A stream that was kept, with its consumers. */
export interface KeptStream {
  readonly account: string;
  readonly name: string;
  readonly meta: object;
  readonly storage: StreamStorage;
  readonly consumers: readonly KeptConsumer[];
}

/** Where streams are kept: in memory, or in files below one folder. */
export interface Storage {
  /** Everything that was kept. Called once, before anything else. */
  recover(): Promise<readonly KeptStream[]>;
  /** @param firstSequence of the first message; 1 by default */
  createStream(account: string, name: string, meta: object, firstSequence: number): Promise<StreamStorage>;
  close(): Promise<void>;
}
