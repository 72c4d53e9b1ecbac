import { type Instant, isBefore } from '../instant.js';
import type { Steps } from '../steps.js';
import { MemoryBlock, RECORD_OVERHEAD } from './memory-block.js';
import type {
  Store,
  StoredMessage,
  StoreListener,
  StoreState,
  SubjectFilter,
  SubjectState,
} from './store.js';
import { RunningCount, SubjectIndex } from './subject-index.js';
import { matcherOf } from './subject-matcher.js';

/** Least and largest size of a block, which depends on how much there is; a larger message has one of its own. In bytes. */
const FIRST_BLOCK_BYTES = 4_096;
const MAX_BLOCK_BYTES = 1_048_576;
/** Sequences without a message after which a block is begun anew: they would have slots. */
const MAX_GAP = 1_024;
/** Subjects looked at between two steps. */
const STEP_SUBJECTS = 256;
/** What nats-server's own memory store adds to the size of a message, in bytes. */
const MEMORY_OVERHEAD = 16;

/** What a memory store has, changed as it changes. */
class State implements StoreState {
  messages = 0;
  bytes = 0;
  firstSequence = 0;
  firstAt: Instant | undefined = undefined;
  lastSequence = 0;
  lastAt: Instant | undefined = undefined;
  subjects = 0;
}

/** A store that keeps nothing longer than the process lives. All is committed as it is appended. */
export class MemoryStore implements Store {
  readonly state: StoreState;
  readonly fault = undefined;
  private readonly live = new State();
  private readonly subjectIndex = new SubjectIndex();
  private readonly overhead: number;
  /** By their sequences. */
  private blocks: MemoryBlock[] = [];
  /** The block that was looked into last. */
  private lastBlock: MemoryBlock | undefined = undefined;
  private readonly counts = new Set<RunningCount>();
  private listener: StoreListener | undefined = undefined;

  /**
   * @param firstSequence of the first message
   * @param overhead what is added to the size of each message
   */
  constructor(firstSequence = 1, overhead = MEMORY_OVERHEAD) {
    this.overhead = overhead;
    this.state = this.live;
    if (firstSequence <= 1) return;
    this.live.firstSequence = firstSequence;
    this.live.lastSequence = firstSequence - 1;
  }

  get committed(): number {
    return this.live.lastSequence;
  }

  sizeOf(subject: string, body: Buffer): number {
    return Buffer.byteLength(subject) + body.length + this.overhead;
  }

  append(subject: string, body: Buffer, headerBytes: number, at: Instant): number {
    const { live } = this;
    const sequence = live.lastSequence + 1;
    const entry = this.subjectIndex.add(subject, sequence);
    this.blockFor(sequence, body.length).append(sequence, entry.id, body, headerBytes, at);
    live.lastSequence = sequence;
    live.lastAt = at;
    if (live.messages++ === 0) {
      live.firstSequence = sequence;
      live.firstAt = at;
    }
    live.bytes += this.sizeOf(subject, body);
    live.subjects = this.subjectIndex.size;
    for (const count of this.counts) count.changed(entry, sequence, 1);
    this.listener?.committed(sequence);
    return sequence;
  }

  skip(count: number, at: Instant): void {
    const { live } = this;
    live.lastSequence += count;
    live.lastAt = at;
    if (live.messages === 0) live.firstSequence = live.lastSequence + 1;
    this.listener?.committed(live.lastSequence);
  }

  get(sequence: number): StoredMessage | undefined {
    const block = this.blockOf(sequence);
    return block?.has(sequence) === true ? this.read(block, sequence) : undefined;
  }

