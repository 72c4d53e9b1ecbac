import {
  CommandBatch,
  cell,
  HASH,
  PAYLOAD,
  PAYLOAD_END,
  REPLY,
  REPLY_END,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../frame/command.js';
import { hashBytes } from '../frame/hash.js';
import type { ApiError } from './api/errors.js';

const FIRST_BYTES = 1_024;
const FIRST_ROWS = 8;
/** Most bytes of a sequence in digits, and what follows it. */
const TAIL_BYTES = 48;

/** Acknowledgements of one stream that its publishers are waiting for, as rows of one batch, in the order of its sequences. */
export class PubAcks {
  private readonly stream: string;
  private readonly prefix: Buffer;
  private bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private used = 0;
  private columns = new Int32Array(FIRST_ROWS * STRIDE);
  /** For each row, which sequence must be committed before it may go. */
  private sequences: number[] = [];

  /** @param domain of JetStream; undefined: it has none */
  constructor(stream: string, domain: string | undefined) {
    this.stream = stream;
    // nats-server 2.10 has these blanks.
    const place = domain === undefined ? '' : ` "domain":${JSON.stringify(domain)},`;
    this.prefix = Buffer.from(`{"stream":${JSON.stringify(stream)},${place} "seq":`);
  }

  /** How many are waiting. */
  get size(): number {
    return this.sequences.length;
  }

  /** Row `row` of `batch`, which asks for an answer, was stored under that sequence. */
  stored(batch: CommandBatch, row: number, sequence: number): void {
    this.begin(batch, row, sequence);
    this.append(sequence, '}');
  }

  /** Row `row` had been stored before, under that sequence; the answer goes after all up to `after` is committed. */
  duplicate(batch: CommandBatch, row: number, sequence: number, after: number): void {
    this.begin(batch, row, after);
    this.append(sequence, ',"duplicate": true}');
  }

  /** Row `row` is refused. */
  refused(batch: CommandBatch, row: number, error: ApiError, after: number): void {
    this.sequences.push(after);
    this.row(batch, row, Buffer.from(JSON.stringify({ error: error.body, stream: this.stream, seq: 0 })));
  }

  /** The rows that may go once all up to `committed` is; undefined: none. They are its rows no more. */
  take(committed: number): CommandBatch | undefined {
    const { sequences, columns, bytes, used } = this;
    let rows = 0;
    while (rows < sequences.length && (sequences[rows] ?? 0) <= committed) rows++;
    if (rows === 0) return undefined;
    const end = cell(columns, (rows - 1) * STRIDE + PAYLOAD_END);
    const batch = new CommandBatch(bytes.subarray(0, end), columns.slice(0, rows * STRIDE), []);
    this.sequences = sequences.slice(rows);
    this.bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, used - end));
    bytes.copy(this.bytes, 0, end, used);
    this.used = used - end;
    this.columns = new Int32Array(Math.max(FIRST_ROWS, this.sequences.length) * STRIDE);
    for (let at = 0; at < this.sequences.length * STRIDE; at += STRIDE) {
      const old = at + rows * STRIDE;
      for (const column of [SUBJECT, SUBJECT_END, PAYLOAD, PAYLOAD_END])
        this.columns[at + column] = cell(columns, old + column) - end;
      this.columns[at + HASH] = cell(columns, old + HASH);
    }
    return batch;
  }

  /** Refuses those that wait for `sequence` or a later one. */
  fail(sequence: number, error: ApiError): void {
    const answer = Buffer.from(JSON.stringify({ error: error.body, stream: this.stream, seq: 0 }));
    const { sequences, columns, bytes } = this;
    const from = sequences.findIndex((each) => each >= sequence);
    if (from < 0) return;
    const failed = columns.slice(from * STRIDE, sequences.length * STRIDE);
    this.sequences = sequences.slice(0, from);
    this.used = from === 0 ? 0 : cell(columns, (from - 1) * STRIDE + PAYLOAD_END);
    const old = Buffer.from(bytes);
    for (let at = 0; at < failed.length; at += STRIDE) {
      this.sequences.push(0);
      this.reply(old, cell(failed, at + SUBJECT), cell(failed, at + SUBJECT_END), answer);
    }
  }

  private begin({ columns, bytes }: CommandBatch, row: number, after: number): void {
    this.sequences.push(after);
    const at = row * STRIDE;
    this.reply(bytes, cell(columns, at + REPLY), cell(columns, at + REPLY_END), this.prefix);
  }

  private row({ columns, bytes }: CommandBatch, row: number, payload: Buffer): void {
    const at = row * STRIDE;
    this.reply(bytes, cell(columns, at + REPLY), cell(columns, at + REPLY_END), payload);
  }

  /** Writes the next row: to what is `bytes[start, end)`. */
  private reply(bytes: Buffer, start: number, end: number, payload: Buffer): void {
    const length = end - start;
    this.reserve(length + payload.length + TAIL_BYTES);
    const at = (this.sequences.length - 1) * STRIDE;
    const { columns, used } = this;
    bytes.copy(this.bytes, used, start, end);
    columns[at + SUBJECT] = used;
    columns[at + SUBJECT_END] = used + length;
    columns[at + PAYLOAD] = used + length;
    payload.copy(this.bytes, used + length);
    this.used = used + length + payload.length;
    columns[at + PAYLOAD_END] = this.used;
    columns[at + HASH] = hashBytes(this.bytes, used, used + length);
  }

  /** Ends the row that was begun: with the sequence, and what follows it. */
  private append(sequence: number, end: string): void {
    this.used += this.bytes.write(`${sequence}${end}`, this.used);
    this.columns[(this.sequences.length - 1) * STRIDE + PAYLOAD_END] = this.used;
  }

  private reserve(bytes: number): void {
    if (this.used + bytes > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.used + bytes));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    if (this.sequences.length * STRIDE <= this.columns.length) return;
    const columns = new Int32Array(2 * this.sequences.length * STRIDE);
    columns.set(this.columns);
    this.columns = columns;
  }
}
