import type { Steps } from '../../domain/steps.js';
import type { Instant } from '../instant.js';
import { MemoryBlock, RECORD_OVERHEAD } from './memory-block.js';
import { MessageIndex } from './message-index.js';
import type {
  Store,
  StoredMessage,
  StoreListener,
  StoreState,
  SubjectFilter,
  SubjectState,
} from './store.js';

/** Least and largest size of a block, which depends on how much there is; a larger message has one of its own. In bytes. */
const FIRST_BLOCK_BYTES = 4_096;
const MAX_BLOCK_BYTES = 1_048_576;
/** Sequences without a message after which a block is begun anew: they would have slots. */
const MAX_GAP = 1_024;
/** What is counted of a message beside subject, headers and payload, in bytes. */
export interface CountedOverhead {
  readonly message: number;
  /** Of one with headers besides. */
  readonly headers: number;
}

/** As nats-server's own memory store counts. */
const MEMORY_OVERHEAD: CountedOverhead = { message: 16, headers: 0 };

/** A store that keeps nothing longer than the process lives. All is committed as it is appended. */
export class MemoryStore implements Store {
  readonly fault = undefined;
  private readonly index: MessageIndex<MemoryBlock>;
  private readonly overhead: CountedOverhead;
  private listener: StoreListener | undefined = undefined;

  /**
   * @param firstSequence of the first message
   * @param overhead how sizes of messages are counted
   */
  constructor(firstSequence = 1, overhead = MEMORY_OVERHEAD) {
    this.index = new MessageIndex(firstSequence);
    this.overhead = overhead;
  }

  get state(): StoreState {
    return this.index.state;
  }

  get committed(): number {
    return this.state.lastSequence;
  }

  sizeOf(subject: string, body: Buffer, headerBytes: number): number {
    return this.countedBytes(subject, body.length, headerBytes);
  }

  append(subject: string, body: Buffer, headerBytes: number, at: Instant): number {
    const sequence = this.state.lastSequence + 1;
    const block = this.blockFor(sequence, body.length);
    const id = this.index.added(subject, sequence, this.sizeOf(subject, body, headerBytes), at);
    block.append(sequence, id, body, headerBytes, at);
    this.listener?.committed(sequence);
    return sequence;
  }

  skip(count: number, at: Instant): void {
    const sequence = this.state.lastSequence + count;
    this.index.skipTo(sequence, at);
    this.listener?.committed(sequence);
  }

  has(sequence: number): boolean {
    return this.index.has(sequence);
  }

  get(sequence: number): StoredMessage | undefined {
    return this.index.get(sequence);
  }

  next(filter: SubjectFilter, from: number, limit: number): StoredMessage | number | undefined {
    return this.index.next(filter, from, limit);
  }

  lastBefore(subject: string, before: number): StoredMessage | undefined {
    return this.index.lastBefore(subject, before);
  }

  subject(subject: string): SubjectState | undefined {
    return this.index.subject(subject);
  }

  subjects(filter: SubjectFilter, most?: number): Steps<ReadonlyMap<string, SubjectState>> {
    return this.index.subjects(filter, most);
  }

  count(filter: SubjectFilter, from: number, to: number): Steps<number> {
    return this.index.count(filter, from, to);
  }

  sequenceAt(at: Instant): number {
    return this.index.sequenceAt(at);
  }

  remove(sequence: number): Pick<StoredMessage, 'sequence' | 'subject'> | undefined {
    const block = this.index.blockOf(sequence);
    if (block === undefined || !block.has(sequence)) return undefined;
    const subject = this.take(block, sequence);
    // The last one stays: what is appended next goes into it.
    if (block !== this.index.blocks.at(-1)) {
      if (block.live === 0) this.drop(block);
      else if (block.isWasteful) block.compact();
    }
    this.index.settleFirst(sequence + 1);
    return { sequence, subject };
  }

  truncateFront(sequence: number): void {
    const { index } = this;
    const { blocks } = index;
    if (sequence > this.state.lastSequence) return index.clear(sequence);
    for (let [first] = blocks; first !== undefined && first.first < sequence; [first] = blocks) {
      for (let at = first.next(first.first); at > 0 && at < sequence; at = first.next(at + 1))
        this.take(first, at);
      if (first.live > 0) break;
      this.drop(first);
    }
    index.settleFirst(sequence);
  }

  listen(listener: StoreListener): void {
    this.listener = listener;
  }

  close(): Promise<void> {
    this.index.clear(this.state.lastSequence + 1);
    return Promise.resolve();
  }

  /** Takes a message out of its block and the index; where the first one is now is to be found out afterwards. */
  private take(block: MemoryBlock, sequence: number): string {
    const subject = block.subjectOf(sequence);
    const [bodyBytes, headerBytes] = [block.bodyBytesOf(sequence), block.headerBytesOf(sequence)];
    this.index.removed(subject, sequence, this.countedBytes(subject, bodyBytes, headerBytes));
    block.remove(sequence);
    return subject;
  }

  private drop(block: MemoryBlock): void {
    this.index.replace(this.index.indexFrom(block.first), 1, []);
  }

  private countedBytes(subject: string, bodyBytes: number, headerBytes: number): number {
    const { message, headers } = this.overhead;
    return Buffer.byteLength(subject) + bodyBytes + message + (headerBytes > 0 ? headers : 0);
  }

  /** The block that the next message goes into. */
  private blockFor(sequence: number, bodyBytes: number): MemoryBlock {
    const { index } = this;
    const last = index.blocks.at(-1);
    if (last !== undefined) {
      if (last.hasRoom(bodyBytes) && sequence - last.end <= MAX_GAP) return last;
      if (last.live === 0) this.drop(last);
      else last.seal();
    }
    const capacity = Math.min(MAX_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, Math.floor(this.state.bytes / 2)));
    const block = new MemoryBlock(sequence, Math.max(capacity, RECORD_OVERHEAD + bodyBytes), index.subjectOf);
    index.blocks.push(block);
    return block;
  }
}
