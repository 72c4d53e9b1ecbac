import { viewOf } from './copy.js';
import { hashBytes } from './hash.js';
import type { Block } from './slab.js';
import { bytesOfText, textOf } from './text.js';

export type { Fault } from './fault.js';

/*
 * One stream object per socket read. Publishes are rows of an Int32Array, so a publish allocates nothing:
 *
 *   column   0      1        2            3      4          5        6            7
 *          ┌──────┬────────┬────────────┬──────┬──────────┬────────┬────────────┬──────┐
 *   row    │FLAGS │SUBJECT │SUBJECT_END │REPLY │REPLY_END │PAYLOAD │PAYLOAD_END │HASH  │   offsets into `bytes`
 *          └──────┴────────┴────────────┴──────┴──────────┴────────┴────────────┴──────┘
 *
 * FLAGS holds the OTHER, SPLICE, HEADERS, SAME and TRACED bits, and above them the size of the header block in bytes, which is
 * the first part of the payload. A row with OTHER stands for `others[row[SUBJECT]]`, so order is kept.
 */
export const STRIDE = 8;
export const FLAGS = 0;
export const SUBJECT = 1;
export const SUBJECT_END = 2;
export const REPLY = 3;
export const REPLY_END = 4;
export const PAYLOAD = 5;
export const PAYLOAD_END = 6;
export const HASH = 7;

/** The row stands for an entry of `others`, not for a publish. */
export const OTHER = 1;
/** The bytes from the subject to two past the payload are a canonical NATS frame tail: one may splice, not format. */
export const SPLICE = 2;
/** The payload starts with a header block, of `flags >>> HEADER_SHIFT` bytes. */
export const HEADERS = 4;
/** The subject is that of the row before, which is a publish, too. Only ever a hint: a row may do without it. */
export const SAME = 8;
/** The header block may ask for a trace of the message. */
export const TRACED = 16;
/** Rows that are taken one by one. */
export const SINGLE = OTHER | TRACED;
export const HEADER_SHIFT = 5;

/** A cell of a table of 32-bit integers, such as the columns of a batch. The index must lie within the table. */
export function cell(table: Int32Array, index: number): number {
  return table[index]!;
}

/** A message to route, as plain data. */
export interface Publish {
  readonly op: 'PUB';
  readonly subject: string;
  readonly reply?: string;
  /** The header block as on the NATS wire, `NATS/1.0␍␊name: value␍␊␍␊`. */
  readonly headers?: Buffer;
  /** The payload without the header block. */
  readonly payload: Buffer;
}

/** Names of queue groups, in their order and as a set. */
export interface QueueNames {
  readonly names: readonly string[];
  readonly set: ReadonlySet<string>;
}

/**
 * The commands of one socket read, in order. Iterate it for plain typed commands; the core reads the columns.
 *
 * The views it hands out share memory with the bytes that were read: copy what you keep.
 *
 * @typeParam O the dialect's commands that are not publishes
 */
export class CommandBatch<O = unknown> implements Iterable<Publish | O> {
  /** The bytes the offsets point into; see `own`. */
  bytes: Buffer;
  /** Rows × STRIDE. */
  columns: Int32Array;
  /** Number of commands. */
  readonly length: number;
  /** Commands that are not publishes. */
  readonly others: readonly O[];
  /**
   * A payload larger than one read, in the pieces it arrived in: then the batch is one publish whose
   * PAYLOAD and PAYLOAD_END both point to the end of `bytes`.
   */
  readonly pieces: readonly Buffer[] | undefined;
  /** Bytes of `pieces`. */
  readonly piecesBytes: number;
  /** Payload bytes, headers included, of all its publishes, where its parser has counted them; else -1. */
  payloadTotal = -1;
  /** Whether some reply subject could be one of the servers' own, by its first letters; set by its parser. */
  mayAskReserved = false;
  /** The queue groups that all its publishes name, where another server has chosen some; set by its parser. */
  queues: QueueNames | undefined = undefined;
  /** How many still need its bytes: one until the core has taken all of it, and one for each run that is to be rendered. */
  users = 1;
  /** What encoders rendered from this batch and share; theirs alone. */
  rendered: RenderedRun | undefined = undefined;
  private words: DataView | undefined = undefined;

  constructor(bytes: Buffer, columns: Int32Array, others: readonly O[], pieces?: readonly Buffer[]) {
    this.bytes = bytes;
    this.columns = columns;
    this.length = columns.length / STRIDE;
    this.others = others;
    this.pieces = pieces;
    let total = 0;
    if (pieces !== undefined) for (const piece of pieces) total += piece.length;
    this.piecesBytes = total;
  }

  /** Tells it that its bytes lie in memory that is written again, which `view` shows all of: see `Reading`. */
  lend(view: DataView): void {
    this.words = view;
  }

  /** Moves its bytes and rows to memory of its own, from what is about to be overwritten. */
  own(): void {
    this.bytes = Buffer.from(this.bytes);
    this.words = undefined;
    this.columns = this.columns.slice();
  }

  /** Puts other bytes and rows, as many of them, in the place of its own. Rows that runs refer to must mean the same. */
  replace(bytes: Buffer, columns: Int32Array): void {
    this.bytes = bytes;
    this.words = undefined;
    this.columns = columns;
  }

  /** The memory that `bytes` lies in, from `bytes.byteOffset` on: see `viewOf`. */
  get view(): DataView {
    this.words ??= viewOf(this.bytes);
    return this.words;
  }

  /** Whether row `row` is a publish. */
  isPublish(row: number): boolean {
    return (this.columns[row * STRIDE]! & OTHER) === 0;
  }

