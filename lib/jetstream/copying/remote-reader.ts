import { randomBytes } from 'node:crypto';
import type { Publisher, Sink } from '../../clients/subscription.js';
import type { Steps } from '../../domain/steps.js';
import type { CommandBatch } from '../../frame/command.js';
import type { Account } from '../../routing/account.js';
import { ApiError, type ApiErrorBody } from '../api/errors.js';
import { type Delivered, parseDelivery } from '../consumer/ack-subject.js';
import { headerOf } from '../headers.js';
import type { StreamSource } from '../settings/stream-config.js';
import type { StoredMessage, SubjectFilter } from '../store/store.js';
import type { JetStreamTools } from '../stream-host.js';
import type { Timer } from '../timers.js';
import type { ReaderOwner } from './stream-reader.js';
import type { CopyStart } from './target.js';

const NS_PER_MS = 1e6;
const HEARTBEAT_MS = 1_000;
/** Without a word of the other server for so long the consumer there is made anew, in milliseconds. */
const SILENCE_MS = 10_000;
/** Time within which the other server must answer, in milliseconds. */
const ANSWER_MS = 30_000;
/** Waits before another attempt, in milliseconds: the first, how much longer each is, and the longest. */
const FIRST_RETRY_MS = 2_000;
const MORE_RETRY_MS = 5_000;
const MOST_RETRY_MS = 120_000;
const ACK_WAIT_MS = 22 * 3_600_000;
/** Messages that one step stores at most. */
const STEP_MESSAGES = 32;
const TAKE_UNITS = 20;
const NAME_BYTES = 6;
const NOTHING = Buffer.alloc(0);
const STATUS = Buffer.from('NATS/1.0 100 ');
const LAST_CONSUMER = Buffer.from('Nats-Last-Consumer');
const STALLED = Buffer.from('Nats-Consumer-Stalled');
const IDENTITY = Buffer.from('Nats-Stream-Identity');

/** What is told of a stream of another account or server. */
export interface RemoteOwner extends ReaderOwner {
  /** Where reading is to begin. @param identity which stream of its name it is; empty: unknown */
  startFor(identity: string): CopyStart;
  /** It was heard from. */
  heard(): void;
  /** No consumer can be made there now; it is tried again. */
  unreachable(error: ApiErrorBody | undefined): void;
}

/** What is queued until it is stored: a message, or the subject on which the other server is told that all before is. */
type Queued = { readonly message: StoredMessage; readonly pending: number } | { readonly answer: string };

/** The answer to the request that makes a consumer. */
interface Made {
  readonly error?: ApiErrorBody;
  readonly name?: string;
  readonly delivered?: { readonly stream_seq: number };
}

/**
 * Reads a stream of another account, domain or server: makes a push consumer there, with flow control, whose messages must
 * follow each other. Where one is missing, or nothing is heard, it makes another one from where it is.
 */
export class RemoteReader implements Sink {
  readonly kind = 'service';
  readonly units = TAKE_UNITS;
  readonly owner: object = this;
  readonly isAdvertised = true;
  readonly takesImported = true;
  lag = 0;
  private readonly account: Account;
  private readonly tools: JetStreamTools;
  private readonly source: StreamSource;
  private readonly filter: SubjectFilter;
  private readonly reader: RemoteOwner;
  private readonly prefix: string;
  private readonly timer: Timer;
  private readonly queue: Queued[] = [];
  /** Where the answer to the request under way comes; empty: none is. */
  private inbox = '';
  /** Name of the consumer; empty: there is none. */
  private consumer = '';
  private consumerSequence = 0;
  /** Where the consumer begins. */
  private startText = '';
  private heardAt = 0;
  private failures = 0;
  private isCopying = false;
  private isStopped = false;

  /** @param kind what deliver subjects have: of a mirror, or of a source */
  constructor(
    account: Account,
    tools: JetStreamTools,
    source: StreamSource,
    filter: SubjectFilter,
    kind: 'M' | 'S',
    reader: RemoteOwner,
  ) {
    this.account = account;
    this.tools = tools;
    this.source = source;
    this.filter = filter;
    this.reader = reader;
    const deliver = source.external?.deliver ?? '';
    this.prefix = joined(deliver === '' ? '$JS' : deliver, kind);
    this.timer = tools.clock.timers.add(() => this.look());
  }

  start(): void {
    this.connect();
  }

  /** Goes on storing what has come. */
  resume(): void {
    if (this.isCopying || this.isStopped) return;
    this.isCopying = true;
    this.tools.turns.later(this.copy()).catch((error: unknown) => this.reader.failed(error));
  }

  settle(): void {}

  detach(): void {
    this.isStopped = true;
    this.disconnect();
    this.timer.cancel();
  }

  take(_publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    for (let row = from; row < to; row++) {
      if (batch.subject(row) === this.inbox) this.answered(batch.payload(row), batch.headers(row));
      else this.receive(batch, row);
    }
    return to - from;
  }

  /** Makes a consumer, from where the copy is now. */
  private connect(): void {
    this.disconnect();
    const { account, source, tools } = this;
    const subject = `${this.prefix}.${randomName()}`;
    this.inbox = `_INBOX.${randomName()}`;
    account.interest.attach(this, this, subject);
    account.interest.attach(this, this, this.inbox);
    const { name, body } = this.request(subject);
    const [filter] = this.filter;
    const isNamed = this.filter.length === 1 && filter !== undefined;
    const end = isNamed ? `${source.name}.${name}.${filter}` : source.name;
    const to = joined(source.external?.api ?? '', `CONSUMER.CREATE.${end}`);
    if (!tools.outgoing.hasReceiver(account, to)) return this.again();
    tools.outgoing.publish(account, {
      subject: to,
      reply: this.inbox,
      payload: Buffer.from(JSON.stringify(body)),
    });
    if (this.inbox !== '') this.timer.after(ANSWER_MS);
  }

