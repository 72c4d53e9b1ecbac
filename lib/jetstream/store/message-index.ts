import type { Steps } from '../../domain/steps.js';
import { type Instant, isBefore } from '../instant.js';
import type { StoredMessage, StoreState, SubjectFilter, SubjectState } from './store.js';
import { RunningCount, SubjectIndex } from './subject-index.js';
import { matcherOf, type SubjectMatcher } from './subject-matcher.js';

/** Subjects looked at, and patterns they are compared with, between two steps. */
const STEP_SUBJECTS = 256;
const STEP_COMPARED = 4_096;
/** Patterns that cost as much as one message that is looked at. */
const COMPARED_PER_MESSAGE = 4;

/** Messages with sequences that follow each other, some of which may be without a message. */
export interface IndexedBlock {
  readonly first: number;
  /** The sequence after its last one. */
  readonly end: number;
  /** Messages. */
  readonly live: number;
  /** When the last one was stored. */
  readonly lastAt: Instant | undefined;
  has(sequence: number): boolean;
  /** The first sequence from `from` on with a message; 0: none. */
  next(from: number): number;
  /** How many messages from `from` to `to`, both included. */
  count(from: number, to: number): number;
  subjectOf(sequence: number): string;
  instantOf(sequence: number): Instant;
  /** A message that it has; undefined: it cannot be read. */
  read(sequence: number): StoredMessage | undefined;
}

/** Numbers of a stream, changed as they change. */
class State implements StoreState {
  messages = 0;
  bytes = 0;
  firstSequence = 0;
  firstAt: Instant | undefined = undefined;
  lastSequence = 0;
  lastAt: Instant | undefined = undefined;
  subjects = 0;
}

/** Finds messages by sequence, subject and time in blocks, and counts them. */
export class MessageIndex<B extends IndexedBlock> {
  readonly state: StoreState;
  /** By their sequences. */
  readonly blocks: B[] = [];
  private readonly live = new State();
  private readonly subjectIndex = new SubjectIndex();
  private readonly counts = new Set<RunningCount>();
  /** The block that was looked into last. */
  private lastBlock: B | undefined = undefined;
  /** Whether the first message is to be found out. */
  private isFirstUnknown = false;

  /** @param firstSequence of the first message */
  constructor(firstSequence: number) {
    this.state = this.live;
    if (firstSequence <= 1) return;
    this.live.firstSequence = firstSequence;
    this.live.lastSequence = firstSequence - 1;
  }

  /** Counts a message that its block has from now on. Returns the id of its subject, as long as that has messages. */
  added(subject: string, sequence: number, bytes: number, at: Instant): number {
    const { live } = this;
    const entry = this.subjectIndex.add(subject, sequence);
    live.lastSequence = sequence;
    live.lastAt = at;
    if (live.messages++ === 0) {
      live.firstSequence = sequence;
      live.firstAt = at;
    }
    live.bytes += bytes;
    live.subjects = this.subjectIndex.size;
    for (const count of this.counts) count.changed(entry, sequence, 1);
    return entry.id;
  }

  /** The subject with an id that `added` has returned. */
  readonly subjectOf = (id: number): string => this.subjectIndex.of(id).subject;

  /** Sizes of messages that were counted without. */
  addBytes(bytes: number): void {
    this.live.bytes += bytes;
  }

  /** Finds when the first message was stored, where it was counted without its time. */
  findFirstAt(): void {
    const { live } = this;
    if (live.messages > 0) live.firstAt = this.blockOf(live.firstSequence)?.instantOf(live.firstSequence);
  }

  /** Sequences up to `sequence` are used. */
  skipTo(sequence: number, at: Instant | undefined): void {
    const { live } = this;
    live.lastSequence = sequence;
    if (at !== undefined) live.lastAt = at;
    if (live.messages === 0) live.firstSequence = sequence + 1;
  }

  /**
   * Counts a message that its block has no longer; the first one is wrong until `settleFirst`.
   */
  removed(subject: string, sequence: number, bytes: number): void {
    const { live } = this;
    const entry = this.subjectIndex.find(subject);
    if (entry === undefined) throw new RangeError(`no subject of message ${sequence}`);
    live.messages--;
    live.bytes -= bytes;
    for (const count of this.counts) count.changed(entry, sequence, -1);
    this.subjectIndex.remove(entry, sequence);
    live.subjects = this.subjectIndex.size;
    if (sequence === live.firstSequence || live.messages === 0) this.isFirstUnknown = true;
  }

  /** Finds the first message, none being below `from`. */
  settleFirst(from: number): void {
    if (!this.isFirstUnknown) return;
    this.isFirstUnknown = false;
    const { live } = this;
    for (let at = this.indexFrom(from); live.messages > 0 && at < this.blocks.length; at++) {
      const block = this.blocks[at];
      const sequence = block?.next(from) ?? 0;
      if (block === undefined || sequence === 0) continue;
      live.firstSequence = sequence;
      live.firstAt = block.instantOf(sequence);
      return;
    }
    live.firstSequence = live.lastSequence + 1;
    live.firstAt = undefined;
  }

  /** The last messages were never stored: `sequence` is the last one that is used. */
  rewind(sequence: number): void {
    const { live } = this;
    live.lastSequence = sequence;
    if (live.messages === 0) live.firstSequence = sequence === 0 ? 0 : sequence + 1;
  }

  /** There are no messages any more, and the next one has that sequence. */
  clear(nextSequence: number): void {
    const { live } = this;
    for (const count of this.counts) count.total = 0;
    this.blocks.length = 0;
    this.lastBlock = undefined;
    this.subjectIndex.clear();
    live.messages = 0;
    live.bytes = 0;
    live.subjects = 0;
    live.firstAt = undefined;
    live.lastSequence = nextSequence - 1;
    live.firstSequence = nextSequence;
    this.isFirstUnknown = false;
  }

