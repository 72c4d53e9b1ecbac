import type { Steps } from '../../domain/steps.js';
import type { Store, StoredMessage, SubjectFilter } from '../store/store.js';
import { matcherOf } from '../store/subject-matcher.js';
import type { Start } from './start.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 256;

/** Walks through the messages of a stream that a consumer has yet to deliver, and counts how many they are. */
export class MessageCursor {
  /** Sequence that is looked at next, once those before it have been delivered. */
  next = 1;
  /** Messages that are yet to be delivered. Right while it is not counting. */
  pending = 0;
  /** Whether it is being counted: nothing can be taken until it has been. */
  isCounting = false;
  private readonly store: Store;
  private filter: SubjectFilter;
  /** What is delivered before `next`, in order, from `onlyAt` on. */
  private only: readonly number[] = [];
  private onlyAt = 0;
  private looked = 0;
  /** Up to where `count` counts. */
  private countedTo = 0;
  /** What was removed while it is being counted. */
  private readonly gone = new Set<number>();

  constructor(store: Store, filter: SubjectFilter) {
    this.store = store;
    this.filter = filter;
  }

  /** Begins there. */
  begin({ next, only }: Start): void {
    this.next = next;
    this.only = only;
    this.onlyAt = 0;
  }

  /** Sequence of what was passed last. */
  get passed(): number {
    const first = this.only[this.onlyAt];
    return (first ?? this.next) - 1;
  }

  /** Whether a message is yet to be delivered. */
  isAhead(sequence: number, subject: string): boolean {
    if (!matcherOf(this.filter).matches(subject)) return false;
    return sequence >= this.next || this.isAmongOnly(sequence);
  }

  /**
   * The next message to be delivered, which stays the next one until it is taken. Looks at `limit` messages at most.
   * @returns undefined: there is none; false: it has not looked far enough yet
   */
  peek(limit: number): StoredMessage | undefined | false {
    const { store } = this;
    if (this.isCounting) return undefined;
    for (let left = limit; this.onlyAt < this.only.length; this.onlyAt++) {
      const message = store.get(this.only[this.onlyAt] ?? 0);
      this.looked++;
      if (message !== undefined) return message;
      if (--left <= 0) return false;
    }
    if (this.only.length > 0) this.only = [];
    const { committed } = store;
    const from = this.next;
    if (from > committed) return undefined;
    const matcher = matcherOf(this.filter);
    const { compared } = matcher;
    const found = store.next(this.filter, from, limit);
    const passed = (typeof found === 'object' ? found.sequence : (found ?? committed)) - from;
    this.looked += matcher.literals?.size ?? Math.min(limit, passed) + matcher.compared - compared;
    if (typeof found === 'object') {
      this.next = Math.min(found.sequence, committed + 1);
      return found.sequence > committed ? undefined : found;
    }
    this.next = Math.min(found ?? Number.POSITIVE_INFINITY, committed + 1);
    return this.next > committed ? undefined : false;
  }

  /** Messages looked at, and patterns compared, since it was asked last. */
  takeLooked(): number {
    const { looked } = this;
    this.looked = 0;
    return looked;
  }

  /** That message, which `peek` returned, is delivered. */
  take({ sequence }: StoredMessage): void {
    if (this.onlyAt < this.only.length) this.onlyAt++;
    else this.next = sequence + 1;
    this.pending = Math.max(0, this.pending - 1);
  }

  /** A message was stored. */
  appended(sequence: number, subject: string): void {
    if (sequence >= this.next && matcherOf(this.filter).matches(subject)) this.pending++;
  }

  /** A message is gone. */
  removed(sequence: number, subject: string): void {
    if (this.isCounting && sequence <= this.countedTo) {
      if (this.isAmongOnly(sequence)) this.gone.add(sequence);
    } else if (this.isAhead(sequence, subject)) this.pending = Math.max(0, this.pending - 1);
  }

  /** Nothing before `sequence` is delivered. */
  skipTo(sequence: number): void {
    this.onlyAt = this.onlyFrom(sequence);
    this.next = Math.max(this.next, sequence);
  }

  /** Delivers other subjects from now on; `count` must follow. */
  refilter(filter: SubjectFilter): void {
    this.filter = filter;
  }

  /**
   * Counts anew what is yet to be delivered. All that has happened before must be taken in.
   * @param catchUp takes in what has happened meanwhile, before the last step ends
   */
  *count(catchUp: () => void): Steps<void> {
    const { store } = this;
    this.isCounting = true;
    this.countedTo = store.state.lastSequence;
    this.pending = 0;
    let count = yield* store.count(this.filter, this.next, this.countedTo);
    if (this.onlyAt < this.only.length) {
      const left: number[] = [];
      for (let at = this.onlyAt; at < this.only.length; at++) {
        const sequence = this.only[at] ?? 0;
        if (store.get(sequence) !== undefined) left.push(sequence);
        if (at % STEP_MESSAGES === 0) yield;
      }
      catchUp();
      this.only = left.filter((sequence) => !this.gone.has(sequence));
      this.onlyAt = 0;
      count += this.only.length;
    } else catchUp();
    this.gone.clear();
    this.pending += count;
    this.isCounting = false;
  }

  private isAmongOnly(sequence: number): boolean {
    return this.only[this.onlyFrom(sequence)] === sequence;
  }

  /** Index in `only` of the first one that is not below `sequence`, of those yet to be delivered. */
  private onlyFrom(sequence: number): number {
    let [low, high] = [this.onlyAt, this.only.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.only[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
