import type { Steps } from '../../../domain/steps.js';
import { bytesOfText, textOf } from '../../../frame/text.js';
import type { Instant } from '../../instant.js';
import type { LogBlock } from './block.js';
import type { Replay } from './replay.js';

/*
 * The body of a footer, in little-endian order: what a block comes to, so that it need not be read record by record.
 *
 *   9 doubles   messages, subjects, removals, front, end, sum of the lengths of their records, messages with headers, ms and ns of the last
 *               message
 *   subjects    for each: u16 length, bytes
 *   messages    for each: u32 sequence less that of the block, u32 offset, u32 index of the subject
 *   removals    for each: a double, the sequence of a message of an earlier block
 *   a double    the offset of the footer
 */
const NUMBERS = 9;
const NUMBER_BYTES = 8;
const LENGTH_BYTES = 2;
const MESSAGE_BYTES = 12;
/** Bytes that the subjects of a footer may have for each message. With more there is none: it would save nothing. */
const MAX_SUBJECT_BYTES = 16;
/** Messages taken from a footer between two steps. */
const STEP_MESSAGES = 4_096;

/** What a footer says of the log. */
export interface FooterSummary {
  /** The sequence after the last one of the block. */
  readonly end: number;
  readonly front: number;
  readonly lastAt: Instant | undefined;
}

/** Gathers what a footer says while its block is written. */
export class FooterBuilder {
  /** Index of the subject of each message that was appended. */
  private readonly subjects: number[] = [];
  private readonly removals: number[] = [];
  private readonly indexes = new Map<string, number>();
  private subjectBytes = 0;

  /** A message was appended. */
  add(subject: string): void {
    let index = this.indexes.get(subject);
    if (index === undefined) {
      index = this.indexes.size;
      this.indexes.set(subject, index);
      this.subjectBytes += LENGTH_BYTES + subject.length;
    }
    this.subjects.push(index);
  }

  /** A message was removed. */
  remove(sequence: number): void {
    this.removals.push(sequence);
  }

  /** The body of the footer of `block`, which ends with it; undefined: it would not be worth it. */
  build(block: LogBlock, { end, front, lastAt }: FooterSummary): Buffer | undefined {
    if (this.subjectBytes > this.subjects.length * MAX_SUBJECT_BYTES) return undefined;
    const texts = [...this.indexes.keys()].map((subject) => bytesOfText(subject));
    const removals = this.removals.filter((sequence) => sequence < block.first);
    const tableBytes = texts.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
    const numberBytes = (NUMBERS + removals.length + 1) * NUMBER_BYTES;
    const bytes = Buffer.allocUnsafe(tableBytes + block.live * MESSAGE_BYTES + numberBytes);
    const counts = [block.live, texts.length, removals.length, front, end, block.liveBytes, block.liveHeaded];
    let at = 0;
    for (const number of [...counts, lastAt?.ms ?? 0, lastAt?.ns ?? 0]) at = bytes.writeDoubleLE(number, at);
    for (const text of texts) {
      at = bytes.writeUInt16LE(text.length, at);
      at += text.copy(bytes, at);
    }
    let appended = 0;
    for (let slot = 0; slot < block.length; slot++) {
      const sequence = block.first + slot;
      const offset = block.offsetOf(sequence);
      if (offset > 0) {
        at = bytes.writeUInt32LE(slot, at);
        at = bytes.writeUInt32LE(offset, at);
        at = bytes.writeUInt32LE(this.subjects[appended] ?? 0, at);
      }
      if (offset > 0 || block.hasRemoved(sequence)) appended++;
    }
    for (const sequence of removals) at = bytes.writeDoubleLE(sequence, at);
    bytes.writeDoubleLE(block.size, at);
    return bytes;
  }
}

/** Size in bytes of what a footer ends with: its offset. */
export const FOOTER_END_BYTES = NUMBER_BYTES;

/** Makes of the body of a footer what the records of its block, the last one of `replay`, would come to. */
export function* replayFooter(replay: Replay, block: LogBlock, bytes: Buffer): Steps<void> {
  const numbers = Array.from({ length: NUMBERS }, (_, i) => bytes.readDoubleLE(i * NUMBER_BYTES));
  const [messages = 0, texts = 0, removals = 0, front = 0, end = 0, recordBytes = 0] = numbers;
  const [headed = 0, ms = 0, ns = 0] = numbers.slice(NUMBERS - 3);
  const lastAt = ms === 0 ? undefined : { ms, ns };
  if (front > replay.front) replay.truncate(front);
  let at = NUMBERS * NUMBER_BYTES;
  const subjects: string[] = [];
  for (let i = 0; i < texts; i++) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt16LE(at);
    subjects.push(textOf(bytes, start, at));
  }
  const removalsAt = at + messages * MESSAGE_BYTES;
  for (let i = 0; i < removals; i++) replay.remove(bytes.readDoubleLE(removalsAt + i * NUMBER_BYTES));
  let found = 0;
  for (; at < removalsAt; at += MESSAGE_BYTES) {
    const sequence = block.first + bytes.readUInt32LE(at);
    const subject = subjects[bytes.readUInt32LE(at + 8)] ?? '';
    replay.found(block, sequence, bytes.readUInt32LE(at + 4), subject);
    if (++found % STEP_MESSAGES === 0) yield;
  }
  replay.settle(block, { recordBytes, messages, headed }, end - 1, lastAt);
}
