import type { Steps } from '../domain/steps.js';
import type { JetStreamClock } from './clock.js';
import type { StreamConsumer } from './consumer/stream-side.js';
import { type ExpiringStream, Expiry } from './expiry.js';
import type { Instant } from './instant.js';
import type { StreamHost } from './stream-host.js';

/** Messages looked at between two steps of a long walk. */
const STEP_MESSAGES = 64;

/** The stream that messages are removed from. */
export interface RetainingStream extends ExpiringStream {
  readonly host: StreamHost;
  readonly consumers: ReadonlyMap<string, StreamConsumer>;
}

/** Removes the messages that a stream need not, or may not, keep. */
export class Retention {
  private readonly stream: RetainingStream;
  private readonly expiry: Expiry;
  private isLooking = false;
  /** Whether all is to be looked at once more. */
  private isStale = false;
  private isStopped = false;

  constructor(stream: RetainingStream, clock: JetStreamClock) {
    this.stream = stream;
    this.expiry = new Expiry(stream, clock);
  }

  /** A message was stored on `subject`: those that are too many now go. @param ttl in seconds; 0: none */
  stored(subject: string, sequence: number, at: Instant, ttl: number): void {
    const { max_msgs_per_subject } = this.stream.config;
    if (max_msgs_per_subject > 0) this.keepOnSubject(subject, max_msgs_per_subject);
    this.enforceSize();
    this.expiry.stored(sequence, at, ttl);
  }

  /** Removes the oldest messages on `subject` beyond `count`. */
  keepOnSubject(subject: string, count: number): void {
    const { stream } = this;
    for (
      let there = stream.store.subject(subject);
      there !== undefined && there.messages > count;
      there = stream.store.subject(subject)
    )
      stream.remove(there.first);
  }

  /** The limits may have changed: all of them are applied, that of subjects in steps. */
  enforce(): void {
    this.rearm();
    this.enforceSize();
    const { config, store, host } = this.stream;
    const { max_msgs_per_subject: most } = config;
    if (most <= 0 || store.state.messages <= most) return;
    this.run(host, this.enforceSubjects(most));
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
    const { expiry } = this;
    this.run(this.stream.host, learned(expiry));
  }

  /** A consumer has no more need of a message. */
  settled(_consumer: StreamConsumer, sequence: number): void {
    const { stream } = this;
    const { retention } = stream.config;
    if (retention === 'limits') return;
    if (retention === 'workqueue' || !this.isNeeded(sequence)) stream.remove(sequence);
  }

  /** Removes all messages that no consumer needs, where that is the rule. */
  lookAtAll(): void {
    if (this.stream.config.retention !== 'interest' || this.isStopped) return;
    this.isStale = true;
    if (this.isLooking) return;
    this.isLooking = true;
    this.run(this.stream.host, this.removeUnneeded());
  }

  stop(): void {
    this.isStopped = true;
    this.expiry.stop();
  }

  private isNeeded(sequence: number): boolean {
    const { consumers, store } = this.stream;
    let subject: string | undefined;
    for (const consumer of consumers.values()) {
      subject ??= store.get(sequence)?.subject;
      if (subject === undefined || consumer.needs(sequence, subject)) return true;
    }
    return false;
  }

  private *removeUnneeded(): Steps<void> {
    const { stream } = this;
    while (this.isStale) {
      this.isStale = false;
      let looked = 0;
      for (let { firstSequence: at } = stream.store.state; !this.isStopped; ) {
        const message = stream.store.next([], at, STEP_MESSAGES);
        if (message === undefined) break;
        if (typeof message === 'number') at = message;
        else {
          at = message.sequence + 1;
          if (!this.isNeeded(message.sequence)) stream.remove(message.sequence);
        }
        if (++looked % STEP_MESSAGES === 0) yield;
      }
    }
    this.isLooking = false;
  }

  private *enforceSubjects(most: number): Steps<void> {
    const { store } = this.stream;
    const subjects = yield* store.subjects([]);
    let looked = 0;
    for (const subject of subjects.keys()) {
      if (this.isStopped) return;
      this.keepOnSubject(subject, most);
      if (++looked % STEP_MESSAGES === 0) yield;
    }
  }

  private enforceSize(): void {
    const { stream } = this;
    const { max_msgs, max_bytes } = stream.config;
    if (max_msgs <= 0 && max_bytes <= 0) return;
    for (
      let { state } = stream.store;
      (max_msgs > 0 && state.messages > max_msgs) || (max_bytes > 0 && state.bytes > max_bytes);
      { state } = stream.store
    )
      if (!stream.remove(state.firstSequence)) return;
  }

  private run({ tools }: StreamHost, work: Steps<void>): void {
    const done = tools.turns.run(work);
    if (done instanceof Promise) done.catch(tools.failed);
  }
}

function* learned(expiry: Expiry): Steps<void> {
  yield* expiry.learn();
  expiry.rearm();
}
