import { crc32 } from 'node:zlib';
import { bytesOfText, textOf } from '../../../frame/text.js';
import type { Instant } from '../../instant.js';

/*
 * A record, in little-endian order. The checksum covers all that follows it and starts from the salt of the block, which
 * publishers do not know: bytes of a payload that look like a record are never taken for one.
 *
 *   0       4      8             12      16             18       20         24       26        28
 *   length  CRC-32 sequence low  ms low  sequence high  ms high  kind | ns  subject  headers   subject, header block, payload
 *
 * Length is that of the whole record. The kind is in the upper eight bits of `kind | ns`.
 */
const CRC = 4;
const SEQUENCE_LOW = 8;
const MS_LOW = 12;
const SEQUENCE_HIGH = 16;
const MS_HIGH = 18;
const KIND_NS = 20;
const SUBJECT_BYTES = 24;
const HEADER_BYTES = 26;
/** Size in bytes of a record without subject and body. */
export const RECORD_BYTES = 28;

const TWO_32 = 2 ** 32;
const KIND_SHIFT = 24;
const NS_MASK = 0xff_ffff;
const MAX_NS = 999_999;
const MAX_SUBJECT_BYTES = 0xffff;

/** A message. */
export const MESSAGE = 1;
/** The message of that sequence is removed. */
export const REMOVE = 2;
/** All messages below that sequence are removed; where there is none from it on, the next has that sequence at least. */
export const TRUNCATE = 3;
/** All sequences up to that one are used. */
export const SKIP = 4;
/**
 * All bytes of the block below an offset, which is in the place of the sequence, were durable when this was written. The body
 * is a double: the last sequence that was used; the time is that of the last message.
 */
export const DURABLE = 5;
/** Size in bytes of such a record. */
export const MARK_BYTES = RECORD_BYTES + 8;
/** A message that was removed, its body overwritten. */
export const ERASED = 6;
/** The index of the block; nothing follows it. 7 was one that did not count messages with headers: the block is read instead. */
export const FOOTER = 8;

/** The bytes of a subject, which are of one length in every encoding that is asked for where all are ASCII. */
export function subjectBytesOf(subject: string): number {
  const bytes = Buffer.byteLength(subject);
  const length = bytes === subject.length ? bytes : bytesOfText(subject).length;
  if (length > MAX_SUBJECT_BYTES)
    throw new RangeError(`a subject of ${length} bytes is too long to be stored`);
  return length;
}

/** What a record says beside its subject and body. */
export interface RecordHead {
  readonly kind: number;
  readonly sequence: number;
  readonly at: Instant;
}

/** Writes a record to `bytes` from `at` on, where there is room; returns where it ends. */
export function writeRecord(
  bytes: Buffer,
  at: number,
  salt: number,
  { kind, sequence, at: { ms, ns } }: RecordHead,
  subject: string,
  subjectBytes: number,
  body: Uint8Array,
  headerBytes: number,
): number {
  const end = at + RECORD_BYTES + subjectBytes + body.length;
  bytes.writeUInt32LE(end - at, at);
  bytes.writeUInt32LE(sequence % TWO_32, at + SEQUENCE_LOW);
  bytes.writeUInt32LE(ms % TWO_32, at + MS_LOW);
  bytes.writeUInt16LE(Math.floor(sequence / TWO_32), at + SEQUENCE_HIGH);
  bytes.writeUInt16LE(Math.floor(ms / TWO_32), at + MS_HIGH);
  bytes.writeUInt32LE(((kind << KIND_SHIFT) | ns) >>> 0, at + KIND_NS);
  bytes.writeUInt16LE(subjectBytes, at + SUBJECT_BYTES);
  bytes.writeUInt16LE(headerBytes, at + HEADER_BYTES);
  if (subjectBytes === subject.length) bytes.write(subject, at + RECORD_BYTES, subjectBytes, 'latin1');
  else bytesOfText(subject).copy(bytes, at + RECORD_BYTES);
  bytes.set(body, at + RECORD_BYTES + subjectBytes);
  bytes.writeUInt32LE(checksum(bytes, at, end, salt), at + CRC);
  return end;
}

/** Copies a record that is right under one salt, so that it is right under another. */
export function copyRecord(
  from: Buffer,
  start: number,
  end: number,
  to: Buffer,
  at: number,
  salt: number,
): void {
  from.copy(to, at, start, end);
  to.writeUInt32LE(checksum(to, at, at + end - start, salt), at + CRC);
}

/** Turns a record in `bytes` from `at` on into one of the same length without its body. Its subject stays: it is counted. */
export function eraseRecord(bytes: Buffer, at: number, salt: number): void {
  const end = at + lengthAt(bytes, at);
  bytes.writeUInt32LE(((ERASED << KIND_SHIFT) | nsAt(bytes, at)) >>> 0, at + KIND_NS);
  bytes.fill(0, at + bodyStartAt(bytes, at), end);
  bytes.writeUInt32LE(checksum(bytes, at, end, salt), at + CRC);
}

function checksum(bytes: Buffer, at: number, end: number, salt: number): number {
  return crc32(bytes.subarray(at + SEQUENCE_LOW, end), salt);
}

/** Where the record ends that begins at `at`; 0: there is no whole and right one. */
export function recordEnd(bytes: Buffer, at: number, size: number, salt: number): number {
  if (at + RECORD_BYTES > size) return 0;
  const end = at + lengthAt(bytes, at);
  if (end > size || !isPlausible(bytes, at, end)) return 0;
  return checksum(bytes, at, end, salt) === bytes.readUInt32LE(at + CRC) ? end : 0;
}

/** Whether what begins at `at` may be a record; keeps a search from computing the checksum at every byte. */
function isPlausible(bytes: Buffer, at: number, end: number): boolean {
  const kind = kindAt(bytes, at);
  return (
    kind >= MESSAGE &&
    kind <= FOOTER &&
    end - at >= RECORD_BYTES + subjectLengthAt(bytes, at) + headerBytesAt(bytes, at) &&
    nsAt(bytes, at) <= MAX_NS
  );
}

export function lengthAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at);
}

export function kindAt(bytes: Buffer, at: number): number {
  return bytes.readUInt8(at + KIND_NS + 3);
}

export function sequenceAt(bytes: Buffer, at: number): number {
  return bytes.readUInt16LE(at + SEQUENCE_HIGH) * TWO_32 + bytes.readUInt32LE(at + SEQUENCE_LOW);
}

function nsAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + KIND_NS) & NS_MASK;
}

export function instantAt(bytes: Buffer, at: number): Instant {
  const ms = bytes.readUInt16LE(at + MS_HIGH) * TWO_32 + bytes.readUInt32LE(at + MS_LOW);
  return { ms, ns: nsAt(bytes, at) };
}

function subjectLengthAt(bytes: Buffer, at: number): number {
  return bytes.readUInt16LE(at + SUBJECT_BYTES);
}

/** Size in bytes of the record up to its body. */
export function bodyStartAt(bytes: Buffer, at: number): number {
  return RECORD_BYTES + subjectLengthAt(bytes, at);
}

export function subjectAt(bytes: Buffer, at: number): string {
  const start = at + RECORD_BYTES;
  return textOf(bytes, start, start + subjectLengthAt(bytes, at));
}

export function headerBytesAt(bytes: Buffer, at: number): number {
  return bytes.readUInt16LE(at + HEADER_BYTES);
}
