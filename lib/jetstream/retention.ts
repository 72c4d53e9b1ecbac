import type { Steps } from '../domain/steps.js';
import type { JetStreamClock } from './clock.js';
import type { StreamConsumers } from './consumer/stream-consumers.js';
import type { StreamConsumer } from './consumer/stream-side.js';
import { type ExpiringStream, Expiry } from './expiry.js';
import type { Instant } from './instant.js';
import { truncate } from './purge.js';
import type { StreamHost } from './stream-host.js';
import { Unneeded } from './unneeded.js';

/** Messages removed at once that a stream is not to keep; the rest go in steps. */
const REMOVED_AT_ONCE = 256;
/** The same for each message that is stored while the rest go. */
const REMOVED_MEANWHILE = 2;
/** Messages removed, and subjects looked at, between two steps of a long walk. */
const STEP_MESSAGES = 64;

/** The stream that messages are removed from. */
export interface RetainingStream extends ExpiringStream {
  readonly host: StreamHost;
  readonly consumers: StreamConsumers;
  truncateFront(sequence: number): number;
  purged(): void;
}

/** Removes the messages that a stream need not, or may not, keep. What is many of them goes in steps. */
export class Retention {
  private readonly stream: RetainingStream;
  private readonly expiry: Expiry;
  private readonly unneeded: Unneeded;
  /** Subjects whose oldest messages are being removed: at least those below a sequence. */
  private readonly reducing = new Map<string, number>();
  private isShrinking = false;
  private isStopped = false;

  constructor(stream: RetainingStream, clock: JetStreamClock) {
    this.stream = stream;
    this.expiry = new Expiry(stream, clock);
    this.unneeded = new Unneeded(stream, (work) => this.run(work));
  }

  /** A message was stored on `subject`: those that are too many now go. @param ttl in seconds; 0: none */
  stored(subject: string, sequence: number, at: Instant, ttl: number): void {
    const { max_msgs_per_subject } = this.stream.config;
    if (max_msgs_per_subject > 0) this.reduce(subject, 0);
    this.enforceSize();
    this.expiry.stored(sequence, at, ttl);
  }

  /** A message takes the place of others: of those on its subject, or of all. */
  replace(rollup: 'sub' | 'all' | undefined, subject: string, sequence: number): void {
    if (rollup === 'sub') this.reduce(subject, sequence);
    else if (rollup === 'all') this.run(this.truncate(sequence));
  }

  /** The limits may have changed: all of them are applied, that of subjects in steps. */
  enforce(): void {
    this.rearm();
    this.enforceSize();
    const { config, store } = this.stream;
    const { max_msgs_per_subject: most } = config;
    if (most <= 0 || store.state.messages <= most) return;
    this.run(this.enforceSubjects());
  }

  /** The oldest message may be another one. */
  rearm(): void {
    this.expiry.rearm();
  }

  /** Finds out what is known of messages beside what their store counts: which of them expire by themselves. */
  learn(): Steps<void> {
    return this.expiry.learn();
  }

  /** Does so while messages come and go. */
  learnAgain(): void {
    this.run(learned(this.expiry));
  }

  /** A consumer has no more need of a message. */
  settled(consumer: StreamConsumer, sequence: number): void {
    const { stream } = this;
    const { retention } = stream.config;
    if (retention === 'workqueue') stream.remove(sequence);
    else if (retention === 'interest') this.unneeded.settled(consumer, sequence);
  }

  /** Removes all messages that no consumer needs, where that is the rule. */
  lookAtAll(): void {
    if (this.stream.config.retention === 'interest') this.unneeded.lookAtAll();
  }

  /** After a start: an acknowledgement may have been kept, and the removal of its message not. */
  recover(): void {
    if (this.stream.config.retention === 'workqueue') this.unneeded.removeDone();
    else this.lookAtAll();
  }

  stop(): void {
    this.isStopped = true;
    this.unneeded.stop();
    this.expiry.stop();
  }

  private *truncate(sequence: number): Steps<void> {
    yield* truncate(this.stream, sequence);
    this.stream.purged();
  }

  private *enforceSubjects(): Steps<void> {
    const { store } = this.stream;
    const subjects = yield* store.subjects([]);
    let looked = 0;
    for (const subject of subjects.keys()) {
      if (this.isStopped) return;
      this.reduce(subject, 0);
      if (++looked % STEP_MESSAGES === 0) yield;
    }
  }

  /** Removes the messages on a subject that are below a sequence, and the oldest ones that are too many. */
  private reduce(subject: string, below: number): void {
    const { reducing } = this;
    const before = reducing.get(subject);
    const most = before === undefined ? REMOVED_AT_ONCE : REMOVED_MEANWHILE;
    if (!this.removeFirst(subject, below, most)) return;
    reducing.set(subject, Math.max(below, before ?? 0));
    if (before === undefined) this.run(this.reduceLater(subject));
  }

  private *reduceLater(subject: string): Steps<void> {
    while (!this.isStopped && this.removeFirst(subject, this.reducing.get(subject) ?? 0, STEP_MESSAGES))
      yield;
    this.reducing.delete(subject);
  }

  /** Returns whether there are more that are to go. */
  private removeFirst(subject: string, below: number, most: number): boolean {
    const { stream } = this;
    const { max_msgs_per_subject } = stream.config;
    for (let left = most; ; left--) {
      const there = stream.store.subject(subject);
      if (there === undefined) return false;
      const isTooMany = max_msgs_per_subject > 0 && there.messages > max_msgs_per_subject;
      if (!isTooMany && there.first >= below) return false;
      if (left === 0) return true;
      stream.remove(there.first);
    }
  }

  private enforceSize(): void {
    const isLeft = this.shrink(this.isShrinking ? REMOVED_MEANWHILE : REMOVED_AT_ONCE);
    if (!isLeft || this.isShrinking) return;
    this.isShrinking = true;
    this.run(this.shrinkLater());
  }

  private *shrinkLater(): Steps<void> {
    while (!this.isStopped && this.shrink(STEP_MESSAGES)) yield;
    this.isShrinking = false;
  }

  /** Removes the oldest messages beyond the limits of the stream. Returns whether there are more that are to go. */
  private shrink(most: number): boolean {
    const { stream } = this;
    for (let left = most; this.isTooLarge; left--) {
      if (left === 0) return true;
      if (!stream.remove(stream.store.state.firstSequence)) return false;
    }
    return false;
  }

  private get isTooLarge(): boolean {
    const { config, store } = this.stream;
    const { max_msgs, max_bytes } = config;
    const { messages, bytes } = store.state;
    return (max_msgs > 0 && messages > max_msgs) || (max_bytes > 0 && bytes > max_bytes);
  }

  private run(work: Steps<void>): void {
    const { turns, failed } = this.stream.host.tools;
    const done = turns.runNow(work);
    if (done instanceof Promise) done.catch(failed);
  }
}

function* learned(expiry: Expiry): Steps<void> {
  yield* expiry.learn();
  expiry.rearm();
}
