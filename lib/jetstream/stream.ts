import type { Steps } from '../domain/steps.js';
import { type CommandBatch, cell, REPLY_END, STRIDE } from '../frame/command.js';
import type { Account } from '../routing/account.js';
import { ApiError } from './api/errors.js';
import type { StreamChanges } from './consumer/stream-changes.js';
import { StreamConsumers } from './consumer/stream-consumers.js';
import { StreamNotices } from './consumer/stream-notices.js';
import type { CopiedStream, StreamConsumer } from './consumer/stream-side.js';
import { Copies } from './copying/copies.js';
import type { CopyingStream } from './copying/target.js';
import type { Dedupe } from './dedupe.js';
import {
  type Admitted,
  admit,
  type Incoming,
  type IngestState,
  incoming,
  overLimit,
  withLeastTtl,
} from './ingest.js';
import { type Instant, laterThan, parseTime, timeText } from './instant.js';
import { Intake } from './intake.js';
import { MessageIds } from './message-ids.js';
import { markerOf, ttlIn } from './message-ttl.js';
import { PubAcks } from './pub-acks.js';
import { Renaming } from './renaming.js';
import { Republisher } from './republisher.js';
import { Retention } from './retention.js';
import type { SearchBudget } from './search-budget.js';
import { isSame } from './settings/same.js';
import { shortHash } from './settings/source-id.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { StreamStorage } from './store/storage.js';
import type { Store, StoreListener } from './store/store.js';
import type { StreamHost } from './stream-host.js';

/** What is kept of a stream beside its messages. */
export interface StreamMeta {
  readonly config: StreamConfig;
  readonly created: string;
}

/** One stream: takes what is published on its subjects, keeps it as long as its limits say, and tells its consumers. */
export class Stream implements CopiedStream, CopyingStream, IngestState, StoreListener {
  config: StreamConfig;
  readonly created: Instant;
  readonly store: Store;
  /** By name. Consumers put themselves here, and take themselves away. */
  readonly consumers = new StreamConsumers();
  readonly storage: StreamStorage;
  readonly host: StreamHost;
  /** What it copies from other streams. */
  readonly copies: Copies = new Copies(this);
  private readonly notices: StreamNotices;
  private readonly acks: PubAcks;
  private readonly keeper: Retention;
  private readonly ids: MessageIds;
  private renaming: Renaming | undefined = undefined;
  private republisher: Republisher | undefined = undefined;
  private areAcksDue = false;
  /** Acknowledgements that are being sent, and the first row that is left. */
  private dueAcks: CommandBatch | undefined = undefined;
  private dueFrom = 0;
  private isAppending = false;
  private countedBytes = 0;
  private readonly intake = new Intake(this);

  constructor(host: StreamHost, config: StreamConfig, created: Instant, storage: StreamStorage) {
    this.host = host;
    this.config = config;
    this.created = created;
    this.storage = storage;
    this.store = storage.store;
    const { domain, clock, core, failed } = host.tools;
    this.notices = new StreamNotices(this.consumers, core.scheduler, failed);
    this.acks = new PubAcks(config.name, domain);
    this.ids = new MessageIds(clock, config.duplicate_window);
    this.keeper = new Retention(this, clock);
    this.store.listen(this);
    this.countBytes();
    this.prepareRenaming(undefined);
  }

  /** A stream as it was kept. */
  static recovered(host: StreamHost, meta: StreamMeta, storage: StreamStorage): Stream {
    const created = parseTime(meta.created) ?? host.tools.clock.now();
    return new Stream(
      host,
      { ...meta.config, allow_msg_ttl: meta.config.allow_msg_ttl ?? false },
      created,
      storage,
    );
  }

  get name(): string {
    return this.config.name;
  }

  get account(): Account {
    return this.host.account;
  }

  get subjects(): readonly string[] {
    return this.config.subjects;
  }

  get dedupe(): Dedupe {
    return this.ids.dedupe;
  }

  get searches(): SearchBudget {
    return this.host.tools.searches;
  }

  get retention(): StreamConfig['retention'] {
    return this.config.retention;
  }

  get identity(): string {
    return shortHash(`${this.name} ${timeText(this.created)}`);
  }

  get changes(): StreamChanges {
    return this.notices.changes;
  }

  get meta(): StreamMeta {
    return { config: this.config, created: timeText(this.created) };
  }

  /** Begins to take messages, and to let go of those that are too old. */
  *start(): Steps<void> {
    yield* this.attach();
    this.keeper.enforce();
    this.keeper.recover();
    this.copies.start();
  }

  /** Takes messages of its account, which may have been made anew. */
  attach(): Steps<void> {
    return this.intake.attach(this.host.account, this.config.subjects);
  }

