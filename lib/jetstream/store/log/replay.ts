import type { Instant } from '../../instant.js';
import { MessageIndex } from '../message-index.js';
import type { LogBlock } from './block.js';
import {
  DURABLE,
  ERASED,
  headerBytesAt,
  instantAt,
  kindAt,
  lengthAt,
  MESSAGE,
  RECORD_BYTES,
  REMOVE,
  SKIP,
  sequenceAt,
  subjectAt,
  TRUNCATE,
} from './record.js';

/**
 * What the size of a message as limits count it has beside that of its record, and where it has headers: nats-server's is 30 beside
 * subject and body, or 34.
 */
const MORE_THAN_RECORD = 2;
const MORE_WITH_HEADERS = 4;

const NO_TIME: Instant = { ms: 0, ns: 0 };

/** Size of a message as limits count it, in bytes. */
export function countedBytes(recordBytes: number, hasHeaders: boolean): number {
  return recordBytes + MORE_THAN_RECORD + (hasHeaders ? MORE_WITH_HEADERS : 0);
}

/** A message as its record has it, without its body. */
interface LoggedMessage {
  /** Length of the record. */
  readonly bytes: number;
  readonly hasHeaders: boolean;
  readonly subject: string;
  readonly at: Instant;
}

/** What the messages that a footer lists come to: the lengths of their records, how many they are, and how many have headers. */
interface ListedMessages {
  readonly recordBytes: number;
  readonly messages: number;
  readonly headed: number;
}

/** The state of a log: what its records come to, one after the other. */
export class Replay {
  readonly index: MessageIndex<LogBlock>;
  /** All messages below it are removed. */
  front: number;

  constructor(firstSequence: number) {
    this.index = new MessageIndex(firstSequence);
    this.front = 0;
  }

  /** A record of `block`, the last one. */
  apply(block: LogBlock, bytes: Buffer, at: number): void {
    const sequence = sequenceAt(bytes, at);
    switch (kindAt(bytes, at)) {
      case MESSAGE:
        if (sequence <= this.index.state.lastSequence) return;
        this.message(block, sequence, at, {
          ...{ bytes: lengthAt(bytes, at), hasHeaders: headerBytesAt(bytes, at) > 0 },
          ...{ subject: subjectAt(bytes, at), at: instantAt(bytes, at) },
        });
        return;
      case REMOVE:
        this.remove(sequence);
        return;
      case TRUNCATE:
        this.truncate(sequence);
        return;
      case SKIP:
      case ERASED:
        if (sequence > this.index.state.lastSequence) this.index.skipTo(sequence, instantAt(bytes, at));
        return;
      case DURABLE: {
        const used = bytes.readDoubleLE(at + RECORD_BYTES);
        const lastAt = instantAt(bytes, at);
        if (lastAt.ms > 0) this.index.skipTo(Math.max(used, this.index.state.lastSequence), lastAt);
        else if (used > this.index.state.lastSequence) this.index.skipTo(used, undefined);
      }
    }
  }

  /** A message that was appended to `block`, the last one, at `offset`. */
  message(
    block: LogBlock,
    sequence: number,
    offset: number,
    { bytes, hasHeaders, subject, at }: LoggedMessage,
  ): void {
    block.add(sequence, offset, bytes, at);
    if (hasHeaders) block.liveHeaded++;
    this.index.added(subject, sequence, countedBytes(bytes, hasHeaders), at);
  }

  /** A message that the footer of `block`, the last one, lists; its size and time come with `settle`. */
  found(block: LogBlock, sequence: number, offset: number, subject: string): void {
    block.add(sequence, offset, 0, NO_TIME);
    this.index.added(subject, sequence, 0, NO_TIME);
  }

  /** The sizes of all messages that a footer lists, the last sequence of its block, and the time of the last message. */
  settle(
    block: LogBlock,
    { recordBytes, messages, headed }: ListedMessages,
    lastSequence: number,
    lastAt: Instant | undefined,
  ): void {
    block.liveBytes += recordBytes;
    block.liveHeaded += headed;
    block.lastAt = lastAt;
    this.index.addBytes(recordBytes + messages * MORE_THAN_RECORD + headed * MORE_WITH_HEADERS);
    this.index.skipTo(Math.max(lastSequence, this.index.state.lastSequence), lastAt);
  }

  /** Takes a message out; returns its subject, undefined: there is none. */
  remove(sequence: number): string | undefined {
    const block = this.index.blockOf(sequence);
    if (block === undefined || !block.has(sequence)) return undefined;
    const subject = this.take(block, sequence);
    this.index.settleFirst(sequence + 1);
    return subject;
  }

  /** Takes out all messages below `sequence`. */
  truncate(sequence: number): void {
    const { index } = this;
    this.front = Math.max(this.front, sequence);
    if (sequence > index.state.lastSequence) {
      const [...blocks] = index.blocks;
      for (const block of blocks) block.clear();
      index.clear(sequence);
      index.replace(0, 0, blocks);
      return;
    }
    for (const block of index.blocks) {
      if (block.first >= sequence) break;
      for (let at = block.next(block.first); at > 0 && at < sequence; at = block.next(at + 1))
        this.take(block, at);
    }
    index.settleFirst(sequence);
  }

  private take(block: LogBlock, sequence: number): string {
    const subject = block.subjectOf(sequence);
    const bytes = block.recordBytesOf(sequence);
    const hasHeaders = block.hasHeaders(sequence);
    block.remove(sequence, bytes);
    if (hasHeaders) block.liveHeaded--;
    this.index.removed(subject, sequence, countedBytes(bytes, hasHeaders));
    return subject;
  }
}
