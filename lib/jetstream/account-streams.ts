import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../routing/account.js';
import type { AccountLimits } from './account-limits.js';
import { ApiError, invalidConfig } from './api/errors.js';
import type { Consumer } from './consumer/consumer.js';
import { findConsumer } from './consumer/make-consumer.js';
import { checkChangedLimits, checkCycles } from './consumer/stream-update.js';
import { timeText } from './instant.js';
import { checkReservation, mostOf, type ServerUsage, type StorageKind, Usage } from './limits.js';
import { type ConfigRules, checkConfig } from './settings/check-config.js';
import { checkUpdate } from './settings/check-update.js';
import { subjectsOverlap } from './settings/names.js';
import type { GivenConfig } from './settings/read-config.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { Storage } from './store/storage.js';
import { Stream } from './stream.js';
import type { JetStreamTools, StreamHost } from './stream-host.js';

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
  limits: AccountLimits | undefined;
  /** By name. */
  readonly streams = new Map<string, Stream>();
  readonly kept = new Usage();
  readonly reserved = new Usage();
  /** Requests to its API, and those that failed. */
  readonly api = { total: 0, errors: 0 };
  private readonly environment: StreamEnvironment;

  constructor(account: Account, environment: StreamEnvironment, limits: AccountLimits | undefined) {
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
    return [...this.streams.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
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

  /** Streams that take a subject which `pattern` stands for as well, in the order of their names; undefined: all. */
  taking(pattern: string | undefined): readonly Stream[] {
    if (pattern === undefined || pattern === '') return this.sorted;
    return this.sorted.filter(({ subjects }) => subjects.some((each) => subjectsOverlap(each, pattern)));
  }

  /**
   * Makes a stream, or finds the one that is the same already.
   * @throws ApiError
   */
  async create(given: GivenConfig): Promise<{ readonly stream: Stream; readonly isNew: boolean }> {
    const { environment, limits } = this;
    const { tools, storages, server, rules } = environment;
    const config = checkConfig(given, rules, this.known);
    if (config.sealed) throw invalidConfig('stream configuration for create can not be sealed');
    if (config.mirror_direct && config.mirror === undefined)
      throw invalidConfig('stream has no mirror but does have mirror direct');
    refuseUnsupported(config);
    const known = this.streams.get(config.name);
    if (known !== undefined) {
      if (!isDeepStrictEqual(known.config, config)) throw new ApiError('STREAM_NAME_EXIST');
      return { stream: known, isNew: false };
    }
    if (limits === undefined) throw new ApiError('NOT_ENABLED_FOR_ACCOUNT');
    if (limits.maxStreams > 0 && this.streams.size >= limits.maxStreams)
      throw new ApiError('MAXIMUM_STREAMS_LIMIT');
    checkReservation(config, limits, server, this.reserved, 0);
    this.refuseOverlap(config);
    const created = tools.clock.now();
    const meta = { config, created: timeText(created) };
    const first = config.first_seq ?? 1;
    const storage = await storages[config.storage].createStream(this.account.name, config.name, meta, first);
    const stream = new Stream(this, config, created, storage);
    this.add(stream);
    tools.advisories.stream(this.account, config.name, 'create');
    return { stream, isNew: true };
  }

  /** @throws ApiError */
  async update(name: string, given: GivenConfig): Promise<Stream> {
    const { tools, server, rules } = this.environment;
    const checked = checkConfig(given, rules, this.known);
    refuseUnsupported(checked);
    const stream = this.find(name);
    const config = checkUpdate(stream.config, checked);
    checkCycles(stream.consumers.values(), config.subjects);
    checkChangedLimits(stream.consumers.values(), stream.config.consumer_limits, config.consumer_limits);
    const before = Math.max(0, stream.config.max_bytes);
    if (this.limits !== undefined) checkReservation(config, this.limits, server, this.reserved, before);
    this.refuseOverlap(config);
    await stream.storage.save({ ...stream.meta, config });
    this.reserve(config.storage, Math.max(0, config.max_bytes) - before);
    stream.update(config);
    tools.advisories.stream(this.account, name, 'modify');
    return stream;
  }

  /** @throws ApiError STREAM_NOT_FOUND */
  async delete(name: string): Promise<void> {
    const stream = this.find(name);
    this.streams.delete(name);
    if (this.streams.size === 0) this.account.keepers.delete(this);
    this.reserve(stream.config.storage, -Math.max(0, stream.config.max_bytes));
    await stream.stop(true);
    this.tools.advisories.stream(this.account, name, 'delete');
  }

  /** Takes a stream in: one that was made, or kept. */
  add(stream: Stream): void {
    const { name, config } = stream;
    this.streams.set(name, stream);
    this.account.keepers.add(this);
    this.reserve(config.storage, Math.max(0, config.max_bytes));
    stream.start();
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

  private refuseOverlap({ name, subjects }: StreamConfig): void {
    for (const other of this.streams.values())
      if (
        other.name !== name &&
        other.subjects.some((each) => subjects.some((own) => subjectsOverlap(own, each)))
      )
        throw new ApiError('STREAM_SUBJECT_OVERLAP');
  }
}

/** Says so where a stream is to do what this server cannot do yet. */
function refuseUnsupported({ mirror, sources }: StreamConfig): void {
  const all = mirror === undefined ? (sources ?? []) : [mirror];
  if (all.some(({ external }) => external !== undefined))
    throw invalidConfig('mirrors and sources of other accounts are not supported');
}