  next(filter: SubjectFilter, from: number, limit: number): StoredMessage | number | undefined {
    const matcher = matcherOf(filter);
    if (matcher.literals !== undefined) {
      const sequence = this.subjectIndex.nextOf(matcher.literals, from);
      return sequence === 0 ? undefined : this.get(sequence);
    }
    let looked = 0;
    for (let at = this.indexFrom(from); at < this.blocks.length; at++) {
      const block = this.blocks[at];
      if (block === undefined) break;
      for (let sequence = block.next(from); sequence > 0; sequence = block.next(sequence + 1)) {
        if (looked++ === limit) return sequence;
        if (matcher.isAll || matcher.matches(this.subjectIndex.of(block.subjectOf(sequence)).subject))
          return this.read(block, sequence);
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

  *subjects(filter: SubjectFilter): Steps<ReadonlyMap<string, SubjectState>> {
    const found = new Map<string, SubjectState>();
    const matcher = matcherOf(filter);
    for (const subject of matcher.literals ?? []) {
      const entry = this.subjectIndex.find(subject);
      if (entry !== undefined) found.set(subject, entry);
    }
    if (matcher.literals !== undefined) return found;
    let looked = 0;
    for (const entry of this.subjectIndex.values()) {
      if (matcher.matches(entry.subject)) found.set(entry.subject, entry);
      if (++looked % STEP_SUBJECTS === 0) yield;
    }
    // Some may have gone meanwhile.
    for (const [subject, { messages }] of found) if (messages === 0) found.delete(subject);
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
    if (matcher.literals !== undefined) {
      let total = 0;
      for (const subject of matcher.literals) total += this.subjectIndex.find(subject)?.count(from, to) ?? 0;
      return total;
    }
    const running = new RunningCount(filter, from, to);
    this.counts.add(running);
    try {
      let looked = 0;
      for (const entry of this.subjectIndex.values()) {
        running.add(entry);
        if (++looked % STEP_SUBJECTS === 0) yield;
      }
      return running.total;
    } finally {
      this.counts.delete(running);
    }
  }

  sequenceAt(at: Instant): number {
    for (const block of this.blocks) {
      if (block.lastAt === undefined || isBefore(block.lastAt, at)) continue;
      for (let sequence = block.next(block.first); sequence > 0; sequence = block.next(sequence + 1))
        if (!isBefore(block.instantOf(sequence), at)) return sequence;
    }
    return this.live.lastSequence + 1;
  }

  remove(sequence: number): Pick<StoredMessage, 'sequence' | 'subject'> | undefined {
    const block = this.blockOf(sequence);
    if (block === undefined || !block.has(sequence)) return undefined;
    const { subject } = this.take(block, sequence);
    // The last one stays: what is appended next goes into it.
    if (block !== this.blocks.at(-1)) {
      if (block.live === 0) this.drop(block);
      else if (block.isWasteful) block.compact();
    }
    if (sequence === this.live.firstSequence || this.live.messages === 0) this.findFirst(sequence + 1);
    return { sequence, subject };
  }

  truncateFront(sequence: number): void {
    const { live } = this;
    if (sequence > live.lastSequence) {
      this.clear();
      live.lastSequence = sequence - 1;
      live.firstSequence = sequence;
      return;
    }
    for (let first = this.blocks[0]; first !== undefined && first.first < sequence; first = this.blocks[0]) {
      for (let at = first.next(first.first); at > 0 && at < sequence; at = first.next(at + 1))
        this.take(first, at);
      if (first.live > 0) break;
      this.drop(first);
    }
    if (live.firstSequence < sequence) this.findFirst(sequence);
  }

  listen(listener: StoreListener): void {
    this.listener = listener;
  }

  close(): Promise<void> {
    this.clear();
    return Promise.resolve();
  }

  private clear(): void {
    for (const count of this.counts) count.total = 0;
    this.blocks = [];
    this.lastBlock = undefined;
    this.subjectIndex.clear();
    const { live } = this;
    live.messages = 0;
    live.bytes = 0;
    live.subjects = 0;
    live.firstAt = undefined;
  }

  private read(block: MemoryBlock, sequence: number): StoredMessage {
    return {
      sequence,
      at: block.instantOf(sequence),
      subject: this.subjectIndex.of(block.subjectOf(sequence)).subject,
      body: block.bodyOf(sequence),
      headerBytes: block.headerBytesOf(sequence),
    };
  }

  /** Takes a message out of its block and the index; where the first one is now is to be found out afterwards. */
  private take(block: MemoryBlock, sequence: number): { readonly subject: string } {
    const { live } = this;
    const entry = this.subjectIndex.of(block.subjectOf(sequence));
    live.messages--;
    live.bytes -= Buffer.byteLength(entry.subject) + block.bodyBytesOf(sequence) + this.overhead;
    for (const count of this.counts) count.changed(entry, sequence, -1);
    this.subjectIndex.remove(entry, sequence);
    live.subjects = this.subjectIndex.size;
    block.remove(sequence);
    return entry;
  }

  private drop(block: MemoryBlock): void {
    if (this.lastBlock === block) this.lastBlock = undefined;
    if (this.blocks[0] === block) this.blocks.shift();
    else this.blocks.splice(this.indexFrom(block.first), 1);
  }

  /** Finds the first message, none being below `from`. */
  private findFirst(from: number): void {
    const { live } = this;
    for (let at = this.indexFrom(from); at < this.blocks.length; at++) {
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

  /** The block that the next message goes into. */
  private blockFor(sequence: number, bodyBytes: number): MemoryBlock {
    const last = this.blocks.at(-1);
    if (last !== undefined) {
      if (last.hasRoom(bodyBytes) && sequence - last.end <= MAX_GAP) return last;
      if (last.live === 0) this.drop(last);
      else last.seal();
    }
    const capacity = Math.min(MAX_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, Math.floor(this.live.bytes / 2)));
    const block = new MemoryBlock(sequence, Math.max(capacity, RECORD_OVERHEAD + bodyBytes));
    this.blocks.push(block);
    return block;
  }

  private blockOf(sequence: number): MemoryBlock | undefined {
    const { lastBlock } = this;
    if (lastBlock !== undefined && sequence >= lastBlock.first && sequence < lastBlock.end) return lastBlock;
    const block = this.blocks[this.indexFrom(sequence)];
    if (block === undefined || sequence < block.first) return undefined;
    this.lastBlock = block;
    return block;
  }

  /** Index of the first block that ends after `sequence`. */
  private indexFrom(sequence: number): number {
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