  has(sequence: number): boolean {
    return this.blockOf(sequence)?.has(sequence) === true;
  }

  get(sequence: number): StoredMessage | undefined {
    const block = this.blockOf(sequence);
    return block?.has(sequence) === true ? block.read(sequence) : undefined;
  }

  next(filter: SubjectFilter, from: number, limit: number): StoredMessage | number | undefined {
    const matcher = matcherOf(filter);
    if (matcher.literals !== undefined) {
      for (;;) {
        const sequence = this.subjectIndex.nextOf(matcher.literals, from);
        const message = this.get(sequence);
        if (message !== undefined || sequence === 0) return message;
        from = sequence + 1;
      }
    }
    let looked = 0;
    const before = matcher.compared;
    for (let at = this.indexFrom(from); at < this.blocks.length; at++) {
      const block = this.blocks[at];
      if (block === undefined) break;
      for (let sequence = block.next(from); sequence > 0; sequence = block.next(sequence + 1)) {
        if (looked > 0 && looked + (matcher.compared - before) / COMPARED_PER_MESSAGE >= limit)
          return sequence;
        looked++;
        if (!matcher.isAll && !matcher.matches(block.subjectOf(sequence))) continue;
        const message = block.read(sequence);
        if (message !== undefined) return message;
      }
    }
    return undefined;
  }

  lastBefore(subject: string, before: number): StoredMessage | undefined {
    const sequence = this.subjectIndex.find(subject)?.before(before) ?? 0;
    return sequence === 0 ? undefined : this.get(sequence);
  }

  subject(subject: string): SubjectState | undefined {
    return this.subjectIndex.find(subject);
  }

  *subjects(
    filter: SubjectFilter,
    most = Number.POSITIVE_INFINITY,
  ): Steps<ReadonlyMap<string, SubjectState>> {
    const found = new Map<string, SubjectState>();
    const matcher = matcherOf(filter);
    const step = new StepCounter(matcher);
    for (const subject of matcher.literals ?? []) {
      const entry = this.subjectIndex.find(subject);
      if (entry !== undefined) found.set(subject, entry);
      if (found.size >= most) break;
      if (step.isOver()) yield;
    }
    if (matcher.literals === undefined) {
      for (const entry of this.subjectIndex.values()) {
        if (matcher.matches(entry.subject)) found.set(entry.subject, entry);
        if (found.size >= most) break;
        if (step.isOver()) yield;
      }
    }
    // Some may have gone meanwhile.
    for (const [subject, { messages }] of found) {
      if (messages === 0) found.delete(subject);
      if (step.isOver()) yield;
    }
    return found;
  }

  *count(filter: SubjectFilter, from: number, to: number): Steps<number> {
    const matcher = matcherOf(filter);
    if (matcher.isAll) {
      let total = 0;
      for (const block of this.blocks)
        if (block.end > from && block.first <= to) total += block.count(from, to);
      return total;
    }
    const step = new StepCounter(matcher);
    const running = new RunningCount(matcher, from, to);
    this.counts.add(running);
    try {
      for (const subject of matcher.literals ?? []) {
        running.addSubject(subject, this.subjectIndex.find(subject));
        if (step.isOver()) yield;
      }
      if (matcher.literals === undefined) {
        for (const entry of this.subjectIndex.values()) {
          running.add(entry);
          if (step.isOver()) yield;
        }
      }
      return running.total;
    } finally {
      this.counts.delete(running);
    }
  }

  sequenceAt(at: Instant): number {
    for (const block of this.blocks) {
      if (block.lastAt === undefined || isBefore(block.lastAt, at)) continue;
      const sequence = firstNotBefore(block, at);
      if (sequence > 0) return sequence;
    }
    return this.live.lastSequence + 1;
  }

  /** The block whose sequences `sequence` is one of. */
  blockOf(sequence: number): B | undefined {
    const { lastBlock } = this;
    if (lastBlock !== undefined && sequence >= lastBlock.first && sequence < lastBlock.end) return lastBlock;
    const block = this.blocks[this.indexFrom(sequence)];
    if (block === undefined || sequence < block.first) return undefined;
    this.lastBlock = block;
    return block;
  }

  /** Puts `by` in the place of the block at `index` and those after it, `count` in all. */
  replace(index: number, count: number, by: readonly B[]): void {
    this.lastBlock = undefined;
    this.blocks.splice(index, count, ...by);
  }

  /** Index of the first block that ends after `sequence`. */
  indexFrom(sequence: number): number {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.blocks[middle]?.end ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Says when a walk over subjects may pause. */
class StepCounter {
  private readonly matcher: SubjectMatcher;
  private looked = 0;
  private compared: number;

  constructor(matcher: SubjectMatcher) {
    this.matcher = matcher;
    this.compared = matcher.compared;
  }

  /** One more was looked at. Returns whether the step is over. */
  isOver(): boolean {
    const { compared } = this.matcher;
    if (++this.looked < STEP_SUBJECTS && compared - this.compared < STEP_COMPARED) return false;
    this.looked = 0;
    this.compared = compared;
    return true;
  }
}

/** The first message of a block that is not older than `at`; 0: all are. Times rise with sequences. */
function firstNotBefore(block: IndexedBlock, at: Instant): number {
  let low = block.first;
  let high = block.end;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const sequence = block.next(middle);
    if (sequence === 0 || sequence >= high || !isBefore(block.instantOf(sequence), at)) high = middle;
    else low = sequence + 1;
  }
  return block.next(low);
}
