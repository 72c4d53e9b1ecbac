import { SluiceError } from '../../domain/errors.js';
import type { Message, Payload } from '../message.js';
import { JetStreamError, type StreamApi } from './api.js';
import { deliveries } from './consume.js';
import type { ConsumerInfo, PublishAck, StreamOptions } from './shapes.js';

const NS_PER_MS = 1e6;
const DUPLICATE_WINDOW_MS = 120_000;
const WRONG_LAST_SEQUENCE = 10_071;
const NO_MESSAGE = 404;
const BUCKET = /^[A-Za-z0-9_-]+$/;
const KEY = /^[-/_=A-Za-z0-9]+(?:\.[-/_=A-Za-z0-9]+)*$/;

/** How a bucket is made. */
export interface BucketOptions {
  /** Values of a key that are kept, 1 to 64. Default 1. */
  readonly history?: number | undefined;
  /** When values expire, in milliseconds. Default: never. */
  readonly ttlMs?: number | undefined;
  /** How long a watcher can learn that a value has expired, in milliseconds, 1,000 and more. Default: values expire silently. */
  readonly markerTtlMs?: number | undefined;
  /** Default: any number. */
  readonly maxBytes?: number | undefined;
  readonly maxValueBytes?: number | undefined;
  readonly storage?: 'memory' | 'file' | undefined;
  readonly description?: string | undefined;
}

/** A value of a key, or what says that it has none any more. */
export interface Entry {
  readonly key: string;
  /** Rises with every change in the bucket. */
  readonly revision: number;
  /** `delete` and `purge`: it has no value any more, as of an expired one; a purge has removed the values before it. */
  readonly operation: 'put' | 'delete' | 'purge';
  readonly value: Buffer;
  readonly time: Date;
  /** How many entries come after it that were there when the watch began. */
  readonly pending: number;
}

/** What to watch. */
export interface WatchOptions {
  /** Key, in which `*` stands for a token and `>` for the rest. Default: all. */
  readonly key?: string | undefined;
  /** `last`: begins with the values there are; `history`: with all that are kept; `new`: with the next change. Default `last`. */
  readonly from?: 'last' | 'history' | 'new' | undefined;
  /** Leaves values out. Default false. */
  readonly keysOnly?: boolean | undefined;
  /** Aborting it ends the loop, which throws its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

const DELIVER = { last: 'last_per_subject', history: 'all', new: 'new' } as const;
/** When a consumer ends whose loop has ended without a word, in nanoseconds. */
const INACTIVE_NS = 300_000 * NS_PER_MS;

/** The stream of a bucket. */
export function streamOf(bucket: string): string {
  if (!BUCKET.test(bucket))
    throw new SluiceError(
      'CONFIG_INVALID',
      `bucket = ${JSON.stringify(bucket)}: letters, digits, _ and - only`,
    );
  return `KV_${bucket}`;
}

/** The stream that a bucket is, as all clients make it. */
export function bucketConfig(bucket: string, options: BucketOptions): StreamOptions {
  const { history = 1, ttlMs = 0, markerTtlMs = 0, maxBytes = -1, maxValueBytes = -1, storage } = options;
  const window = ttlMs > 0 ? Math.min(ttlMs, DUPLICATE_WINDOW_MS) : DUPLICATE_WINDOW_MS;
  return {
    name: streamOf(bucket),
    subjects: [`$KV.${bucket}.>`],
    max_msgs_per_subject: history,
    max_bytes: maxBytes,
    max_msg_size: maxValueBytes,
    max_age: ttlMs * NS_PER_MS,
    duplicate_window: window * NS_PER_MS,
    storage: storage ?? 'file',
    discard: 'new',
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: true,
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(markerTtlMs > 0 ? { allow_msg_ttl: true, subject_delete_marker_ttl: markerTtlMs * NS_PER_MS } : {}),
  };
}

/** A key-value bucket. Other clients use the same one as theirs. */
export class KeyValue {
  readonly bucket: string;
  readonly #api: StreamApi;
  readonly #stream: string;

  constructor(api: StreamApi, bucket: string) {
    this.bucket = bucket;
    this.#api = api;
    this.#stream = streamOf(bucket);
  }

  /** The value of a key, or one of its former ones; undefined: it has none. */
  async get(key: string, { revision }: { readonly revision?: number } = {}): Promise<Entry | undefined> {
    const entry = await this.#entry(key, revision);
    return entry?.operation === 'put' ? entry : undefined;
  }

  /** Sets a value; resolves to its revision. */
  put(key: string, value: Payload): Promise<number> {
    return this.#store(key, value, {});
  }

  /**
   * Sets a value where there is none. @param ttl when it expires: seconds, or a duration such as `1m30s`
   * @throws JetStreamError 10071 (as a rejection) where there is one
   */
  async create(key: string, value: Payload, ttl?: number | string): Promise<number> {
    const headers = ttl === undefined ? {} : { 'Nats-TTL': String(ttl) };
    try {
      return await this.#store(key, value, { ...headers, ...expected(0) });
    } catch (error) {
      if (!(error instanceof JetStreamError) || error.errorCode !== WRONG_LAST_SEQUENCE) throw error;
      const last = await this.#entry(key, undefined);
      if (last === undefined || last.operation === 'put') throw error;
      return this.#store(key, value, { ...headers, ...expected(last.revision) });
    }
  }

