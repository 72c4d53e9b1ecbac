import type { HeadersInput } from '../headers.js';
import type { Payload } from '../message.js';
import { StreamApi, type StreamBroker } from './api.js';
import { type ConsumeOptions, deliveries } from './consume.js';
import type { Delivery } from './delivery.js';
import { type BucketOptions, bucketConfig, KeyValue, streamOf } from './key-value.js';
import type { ConsumerInfo, ConsumerOptions, PublishAck, StreamInfo, StreamOptions } from './shapes.js';

/** How to publish into a stream. */
export interface StreamPublishOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Id: within the window of the stream a message is stored once. */
  readonly id?: string | undefined;
  /** What the stream must be like, or the message is refused: its last sequence, or that of the subject; 0: there is none. */
  readonly expect?: { readonly lastSequence?: number; readonly lastSubjectSequence?: number } | undefined;
  /** When it expires: seconds, a duration such as `1m30s`, or `never`. */
  readonly ttl?: number | string | undefined;
  /** How long to wait for the acknowledgement, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** Which messages of a stream are to go. Default: all. */
export interface PurgeOptions {
  /** Those on subjects that match. */
  readonly subject?: string;
  /** Those before that sequence. */
  readonly sequence?: number;
  /** All but so many of the newest. */
  readonly keep?: number;
}

/**
 * Streams, consumers and key-value buckets, for the program that the broker is in. All methods reject with JetStreamError where
 * JetStream refuses, and with SluiceError NO_RESPONDERS where it is not enabled.
 */
export class JetStream {
  readonly #api: StreamApi;

  /** For `Broker`. @param account undefined: the default one */
  constructor(broker: StreamBroker, account?: string) {
    this.#api = new StreamApi(broker, account);
  }

  /** The same in another account. */
  in(account: string): JetStream {
    return new JetStream(this.#api.broker, account);
  }

  /** Makes a stream, or finds the one that is the same already. */
  createStream(options: StreamOptions): Promise<StreamInfo> {
    return this.#api.ask(`STREAM.CREATE.${options.name}`, options);
  }

  /** Changes a stream: what is absent gets its default. */
  updateStream(options: StreamOptions): Promise<StreamInfo> {
    return this.#api.ask(`STREAM.UPDATE.${options.name}`, options);
  }

  streamInfo(stream: string): Promise<StreamInfo> {
    return this.#api.ask(`STREAM.INFO.${stream}`);
  }

  /** Names of all streams, sorted. */
  streams(): Promise<readonly string[]> {
    return this.#names('STREAM.NAMES', 'streams');
  }

  async deleteStream(stream: string): Promise<void> {
    await this.#api.ask(`STREAM.DELETE.${stream}`);
  }

  /** Removes messages; resolves to how many. */
  async purgeStream(stream: string, { subject, sequence, keep }: PurgeOptions = {}): Promise<number> {
    const request = { filter: subject, seq: sequence, keep };
    return (await this.#api.ask<{ readonly purged: number }>(`STREAM.PURGE.${stream}`, request)).purged;
  }

  /** Publishes, and resolves once the message is stored. */
  publish(subject: string, payload?: Payload, options: StreamPublishOptions = {}): Promise<PublishAck> {
    const { timeoutMs } = options;
    return this.#api.json(subject, payload, { headers: headersOf(options), timeoutMs });
  }

  /** Makes a consumer, or changes the one of that name. */
  createConsumer(stream: string, options: ConsumerOptions = {}): Promise<ConsumerInfo> {
    const name = options.name ?? options.durable_name;
    const config = { ack_policy: 'explicit', ...options };
    const subject = name === undefined ? stream : `${stream}.${name}`;
    return this.#api.ask(`CONSUMER.CREATE.${subject}`, { stream_name: stream, config });
  }

  consumerInfo(stream: string, consumer: string): Promise<ConsumerInfo> {
    return this.#api.ask(`CONSUMER.INFO.${stream}.${consumer}`);
  }

  /** Names of the consumers of a stream, sorted. */
  consumers(stream: string): Promise<readonly string[]> {
    return this.#names(`CONSUMER.NAMES.${stream}`, 'consumers');
  }

  async deleteConsumer(stream: string, consumer: string): Promise<void> {
    await this.#api.ask(`CONSUMER.DELETE.${stream}.${consumer}`);
  }

  /**
   * The messages of a consumer, until the loop is left. It throws JetStreamError where the consumer is deleted.
   *
   *     for await (const job of broker.jetstream.consume('JOBS', 'worker')) …
   */
  consume(stream: string, consumer: string, options: ConsumeOptions = {}): AsyncIterable<Delivery> {
    return deliveries(this.#api, stream, consumer, options);
  }

  /** Makes a key-value bucket, or opens the one that is the same already. */
  async createKeyValue(bucket: string, options: BucketOptions = {}): Promise<KeyValue> {
    await this.createStream(bucketConfig(bucket, options));
    return new KeyValue(this.#api, bucket);
  }

  /** A key-value bucket, which need not be there yet. */
  keyValue(bucket: string): KeyValue {
    return new KeyValue(this.#api, bucket);
  }

  deleteKeyValue(bucket: string): Promise<void> {
    return this.deleteStream(streamOf(bucket));
  }

  async #names<Name extends string>(subject: string, list: Name): Promise<readonly string[]> {
    const all: string[] = [];
    for (;;) {
      const page = await this.#api.ask<
        { readonly total: number } & { readonly [K in Name]: readonly string[] | null }
      >(subject, { offset: all.length });
      const names = page[list] ?? [];
      all.push(...names);
      if (names.length === 0 || all.length >= page.total) return all;
    }
  }
}

function headersOf({ headers = {}, id, expect = {}, ttl }: StreamPublishOptions): HeadersInput {
  const { lastSequence, lastSubjectSequence } = expect;
  const own = {
    'Nats-Msg-Id': id,
    'Nats-Expected-Last-Sequence': lastSequence,
    'Nats-Expected-Last-Subject-Sequence': lastSubjectSequence,
    'Nats-TTL': ttl,
  };
  const given = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return [...Object.entries(headers), ...given];
}