  /** Goes by another configuration from now on. */
  *update(config: StreamConfig): Steps<void> {
    const previous = this.config;
    const { subjects, retention } = previous;
    this.config = config;
    this.prepareRenaming(previous);
    this.ids.setWindow(config.duplicate_window);
    if (subjects.join(' ') !== config.subjects.join(' ')) yield* this.attach();
    this.keeper.enforce();
    if (retention !== config.retention) this.keeper.lookAtAll();
    if (!previous.allow_msg_ttl && config.allow_msg_ttl) this.keeper.learnAgain();
    this.copies.start();
  }

  /** Learns what it goes by of the messages that were kept: ids within the window for them, and TTLs. */
  *learn(): Steps<void> {
    yield* this.ids.learn(this.store);
    yield* this.keeper.learn();
  }

  /** Says that the last message on `subject` has expired, in the place of it. Returns whether that could be stored. */
  mark(subject: string): boolean {
    const { config, store } = this;
    if (store.fault !== undefined) return false;
    const { subject_delete_marker_ttl: ttl = 0 } = config;
    const marker = markerOf(subject, ttl);
    const at = laterThan(store.state.lastAt, this.host.tools.clock.now());
    this.put(marker, { id: '', rollup: 'sub', ttl: ttlIn(marker.body), isMarker: true }, at);
    return true;
  }

  /** Removes one message. Returns whether there was one. */
  remove(sequence: number, erase = false): boolean {
    const removed = this.store.remove(sequence, erase);
    if (removed === undefined) return false;
    this.countBytes();
    this.notices.removed(sequence, removed.subject);
    this.copies.tryAgain();
    return true;
  }

  /** Removes all messages below `sequence`, and tells no consumer. Returns how many they were. */
  truncateFront(sequence: number): number {
    const { messages } = this.store.state;
    this.store.truncateFront(sequence);
    this.countBytes();
    this.keeper.rearm();
    this.copies.tryAgain();
    return messages - this.store.state.messages;
  }

  /** Tells its consumers that messages may be gone. @param pattern subjects that they were on; empty: any */
  purged(pattern = ''): void {
    this.notices.purged(pattern);
  }

  settled(consumer: StreamConsumer, sequence: number): void {
    this.keeper.settled(consumer, sequence);
  }

  interestChanged(_consumer: StreamConsumer): void {
    this.keeper.lookAtAll();
  }

  committed(sequence: number): void {
    if (this.isAppending) return;
    this.copies.committed(sequence);
    this.release(this.acks.size > 0 || this.republisher !== undefined);
    if (sequence > 0) this.notices.wake();
  }

  failed(sequence: number, reason: string): void {
    this.copies.pause();
    this.dedupe.forgetFrom(sequence);
    this.republisher?.forgetFrom(sequence);
    this.acks.fail(sequence, new ApiError('STREAM_STORE_FAILED', reason));
    this.countBytes();
    this.release();
    this.purged();
  }

  /** What was removed with what is lost is there again. */
  recovered(): void {
    this.countBytes();
    this.keeper.enforce();
    this.keeper.lookAtAll();
    this.keeper.learnAgain();
    this.purged();
    this.copies.restart();
  }

  storeCopy(message: Incoming, admitted: Admitted, at: Instant): ApiError | undefined {
    const subject = this.renaming?.apply(message.subject) ?? message.subject;
    const stored = this.put({ ...message, subject }, admitted, at);
    return stored instanceof ApiError ? stored : undefined;
  }

  /** Takes nothing any more. The messages stay where they are kept, unless `deletes`. */
  async stop(deletes: boolean): Promise<void> {
    this.intake.stop();
    this.copies.stop();
    this.ids.stop();
    this.keeper.stop();
    await this.host.tools.turns.run(this.end(deletes ? 'stream deleted' : 'shutdown'));
    if (!deletes) return this.storage.close();
    this.host.used(this.config.storage, -this.countedBytes);
    this.countedBytes = 0;
    await this.storage.delete();
  }

  private *end(reason: 'stream deleted' | 'shutdown'): Steps<void> {
    for (const consumer of this.consumers.values()) {
      yield* consumer.stop(reason);
      yield;
    }
    yield* this.intake.detach();
  }

  /** Takes a message that was published on one of its subjects. */
  take(batch: CommandBatch, row: number): void {
    const { config, acks } = this;
    const asks = config.no_ack !== true && cell(batch.columns, row * STRIDE + REPLY_END) !== 0;
    const { lastSequence } = this.store.state;
    const outcome = this.keep(incoming(batch, row, this.renaming));
    if (!asks) return;
    if (outcome instanceof ApiError) acks.refused(batch, row, outcome, lastSequence);
    else if (outcome < 0) acks.duplicate(batch, row, -outcome, lastSequence);
    else acks.stored(batch, row, outcome);
    this.release();
  }

