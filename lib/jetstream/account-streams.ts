import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';
import type { Steps } from '../domain/steps.js';
import type { Account } from '../routing/account.js';
import { ApiError, invalidConfig } from './api/errors.js';
import type { Consumer } from './consumer/consumer.js';
import { findConsumer } from './consumer/make-consumer.js';
import { checkChangedLimits, checkCycles } from './consumer/stream-update.js';
import { timeText } from './instant.js';
import { checkReservation, mostOf, type ServerUsage, type StorageKind, Usage } from './limits.js';
import { NamedMap } from './named-map.js';
import { PatternTrie } from './pattern-trie.js';
import { type ConfigRules, checkConfig } from './settings/check-config.js';
import { checkUpdate } from './settings/check-update.js';
import { overlapBudget, refusing } from './settings/names.js';
import type { GivenConfig } from './settings/read-config.js';
import { isSame } from './settings/same.js';
import type { StreamConfig } from './settings/stream-config.js';
import { sorted } from './sorted.js';
import type { Storage } from './store/storage.js';
import { Stream } from './stream.js';
import type { JetStreamTools, StreamHost } from './stream-host.js';

/** Subjects looked at between two steps. */
const STEP_SUBJECTS = 64;

/** Where streams are kept, by what their configurations name. */
export type Storages = Readonly<Record<StorageKind, Storage>>;

/** What the streams of all accounts share. */
export interface StreamEnvironment {
  readonly tools: JetStreamTools;
  readonly storages: Storages;
  readonly server: ServerUsage;
  readonly rules: ConfigRules;
}

/** The streams of one account. */
export class AccountStreams implements StreamHost {
  account: Account;
  readonly tools: JetStreamTools;
  /** Undefined: JetStream is not enabled for the account. */
  limits: JetStreamAccountLimits | undefined;
  /** By name. */
  readonly streams = new NamedMap<Stream>();
  readonly kept = new Usage();
  readonly reserved = new Usage();
  /** Requests to its API, and those that failed. */
  readonly api = { total: 0, errors: 0 };
  private readonly environment: StreamEnvironment;
  /** Subjects of its streams, each with the name of its stream. */
  private readonly taken = new PatternTrie<string>();

  constructor(account: Account, environment: StreamEnvironment, limits: JetStreamAccountLimits | undefined) {
    this.account = account;
    this.environment = environment;
    this.tools = environment.tools;
    this.limits = limits;
  }

  private readonly known = (name: string): StreamConfig | undefined => this.streams.get(name)?.config;

  get rules(): ConfigRules {
    return this.environment.rules;
  }

  /** A consumer by the names of its stream and its own. */
  readonly consumer = (stream: string, name: string): Consumer | undefined => {
    const known = this.streams.get(stream);
    return known && findConsumer(known, name);
  };

  /** Streams in the order of their names. */
  get sorted(): readonly Stream[] {
    return this.streams.names.map((name) => this.find(name));
  }

  /** Consumers of all streams. */
  get consumers(): number {
    let count = 0;
    for (const stream of this.streams.values()) count += stream.consumers.listed;
    return count;
  }

  /** @throws ApiError STREAM_NOT_FOUND */
  find(name: string): Stream {
    const stream = this.streams.get(name);
    if (stream === undefined) throw new ApiError('STREAM_NOT_FOUND');
    return stream;
  }

  /** Names of streams that take a subject which `pattern` stands for as well, in their order; empty: all. */
  *taking(pattern: string): Steps<readonly string[]> {
    if (pattern === '') return this.streams.names;
    return yield* sorted([...(yield* this.taken.allOverlapping(pattern))]);
  }

  /**
   * Makes a stream, or finds the one that is the same already.
   * @throws ApiError
   */
  async create(given: GivenConfig): Promise<{ readonly stream: Stream; readonly isNew: boolean }> {
    const { tools, storages } = this.environment;
    const { turns } = tools;
    const checked = await turns.run(this.checkNew(given));
    if (checked instanceof Stream) return { stream: checked, isNew: false };
    const config = checked;
    const created = tools.clock.now();
    const meta = { config, created: timeText(created) };
    const first = config.first_seq ?? 1;
    const storage = await storages[config.storage].createStream(this.account.name, config.name, meta, first);
    const stream = new Stream(this, config, created, storage);
    await turns.run(this.add(stream));
    tools.advisories.stream(this.account, config.name, 'create');
    return { stream, isNew: true };
  }

  /** @throws ApiError */
  async update(name: string, given: GivenConfig): Promise<Stream> {
    const { tools } = this.environment;
    const { turns } = tools;
    const { stream, config } = await turns.run(this.checkChange(name, given));
    await stream.storage.save({ ...stream.meta, config });
    this.reserve(config.storage, Math.max(0, config.max_bytes) - Math.max(0, stream.config.max_bytes));
    await turns.run(this.change(stream, config));
    tools.advisories.stream(this.account, name, 'modify');
    return stream;
  }

