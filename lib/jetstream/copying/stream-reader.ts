import { randomBytes } from 'node:crypto';
import type { Steps } from '../../domain/steps.js';
import { ChangeReader } from '../consumer/change-reader.js';
import { MessageCursor } from '../consumer/message-cursor.js';
import { Preparation } from '../consumer/preparation.js';
import { startOf } from '../consumer/start.js';
import type { ConsumerStream, StreamConsumer } from '../consumer/stream-side.js';
import type { StoredMessage, SubjectFilter } from '../store/store.js';
import { matcherOf } from '../store/subject-matcher.js';
import type { Turns } from '../turns.js';
import type { CopyStart } from './target.js';

/** What one step copies at most. */
const STEP_MESSAGES = 32;
const STEP_BYTES = 65_536;
/** Messages looked at at once for one that is to be copied. */
const SEARCH_MESSAGES = 256;
const NAME_BYTES = 6;

/** What is given the messages that are read. */
export interface ReaderOwner {
  /** Reading begins: `passed` is the last sequence that is passed over. */
  began(passed: number): void;
  /** Whether a message may be given now; where not, it calls `resume` later. */
  readonly isReady: boolean;
  /** All that it was given is committed up to this sequence of its own. */
  readonly committed: number;
  /** Takes a message. Returns the sequence that must be committed before it is settled; undefined: it could not be stored. */
  take(message: StoredMessage): number | undefined;
  /** The stream was deleted. */
  gone(): void;
  /** A fault of ours. */
  failed(error: unknown): void;
}

/**
 * Reads a stream of the same account, in slices that take turns with everything else, for a stream that copies it. It is a
 * consumer that no client sees; messages are settled, for retention by interest and work queues, once their copies are
 * committed.
 */
export class StreamReader implements StreamConsumer {
  /** A name that no client can ask for. */
  readonly name = `.${randomBytes(NAME_BYTES).toString('base64url')}`;
  readonly isListed = false;
  readonly filter: SubjectFilter;
  private readonly stream: ConsumerStream;
  private readonly turns: Turns;
  private readonly owner: ReaderOwner;
  private readonly cursor: MessageCursor;
  private readonly changes: ChangeReader;
  private readonly preparation: Preparation;
  /** Sequences that are to be settled, each with what must be committed first. */
  private readonly unsettled = new Map<number, number>();
  private hasBegun = false;
  private isStopped = false;
  private isCopying = false;
  private isWoken = false;

  constructor(stream: ConsumerStream, turns: Turns, filter: SubjectFilter, owner: ReaderOwner) {
    this.stream = stream;
    this.turns = turns;
    this.filter = filter;
    this.owner = owner;
    this.cursor = new MessageCursor(stream.store, filter);
    this.changes = new ChangeReader(stream.changes, this);
    this.preparation = new Preparation(turns, () => this.resume());
    stream.consumers.set(this.name, this);
  }

  /** How many messages are yet to be copied. */
  get lag(): number {
    this.changes.catchUp();
    return this.cursor.pending;
  }

  start(start: CopyStart): void {
    this.preparation.run(() => this.begin(start));
  }

  /** Goes on reading, where it may. */
  resume(): void {
    this.isWoken = true;
    if (this.isCopying || this.isStopped) return;
    this.isCopying = true;
    this.turns.later(this.copy()).catch((error: unknown) => this.owner.failed(error));
  }

  /** What was taken is committed up to `sequence`. */
  settle(sequence: number): void {
    for (const [copied, after] of this.unsettled) {
      if (after > sequence) return;
      this.unsettled.delete(copied);
      this.stream.settled(this, copied);
    }
  }

  /** Reads no more. */
  detach(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.stream.consumers.delete(this.name);
    this.stream.interestChanged(this);
  }

  needs(sequence: number, subject: string): boolean {
    if (!matcherOf(this.filter).matches(subject)) return false;
    return !this.hasBegun || this.cursor.isAhead(sequence, subject) || this.unsettled.has(sequence);
  }

  notified(): number {
    const taken = this.changes.catchUp();
    this.resume();
    return taken;
  }

  appended(sequence: number, subject: string): void {
    this.cursor.appended(sequence, subject);
  }

  removed(sequence: number, subject: string): void {
    this.unsettled.delete(sequence);
    this.cursor.removed(sequence, subject);
  }

  purged(): void {
    this.cursor.skipTo(this.stream.store.state.firstSequence);
    if (!this.isStopped) this.preparation.run(() => this.count());
  }

  // biome-ignore lint/correctness/useYield: it has nothing to do that takes long
  *stop(reason: 'stream deleted' | 'consumer deleted' | 'shutdown'): Steps<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    this.stream.consumers.delete(this.name);
    if (reason === 'stream deleted') this.owner.gone();
  }

  /** Copies what there is, a few messages at a time. */
  private *copy(): Steps<void> {
    try {
      while (this.isWoken) {
        this.isWoken = false;
        while (this.copySome()) yield;
        this.settle(this.owner.committed);
      }
    } finally {
      this.isCopying = false;
    }
  }

  /** Returns whether there may be more to copy at once. */
  private copySome(): boolean {
    const { owner, cursor, stream, unsettled } = this;
    let bytes = 0;
    this.changes.catchUp();
    for (let messages = 0; messages < STEP_MESSAGES && bytes < STEP_BYTES; messages++) {
      if (this.isStopped || !this.hasBegun || this.preparation.isRunning || !owner.isReady) return false;
      const message = cursor.peek(SEARCH_MESSAGES);
      if (message === undefined) return false;
      if (message === false) return true;
      const after = owner.take(message);
      if (after === undefined) return false;
      cursor.take(message);
      if (stream.retention !== 'limits') unsettled.set(message.sequence, after);
      bytes += message.body.length;
    }
    return true;
  }

  private *begin(start: CopyStart): Steps<void> {
    const { cursor, filter, stream } = this;
    const { store } = stream;
    cursor.begin({ next: store.state.lastSequence + 1, only: [] });
    cursor.begin(yield* startOf(start, store, filter, stream.config.max_msgs_per_subject));
    this.changes.catchUp();
    yield* cursor.count(() => this.changes.catchUp());
    if (this.isStopped) return;
    this.hasBegun = true;
    this.owner.began(cursor.passed);
    this.resume();
  }

  private *count(): Steps<void> {
    this.changes.catchUp();
    yield* this.cursor.count(() => this.changes.catchUp());
    this.resume();
  }
}