  /** Stores a message. Returns its sequence; what refuses it; or a negative number: that under which it was stored before. */
  private keep(message: Incoming): number | ApiError {
    const { store, host } = this;
    const now = host.tools.clock.now();
    const admitted = admit(this, message, now.ms);
    if (admitted instanceof ApiError) return admitted;
    if (typeof admitted === 'number') return -admitted;
    return this.put(message, admitted, laterThan(store.state.lastAt, now));
  }

  /** Stores a message that may be stored by what it says itself. Returns its sequence, or what refuses it. */
  private put(given: Incoming, admitted: Admitted, at: Instant): number | ApiError {
    const { store, config } = this;
    const { id, rollup } = admitted;
    const { message, ttl } = withLeastTtl(config, given, admitted);
    const { subject, body, headerBytes } = message;
    if (config.retention === 'interest' && !this.consumers.take(subject)) {
      store.skip(1, at);
      const sequence = store.state.lastSequence;
      this.ids.stored(id, sequence, at);
      return sequence;
    }
    const refusal = admitted.isMarker === true ? undefined : this.refusalOf(message, ttl);
    if (refusal !== undefined) return refusal;
    const { fault } = store;
    if (fault !== undefined) return new ApiError('STREAM_STORE_FAILED', fault);
    const last = this.republisher === undefined ? 0 : (store.subject(subject)?.last ?? 0);
    this.isAppending = true;
    const sequence = store.append(subject, body, headerBytes, at);
    this.isAppending = false;
    if (this.republisher !== undefined) this.republish(this.republisher, sequence, last);
    this.ids.stored(id, sequence, at);
    this.countBytes();
    this.notices.appended(sequence, subject);
    this.keeper.replace(rollup, subject, sequence);
    this.keeper.stored(subject, sequence, at, ttl);
    if (store.committed >= sequence) this.notices.wake();
    return sequence;
  }

  /** Why limits do not allow a message. */
  private refusalOf({ subject, body, headerBytes }: Incoming, ttl: number): ApiError | undefined {
    const bytes = this.store.sizeOf(subject, body, headerBytes);
    const refusal = this.host.refuses(this.config.storage, bytes);
    if (refusal !== undefined) return refusal;
    return Number.isNaN(ttl) ? new ApiError('MESSAGE_TTL_INVALID') : overLimit(this, subject, bytes);
  }

  private prepareRenaming(previous: StreamConfig | undefined): void {
    const { subject_transform: transform, republish } = this.config;
    if (previous === undefined || !isSame(previous.subject_transform, transform))
      this.renaming = transform === undefined || transform.dest === '' ? undefined : new Renaming(transform);
    if (previous !== undefined && isSame(previous.republish, republish)) return;
    this.republisher?.release(this.store.committed, true);
    const isOff = republish === undefined || republish.dest === '';
    this.republisher = isOff ? undefined : new Republisher(this.name, this.host, republish);
  }

  private republish(republisher: Republisher, sequence: number, last: number): void {
    const message = this.store.get(sequence);
    if (message !== undefined && republisher.stored(message, last)) this.release(true);
  }

  /** Has the acknowledgements that are due sent at the end of this turn, and before them what is published again. */
  private release(isDue = this.acks.size > 0): void {
    if (this.areAcksDue || !isDue) return;
    this.areAcksDue = true;
    this.host.tools.outgoing.atEndOfTurn(() => {
      const isDone = this.releaseSome();
      if (isDone) this.areAcksDue = false;
      return isDone;
    });
  }

  /** Returns whether nothing is left that is due. */
  private releaseSome(): boolean {
    const { store, acks, host } = this;
    const { outgoing } = host.tools;
    if (this.republisher?.release(store.committed) === false) return false;
    for (
      let due = this.dueAcks ?? acks.take(store.committed);
      due !== undefined;
      due = acks.take(store.committed)
    ) {
      this.dueAcks = due;
      this.dueFrom = outgoing.routeSome(host.account, due, this.dueFrom);
      if (this.dueFrom < due.length) return false;
      this.dueAcks = undefined;
      this.dueFrom = 0;
      if (outgoing.mustWait) return acks.size === 0;
    }
    return true;
  }

  /** Tells its account how many bytes it keeps now. */
  private countBytes(): void {
    const { bytes } = this.store.state;
    if (bytes === this.countedBytes) return;
    this.host.used(this.config.storage, bytes - this.countedBytes);
    this.countedBytes = bytes;
  }
}
