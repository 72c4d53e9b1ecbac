import { ApiError, type ApiErrorBody } from '../api/errors.js';
import type { StreamSource } from '../settings/stream-config.js';
import type { StoredMessage, SubjectFilter } from '../store/store.js';
import type { Timer } from '../timers.js';
import { type RemoteOwner, RemoteReader } from './remote-reader.js';
import { StreamReader } from './stream-reader.js';
import type { CopyingStream, CopyStart } from './target.js';

const NS_PER_MS = 1e6;
/** Bytes that may wait to be committed before it reads no more. */
const MAX_UNCOMMITTED_BYTES = 4 * 1024 * 1024;
/** Messages that may be missing of nearly all. */
const CAUGHT_UP_MESSAGES = 10;
/** When a message that was refused is tried again, in milliseconds, where nothing has made room before. */
const RETRY_MS = 1_000;
/** A stream that is there is as good as heard from this often, in milliseconds: nats-server's heartbeats. */
const HEARTBEAT_MS = 1_000;

/** How copies are stored: as those of a mirror, or of a source. */
export interface CopyRule {
  readonly kind: 'M' | 'S';
  readonly filter: SubjectFilter;
  /** Where to begin, as things are now. @param identity which stream of its name it is; empty: unknown */
  start(identity: string): CopyStart;
  /** Reading begins after that sequence. */
  began(passed: number): void;
  /** Returns what refuses it. */
  store(message: StoredMessage): ApiError | undefined;
}

/** What answers say of a stream that is copied from. */
export interface ShownSource {
  readonly name: string;
  readonly external?: StreamSource['external'];
  readonly lag: number;
  /** Nanoseconds since it was heard from; -1: never. */
  readonly active: number;
  readonly error?: ApiErrorBody;
  readonly filter_subject?: string;
  readonly subject_transforms?: StreamSource['subject_transforms'];
}

/** Copies one stream to another, as long as both are there. */
export class Copier implements RemoteOwner {
  readonly source: StreamSource;
  private readonly target: CopyingStream;
  private readonly rule: CopyRule;
  private readonly retry: Timer;
  private reader: StreamReader | RemoteReader | undefined = undefined;
  private error: ApiErrorBody | undefined = undefined;
  /** In milliseconds of the timers. */
  private heardAt: number | undefined = undefined;
  /** Those of the same target that wait for room. */
  private readonly refused: Set<Copier>;
  /** Whether it has had nearly all once. */
  hasCaughtUp = false;
  private uncommittedBytes = 0;
  /** What is appended once those bytes are. */
  private uncommittedTo = 0;
  private isStopped = true;

  constructor(target: CopyingStream, source: StreamSource, rule: CopyRule, refused: Set<Copier>) {
    this.refused = refused;
    this.target = target;
    this.source = source;
    this.rule = rule;
    this.retry = target.host.tools.clock.timers.add(() => this.tryAgain());
  }

  /** Begins, or goes on from where the target is now. */
  start(): void {
    this.stop();
    this.isStopped = false;
    // The answer to the request that a stream is made by shows it as it was made.
    this.target.host.tools.outgoing.atEndOfTurn(() => {
      this.connect();
      return true;
    });
  }

  stop(): void {
    this.isStopped = true;
    this.refused.delete(this);
    this.uncommittedBytes = 0;
    this.retry.cancel();
    this.reader?.detach();
    this.reader = undefined;
  }

  /** A stream was made. */
  streamAdded(name: string): void {
    if (name === this.source.name && this.source.external === undefined) this.connect();
  }

  /** The target's messages are committed up to `sequence`. */
  targetCommitted(sequence: number): void {
    this.reader?.settle(sequence);
    if (this.uncommittedBytes <= MAX_UNCOMMITTED_BYTES || sequence < this.uncommittedTo) return;
    this.uncommittedBytes = 0;
    this.reader?.resume();
  }

  /** There may be room in the target. */
  tryAgain(): void {
    if (!this.refused.delete(this)) return;
    this.retry.cancel();
    this.reader?.resume();
  }

  get shown(): ShownSource {
    const { source, error, reader } = this;
    const { name, external, filter_subject, subject_transforms } = source;
    return {
      name,
      ...(external === undefined ? {} : { external }),
      lag: reader?.lag ?? 0,
      active: this.activeNs,
      ...(error === undefined ? {} : { error }),
      ...(filter_subject === undefined ? {} : { filter_subject }),
      ...(subject_transforms === undefined ? {} : { subject_transforms }),
    };
  }

  get committed(): number {
    return this.target.store.committed;
  }

  get isReady(): boolean {
    if (this.refused.has(this)) return false;
    if (this.uncommittedBytes <= MAX_UNCOMMITTED_BYTES) return true;
    if (this.committed < this.uncommittedTo) return false;
    this.uncommittedBytes = 0;
    return true;
  }

  startFor(identity: string): CopyStart {
    return this.rule.start(identity);
  }

  heard(): void {
    this.heardAt = this.now();
  }

  unreachable(error: ApiErrorBody | undefined): void {
    this.error = error;
  }

  began(passed: number): void {
    this.heardAt = this.now();
    this.error = undefined;
    this.rule.began(passed);
    this.noteLag();
  }

  take(message: StoredMessage): number | undefined {
    this.heardAt = this.now();
    const refusal = this.rule.store(message);
    this.error = refusal?.body;
    if (refusal !== undefined) {
      this.refused.add(this);
      this.retry.after(RETRY_MS);
      return undefined;
    }
    const { lastSequence } = this.target.store.state;
    this.uncommittedBytes += message.body.length;
    this.uncommittedTo = lastSequence;
    this.noteLag();
    return lastSequence;
  }

  gone(): void {
    this.reader = undefined;
    this.connect();
  }

  failed(error: unknown): void {
    this.target.host.tools.failed(error);
  }

  private connect(): void {
    if (this.isStopped || this.reader !== undefined) return;
    const { host } = this.target;
    const { source, rule } = this;
    if (source.external !== undefined) {
      this.reader = new RemoteReader(host.account, host.tools, source, rule.filter, rule.kind, this);
      this.reader.start();
      return;
    }
    const origin = host.origin(this.source.name);
    this.error = origin === undefined ? new ApiError('STREAM_NOT_FOUND').body : undefined;
    if (origin === undefined) return;
    const reader = new StreamReader(origin, host.tools.turns, rule.filter, this);
    this.reader = reader;
    reader.start(rule.start(origin.identity));
  }

  private noteLag(): void {
    if (!this.hasCaughtUp)
      this.hasCaughtUp = this.reader !== undefined && this.reader.lag <= CAUGHT_UP_MESSAGES;
  }

  private get activeNs(): number {
    if (this.heardAt === undefined) return -1;
    const ms = this.now() - this.heardAt;
    return Math.round((this.reader instanceof StreamReader ? ms % HEARTBEAT_MS : ms) * NS_PER_MS);
  }

  private now(): number {
    return this.target.host.tools.clock.timers.now();
  }
}