  /** @throws ApiError STREAM_NOT_FOUND */
  async delete(name: string): Promise<void> {
    const stream = this.find(name);
    this.streams.delete(name);
    if (this.streams.size === 0) this.account.keepers.delete(this);
    this.reserve(stream.config.storage, -Math.max(0, stream.config.max_bytes));
    await this.tools.turns.run(this.forget(stream));
    await stream.stop(true);
    this.tools.advisories.stream(this.account, name, 'delete');
  }

  /** Takes a stream in: one that was made, or kept. */
  *add(stream: Stream): Steps<void> {
    const { name, config } = stream;
    this.streams.set(name, stream);
    this.account.keepers.add(this);
    this.reserve(config.storage, Math.max(0, config.max_bytes));
    yield* this.learn(stream);
    yield* stream.start();
    for (const { copies } of this.streams.values()) copies.streamAdded(name);
  }

  origin(name: string): Stream | undefined {
    return this.streams.get(name);
  }

  /** The stream that answers direct gets for a name: the one of that name, or a mirror of it. */
  directFor(name: string): Stream | undefined {
    const stream = this.streams.get(name);
    if (stream?.config.allow_direct === true) return stream;
    for (const other of this.streams.values()) if (other.copies.canAnswerFor(name)) return other;
    return undefined;
  }

  refuses(storage: StorageKind, bytes: number): ApiError | undefined {
    const { server } = this.environment;
    const ofServer = mostOf(server, storage);
    if (ofServer >= 0 && server.used[storage] + bytes > ofServer)
      return new ApiError('INSUFFICIENT_RESOURCES');
    const ofAccount = this.limits === undefined ? -1 : mostOf(this.limits, storage);
    if (ofAccount >= 0 && this.kept[storage] + bytes > ofAccount)
      return new ApiError('ACCOUNT_RESOURCES_EXCEEDED');
    return undefined;
  }

  used(storage: StorageKind, bytes: number): void {
    this.kept.add(storage, bytes);
    this.environment.server.used.add(storage, bytes);
  }

  /** Ends all streams; what they keep stays. */
  async stop(): Promise<void> {
    await Promise.all([...this.streams.values()].map((stream) => stream.stop(false)));
    this.streams.clear();
  }

  private reserve(storage: StorageKind, bytes: number): void {
    this.reserved.add(storage, bytes);
    this.environment.server.reserved.add(storage, bytes);
  }

  /** The configuration of a stream that may be made, or the stream that is the same already. */
  private *checkNew(given: GivenConfig): Steps<StreamConfig | Stream> {
    const { environment, limits } = this;
    const { server, rules } = environment;
    const config = yield* checkConfig(given, rules, this.known);
    if (config.sealed) throw invalidConfig('stream configuration for create can not be sealed');
    if (config.mirror_direct && config.mirror === undefined)
      throw invalidConfig('stream has no mirror but does have mirror direct');
    const known = this.streams.get(config.name);
    if (known !== undefined) {
      if (!isSame(known.config, config)) throw new ApiError('STREAM_NAME_EXIST');
      return known;
    }
    if (limits === undefined) throw new ApiError('NOT_ENABLED_FOR_ACCOUNT');
    if (limits.maxStreams > 0 && this.streams.size >= limits.maxStreams)
      throw new ApiError('MAXIMUM_STREAMS_LIMIT');
    checkReservation(config, limits, server, this.reserved, 0);
    yield* this.refuseOverlap(config);
    return config;
  }

  /** What a stream may become. */
  private *checkChange(
    name: string,
    given: GivenConfig,
  ): Steps<{ readonly stream: Stream; readonly config: StreamConfig }> {
    const { server, rules } = this.environment;
    const checked = yield* checkConfig(given, rules, this.known);
    const stream = this.find(name);
    const config = checkUpdate(stream.config, checked);
    yield* checkCycles(stream.consumers.values(), config.subjects);
    checkChangedLimits(stream.consumers.values(), stream.config.consumer_limits, config.consumer_limits);
    const before = Math.max(0, stream.config.max_bytes);
    if (this.limits !== undefined) checkReservation(config, this.limits, server, this.reserved, before);
    yield* this.refuseOverlap(config);
    return { stream, config };
  }

  private *change(stream: Stream, config: StreamConfig): Steps<void> {
    yield* this.forget(stream);
    yield* stream.update(config);
    yield* this.learn(stream);
  }

  private *refuseOverlap({ name, subjects }: StreamConfig): Steps<void> {
    const budget = overlapBudget();
    for (const subject of subjects)
      if ((yield* refusing(this.taken.overlapping(subject, name, budget))) !== undefined)
        throw new ApiError('STREAM_SUBJECT_OVERLAP');
  }

  private *learn({ name, subjects }: Stream): Steps<void> {
    for (const [index, subject] of subjects.entries()) {
      this.taken.add(subject, name);
      if (index % STEP_SUBJECTS === STEP_SUBJECTS - 1) yield;
    }
  }

  private *forget({ name, subjects }: Stream): Steps<void> {
    for (const [index, subject] of subjects.entries()) {
      this.taken.remove(subject, name);
      if (index % STEP_SUBJECTS === STEP_SUBJECTS - 1) yield;
    }
  }
}