  private request(subject: string): { readonly name: string; readonly body: object } {
    const name = `sluice-${randomName()}`;
    const [first, ...more] = this.filter;
    const start = this.reader.startFor('');
    this.startText = JSON.stringify(start);
    const config = {
      ...(first !== undefined && more.length === 0 ? { name, filter_subject: first } : {}),
      ...(more.length > 0 ? { filter_subjects: this.filter } : {}),
      ...start,
      ...{ deliver_subject: subject, ack_policy: 'none', replay_policy: 'instant', max_deliver: 1 },
      ...{ flow_control: true, direct: true, num_replicas: 0 },
      ack_wait: ACK_WAIT_MS * NS_PER_MS,
      idle_heartbeat: HEARTBEAT_MS * NS_PER_MS,
      inactive_threshold: SILENCE_MS * NS_PER_MS,
    };
    return { name, body: { stream_name: this.source.name, config } };
  }

  private answered(payload: Buffer, headers: Buffer | undefined): void {
    this.inbox = '';
    let made: Made = {};
    try {
      made = JSON.parse(payload.toString('utf8'));
    } catch {
      // Nothing at all: there is nothing that answers, or what answered is no JetStream.
    }
    const { error, name, delivered } = made;
    if (name === undefined || delivered === undefined) return this.failedWith(error);
    const identity = headers && headerOf(headers, IDENTITY);
    const isAnother =
      identity !== undefined &&
      identity !== '' &&
      JSON.stringify(this.reader.startFor(identity)) !== this.startText;
    if (isAnother) return this.connect();
    this.failures = 0;
    this.consumer = name;
    this.consumerSequence = 0;
    this.heard();
    this.reader.began(delivered.stream_seq);
    this.timer.after(SILENCE_MS);
  }

  private failedWith(error: ApiErrorBody | undefined): void {
    this.disconnect();
    this.reader.unreachable(error ?? new ApiError('STREAM_GENERAL', 'no answer').body);
    this.timer.after(Math.min(MOST_RETRY_MS, FIRST_RETRY_MS + MORE_RETRY_MS * this.failures++));
  }

  /** Makes another consumer a little later: something is missing, or there is nothing to ask. */
  private again(): void {
    this.disconnect();
    this.timer.after(FIRST_RETRY_MS);
  }

  private disconnect(): void {
    this.account.interest.detach(this);
    this.inbox = '';
    this.consumer = '';
    this.queue.length = 0;
  }

  /** The time has come for another attempt, or to see whether something was heard. */
  private look(): void {
    if (this.isStopped) return;
    if (this.inbox !== '') return this.failedWith(undefined);
    const silence = this.tools.clock.timers.now() - this.heardAt;
    if (this.consumer === '' || silence >= SILENCE_MS) this.connect();
    else this.timer.after(SILENCE_MS - silence);
  }

  private receive(batch: CommandBatch, row: number): void {
    if (this.consumer === '') return;
    this.heard();
    const reply = batch.reply(row);
    const headers = batch.headers(row);
    const isStatus = headers?.subarray(0, STATUS.length).equals(STATUS) === true;
    if (isStatus && batch.payload(row).length === 0) return this.control(headers, reply);
    const delivered = parseDelivery(reply ?? '');
    if (delivered?.consumer !== this.consumer) return;
    if (delivered.deliveries > 1 || delivered.consumerSequence <= this.consumerSequence) return;
    if (delivered.consumerSequence !== this.consumerSequence + 1) return this.again();
    this.consumerSequence++;
    this.queue.push({ message: messageOf(batch, row, delivered), pending: delivered.pending });
    this.resume();
  }

  private control(headers: Buffer, reply: string | undefined): void {
    const last = headerOf(headers, LAST_CONSUMER);
    const stalled = headerOf(headers, STALLED);
    if (reply !== undefined) this.queue.push({ answer: reply });
    else if (last !== undefined && last !== '' && Number(last) !== this.consumerSequence) return this.again();
    else if (stalled !== undefined && stalled !== '') this.queue.push({ answer: stalled });
    this.resume();
  }

  private heard(): void {
    this.heardAt = this.tools.clock.timers.now();
    this.reader.heard();
  }

  private *copy(): Steps<void> {
    try {
      for (let count = 1; this.copyNext(); count++) if (count % STEP_MESSAGES === 0) yield;
    } finally {
      this.isCopying = false;
    }
  }

  /** Stores what is first in the queue. Returns whether it did. */
  private copyNext(): boolean {
    const { queue, reader, account } = this;
    const [first] = queue;
    if (first === undefined || this.isStopped) return false;
    if ('answer' in first) this.tools.outgoing.publish(account, { subject: first.answer, payload: NOTHING });
    else if (!reader.isReady || reader.take(first.message) === undefined) return false;
    else this.lag = first.pending;
    queue.shift();
    return true;
  }
}

function messageOf(batch: CommandBatch, row: number, { sequence, at }: Delivered): StoredMessage {
  const headerBytes = batch.headerBytes(row);
  return { sequence, at, subject: batch.subject(row), body: Buffer.from(batch.body(row)), headerBytes };
}

function joined(prefix: string, rest: string): string {
  return prefix.endsWith('.') ? `${prefix}${rest}` : `${prefix}.${rest}`;
}

function randomName(): string {
  return randomBytes(NAME_BYTES).toString('hex');
}