  /**
   * Sets a value where the last one has that revision.
   * @throws JetStreamError 10071 (as a rejection) where it has another
   */
  update(key: string, value: Payload, revision: number): Promise<number> {
    return this.#store(key, value, expected(revision));
  }

  /** Removes a value; those before it stay in the history. @param revision which the last one must have */
  async delete(key: string, revision?: number): Promise<void> {
    const expects = revision === undefined ? {} : expected(revision);
    await this.#store(key, '', { 'KV-Operation': 'DEL', ...expects });
  }

  /** Removes a value and its history. @param ttl when what says so expires itself */
  async purge(key: string, ttl?: number | string): Promise<void> {
    const expires = ttl === undefined ? {} : { 'Nats-TTL': String(ttl) };
    await this.#store(key, '', { 'KV-Operation': 'PURGE', 'Nats-Rollup': 'sub', ...expires });
  }

  /** The keys that have a value. @param key pattern; default: all */
  async *keys(key = '>'): AsyncGenerator<string, void, undefined> {
    for await (const entry of this.#watch({ key, keysOnly: true }, true))
      if (entry.operation === 'put') yield entry.key;
  }

  /**
   * Entries as they are, then as they change, until the loop is left. It waits for the loop: nothing is lost.
   *
   *     for await (const { key, value } of bucket.watch({ key: 'prices.*' })) …
   */
  watch(options: WatchOptions = {}): AsyncIterable<Entry> {
    return this.#watch(options, false);
  }

  /** @param once whether it ends with the entries that are there */
  async *#watch(options: WatchOptions, once: boolean): AsyncGenerator<Entry, void, undefined> {
    const { key = '>', from = 'last', keysOnly = false, signal } = options;
    const { name, num_pending } = await this.#api.ask<ConsumerInfo>(`CONSUMER.CREATE.${this.#stream}`, {
      stream_name: this.#stream,
      config: {
        deliver_policy: DELIVER[from],
        filter_subject: this.#subject(key),
        ...{ ack_policy: 'none', mem_storage: true, headers_only: keysOnly, inactive_threshold: INACTIVE_NS },
      },
    });
    try {
      if (once && num_pending === 0) return;
      for await (const message of deliveries(this.#api, this.#stream, name, { signal })) {
        const { sequence, subject, pending, time, payload, headers } = message;
        const operation = operationOf(headers);
        yield { key: this.#keyOf(subject), revision: sequence, operation, value: payload, time, pending };
        if (once && pending === 0) return;
      }
    } finally {
      await this.#api.ask(`CONSUMER.DELETE.${this.#stream}.${name}`).catch(() => {});
    }
  }

  async #store(key: string, value: Payload, headers: Readonly<Record<string, string>>): Promise<number> {
    if (!KEY.test(key)) throw new SluiceError('INVALID_PUBLISH_SUBJECT', `${JSON.stringify(key)}: not a key`);
    return (await this.#api.json<PublishAck>(this.#subject(key), value, { headers })).seq;
  }

  async #entry(key: string, revision: number | undefined): Promise<Entry | undefined> {
    const { account, broker } = this.#api;
    const query = revision === undefined ? { last_by_subj: this.#subject(key) } : { seq: revision };
    const subject = `$JS.API.DIRECT.GET.${this.#stream}`;
    const message: Message = await broker.request(subject, JSON.stringify(query), { account });
    const { headers, payload } = message;
    if (headers?.status === NO_MESSAGE) return undefined;
    if (headers?.status !== undefined) throw new JetStreamError(headers.description, headers.status, 0);
    const found = this.#keyOf(headers?.get('Nats-Subject') ?? '');
    if (found !== key) return undefined;
    return {
      ...{ key, operation: operationOf(headers), value: payload, pending: 0 },
      revision: Number(headers?.get('Nats-Sequence')),
      time: new Date(headers?.get('Nats-Time-Stamp') ?? 0),
    };
  }

  #subject(key: string): string {
    return `$KV.${this.bucket}.${key}`;
  }

  #keyOf(subject: string): string {
    return subject.slice(this.#subject('').length);
  }
}

function expected(revision: number): Readonly<Record<string, string>> {
  return { 'Nats-Expected-Last-Subject-Sequence': String(revision) };
}

function operationOf(headers: Message['headers']): Entry['operation'] {
  const operation = headers?.get('KV-Operation');
  if (operation === 'DEL') return 'delete';
  if (operation === 'PURGE') return 'purge';
  const reason = headers?.get('Nats-Marker-Reason');
  if (reason === undefined || reason === '') return 'put';
  return reason === 'Remove' ? 'delete' : 'purge';
}