  /** Size in bytes of the payload of row `row`, its header block included. */
  payloadBytes(row: number): number {
    const at = row * STRIDE;
    return this.columns[at + PAYLOAD_END]! - this.columns[at + PAYLOAD]! + this.piecesBytes;
  }

  /** Subject of row `row`; bytes that are not UTF-8 as `textOf` has them. */
  subject(row: number): string {
    const at = row * STRIDE;
    return textOf(this.bytes, this.columns[at + SUBJECT]!, this.columns[at + SUBJECT_END]!);
  }

  /** Reply subject of row `row`, likewise, or undefined. */
  reply(row: number): string | undefined {
    const at = row * STRIDE;
    const end = this.columns[at + REPLY_END]!;
    return end === 0 ? undefined : textOf(this.bytes, this.columns[at + REPLY]!, end);
  }

  /** Header block of row `row`, a view, or undefined. */
  headers(row: number): Buffer | undefined {
    const size = this.headerBytes(row);
    return size === 0 ? undefined : this.body(row).subarray(0, size);
  }

  /** Payload of row `row` without its header block: a view, or a copy where it came in pieces. */
  payload(row: number): Buffer {
    return this.body(row).subarray(this.headerBytes(row));
  }

  /** Size in bytes of the header block of row `row`, 0 without one. */
  headerBytes(row: number): number {
    return this.columns[row * STRIDE]! >>> HEADER_SHIFT;
  }

  /** Row `row` as a plain publish. */
  publish(row: number): Publish {
    const reply = this.reply(row);
    const headers = this.headers(row);
    return {
      op: 'PUB',
      subject: this.subject(row),
      ...(reply === undefined ? {} : { reply }),
      ...(headers === undefined ? {} : { headers }),
      payload: this.payload(row),
    };
  }

  /** Row `row` as a plain command. */
  at(row: number): Publish | O {
    if (this.isPublish(row))
      return this.queues === undefined ? this.publish(row) : this.queuedPublish(row, this.queues.names);
    return this.others[this.columns[row * STRIDE + SUBJECT]!]!;
  }

  /** A publish that names queue groups as a command: of dialects that have such. */
  private queuedPublish(row: number, queues: readonly string[]): O {
    return { ...this.publish(row), op: 'LMSG', queues } as O;
  }

  *[Symbol.iterator](): IterableIterator<Publish | O> {
    for (let row = 0; row < this.length; row++) yield this.at(row);
  }

  /** Header block and payload of row `row`: a view, or a copy where they came in pieces. */
  body(row: number): Buffer {
    const at = row * STRIDE;
    if (this.pieces !== undefined) return Buffer.concat(this.pieces as Buffer[]);
    return this.bytes.subarray(this.columns[at + PAYLOAD]!, this.columns[at + PAYLOAD_END]!);
  }
}

/** One rendering of rows `[from, to)` that every subscriber with the same `key` and `sid` shares. A linked list. */
export interface RenderedRun {
  readonly from: number;
  readonly to: number;
  readonly key: number;
  readonly sid: string;
  readonly frames: Buffer;
  /** Where the frames lie, and the slab's turn in which they do. */
  readonly block: Block;
  readonly turn: number;
  readonly next: RenderedRun | undefined;
}

/** Size in bytes of rows `[from, to)`, all publishes, as they came, from the first subject on; pieces not counted. */
export function runBytes({ columns }: CommandBatch, from: number, to: number): number {
  return columns[(to - 1) * STRIDE + PAYLOAD_END]! - columns[from * STRIDE + SUBJECT]!;
}

/** Payload bytes, headers included, of the publishes among rows `[from, to)` of a batch. */
export function payloadBytes(batch: CommandBatch, from: number, to: number): number {
  const { columns, piecesBytes, payloadTotal } = batch;
  if (payloadTotal >= 0 && from === 0 && to === batch.length) return payloadTotal;
  let total = piecesBytes;
  const end = to * STRIDE;
  for (let at = from * STRIDE; at < end; at += STRIDE)
    if ((columns[at + FLAGS]! & OTHER) === 0) total += columns[at + PAYLOAD_END]! - columns[at + PAYLOAD]!;
  return total;
}

const EMPTY = Buffer.alloc(0);

/** A batch of one message made by the broker itself, not read from a peer. */
export function batchOf(message: Omit<Publish, 'op'>): CommandBatch<never> {
  const subject = bytesOfText(message.subject);
  const reply = bytesOfText(message.reply ?? '');
  const headers = message.headers ?? Buffer.alloc(0);
  const bytes = Buffer.concat([subject, reply, headers, message.payload]);
  const columns = new Int32Array(STRIDE);
  const replyEnd = subject.length + reply.length;
  columns[FLAGS] = headers.length === 0 ? 0 : (headers.length << HEADER_SHIFT) | HEADERS;
  columns[SUBJECT_END] = subject.length;
  columns[REPLY] = subject.length;
  columns[REPLY_END] = reply.length === 0 ? 0 : replyEnd;
  columns[PAYLOAD] = replyEnd;
  columns[PAYLOAD_END] = bytes.length;
  columns[HASH] = hashBytes(bytes, 0, subject.length);
  return new CommandBatch<never>(bytes, columns, []);
}

/** A batch of one message made by the broker itself, whose payload is in pieces: they are not copied. */
export function batchOfPieces(
  message: Omit<Publish, 'op' | 'payload'>,
  payload: readonly Buffer[],
): CommandBatch<never> {
  const { bytes, columns, others } = batchOf({ ...message, payload: EMPTY });
  const end = bytes.length - (message.headers?.length ?? 0);
  columns[PAYLOAD] = end;
  columns[PAYLOAD_END] = end;
  const pieces = message.headers === undefined ? payload : [message.headers, ...payload];
  return new CommandBatch<never>(bytes.subarray(0, end), columns, others, pieces);
}
