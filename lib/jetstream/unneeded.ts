import type { Steps } from '../domain/steps.js';
import { deliveredTo, isDone } from './consumer/done.js';
import type { StreamConsumers } from './consumer/stream-consumers.js';
import type { StreamConsumer } from './consumer/stream-side.js';
import type { Store } from './store/store.js';

/** Messages looked at, and consumers asked, between two steps. */
const STEP_MESSAGES = 64;
const STEP_CONSUMERS = 256;

/** The stream that messages are removed from. */
interface InterestStream {
  readonly store: Store;
  readonly consumers: StreamConsumers;
  remove(sequence: number): boolean;
}

/** Removes the messages of a stream that no consumer needs. */
export class Unneeded {
  private readonly stream: InterestStream;
  private readonly run: (work: Steps<void>) => void;
  /** Sequences that consumers have settled, and are to be looked at. */
  private settledLater: number[] = [];
  private isSettling = false;
  private isLooking = false;
  /** Whether all is to be looked at once more. */
  private isStale = false;
  private isStopped = false;

  /** @param run does work that takes long */
  constructor(stream: InterestStream, run: (work: Steps<void>) => void) {
    this.stream = stream;
    this.run = run;
  }

  /** A consumer has no more need of a message: it goes, once that is found out of all others. */
  settled({ name }: StreamConsumer, sequence: number): void {
    const { stream } = this;
    const { consumers } = stream;
    if (consumers.size <= STEP_CONSUMERS) {
      if (this.isNeeded(sequence).next().value === false) stream.remove(sequence);
      return;
    }
    // Those that have not settled a message for long are asked first: they are most likely to need this one.
    consumers.moveToEnd(name);
    this.settledLater.push(sequence);
    if (this.isSettling) return;
    this.isSettling = true;
    this.run(this.settleLater());
  }

  /** Looks at all messages. */
  lookAtAll(): void {
    this.isStale = true;
    if (this.isLooking || this.isStopped) return;
    this.isLooking = true;
    this.run(this.removeAll());
  }

  /** Removes the messages of a work queue that were acknowledged, and are there as their removal was lost in a crash. */
  removeDone(): void {
    this.run(this.removeAcknowledged());
  }

  stop(): void {
    this.isStopped = true;
    this.settledLater = [];
  }

  private *settleLater(): Steps<void> {
    const { stream } = this;
    while (this.settledLater.length > 0) {
      const sequences = this.settledLater;
      this.settledLater = [];
      for (const sequence of sequences) {
        if (!(yield* this.isNeeded(sequence)) && !this.isStopped) stream.remove(sequence);
        yield;
      }
    }
    this.isSettling = false;
  }

  private *removeAll(): Steps<void> {
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
          const isNeeded = yield* this.isNeeded(message.sequence);
          if (!isNeeded && !this.isStopped) stream.remove(message.sequence);
        }
        if (++looked % STEP_MESSAGES === 0) yield;
      }
    }
    this.isLooking = false;
  }

  private *removeAcknowledged(): Steps<void> {
    const { stream } = this;
    const { store, consumers } = stream;
    const to = deliveredTo(consumers.values());
    for (let { firstSequence: at } = store.state; at <= to && !this.isStopped; ) {
      const message = store.next([], at, STEP_MESSAGES);
      if (message === undefined) return;
      at = typeof message === 'number' ? message : message.sequence + 1;
      if (typeof message === 'number') continue;
      const { sequence, subject } = message;
      for (const consumer of consumers.values())
        if (isDone(consumer, sequence, subject)) {
          stream.remove(sequence);
          break;
        }
      yield;
    }
  }

  /** Whether some consumer needs a message. Those that come meanwhile are asked as well. */
  private *isNeeded(sequence: number): Steps<boolean> {
    const { consumers, store } = this.stream;
    const subject = store.get(sequence)?.subject;
    if (subject === undefined) return consumers.size > 0;
    let asked = 0;
    for (const consumer of consumers.values()) {
      if (consumer.needs(sequence, subject)) return true;
      if (++asked % STEP_CONSUMERS === 0) yield;
    }
    return false;
  }
}
