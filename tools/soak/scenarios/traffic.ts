/** One publisher and its receivers, counted by the second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningBroker } from '../broker.js';
import { Client, type ClientOptions, publishFrame } from '../client.js';
import { numbered, payloadOf } from '../message.js';

const TICK_MS = 10;
const BATCH_BYTES = 64 * 1024;

/** Where a broker is, and what is spoken there. */
export type BrokerAddress = Pick<RunningBroker, 'port' | 'linePort' | 'websocketPort' | 'protocol'>;

function portFor({ port, linePort, websocketPort }: BrokerAddress, options: ClientOptions): number {
  if (options.websocket !== undefined) return websocketPort;
  return options.protocol === 'line' ? linePort : port;
}

/** Receives one stream, which must be whole and in order. */
export class MessageConsumer {
  client!: Client;
  received = 0;
  last = 0;
  missing = 0;
  disordered = 0;
  corrupted = 0;
  /** The longest time between two messages since {@link watch}, in milliseconds. */
  longestGapMs = 0;
  private lastAt = 0;
  private allowance = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  static async open(
    broker: BrokerAddress,
    subject: string,
    options: ClientOptions = {},
  ): Promise<MessageConsumer> {
    const consumer = new MessageConsumer();
    consumer.client = await Client.open(portFor(broker, options), { protocol: broker.protocol, ...options });
    consumer.client.onMessage = (bytes, start, end) => consumer.take(bytes, start, end);
    await consumer.client.subscribe(subject);
    return consumer;
  }

  /** Begins to measure gaps anew. */
  watch(): void {
    this.longestGapMs = 0;
    this.lastAt = performance.now();
  }

  /** Reads so much and no more, until told otherwise. */
  limit(bytesPerSecond: number): void {
    this.allowance = 0;
    this.timer = setInterval(() => {
      this.allowance = Math.min(bytesPerSecond / 4, this.allowance + bytesPerSecond / 20);
      if (this.allowance > 0) this.client.resume();
    }, 50);
    void this.client.closed.then(() => clearInterval(this.timer));
  }

  unlimit(): void {
    clearInterval(this.timer);
    this.allowance = Number.POSITIVE_INFINITY;
    this.client.resume();
  }

  /** Whether everything up to `seq` came once and in order. */
  hasAll(seq: number): boolean {
    return this.last >= seq && this.missing + this.disordered + this.corrupted === 0;
  }

  private take(bytes: Buffer, start: number, end: number): void {
    const now = performance.now();
    if (this.lastAt > 0) this.longestGapMs = Math.max(this.longestGapMs, now - this.lastAt);
    this.lastAt = now;
    const message = numbered(bytes, start, end);
    this.received++;
    if (message === undefined) this.corrupted++;
    else if (message.seq <= this.last) this.disordered++;
    else {
      this.missing += message.seq - this.last - 1;
      this.last = message.seq;
    }
    this.allowance -= end - start;
    if (this.allowance < 0) this.client.pause();
  }
}

/** Publishes one stream, as fast as it may or at a pace. */
export class MessagePublisher {
  client!: Client;
  sent = 0;
  confirmed = 0;
  private running = true;
  private done: Promise<void> = Promise.resolve();

  /** `perSecond`: messages; undefined: as many as the broker takes. */
  static async open(
    broker: BrokerAddress,
    subject: string,
    bytes: number,
    perSecond: number | undefined,
    id = 1,
    options: ClientOptions = {},
  ): Promise<MessagePublisher> {
    const publisher = new MessagePublisher();
    publisher.client = await Client.open(portFor(broker, options), { protocol: broker.protocol, ...options });
    publisher.done = publisher.run(subject, bytes, perSecond, id);
    return publisher;
  }

  /** Stops, and resolves when all that was sent has been confirmed, or the connection is gone. */
  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    const { sent } = this;
    await this.client.ping().then(
      () => {
        this.confirmed = sent;
      },
      () => {},
    );
  }

  /** Asks for a confirmation of all that was sent up to now. */
  confirm(): void {
    const { sent } = this;
    this.client.ping().then(
      () => {
        this.confirmed = Math.max(this.confirmed, sent);
      },
      () => {},
    );
  }

  private async run(
    subject: string,
    bytes: number,
    perSecond: number | undefined,
    id: number,
  ): Promise<void> {
    const { client } = this;
    const batch = Math.max(1, Math.floor(BATCH_BYTES / bytes));
    let last = performance.now();
    let due = 0;
    while (this.running && client.ending === undefined) {
      if (perSecond === undefined) due = batch;
      else {
        const now = performance.now();
        due = Math.min(batch * 4, due + ((now - last) * perSecond) / 1_000);
        last = now;
      }
      const frames: Buffer[] = [];
      for (; due >= 1; due--)
        frames.push(publishFrame(client.protocol, subject, payloadOf(id, ++this.sent, bytes)));
      if (frames.length > 0) client.send(Buffer.concat(frames));
      await client.drained();
      if (perSecond === undefined) await new Promise((resolve) => setImmediate(resolve));
      else await sleep(TICK_MS);
    }
  }
}

/** Messages a second that the takers got each on average while `ms` passed. */
export async function rateOf(consumers: readonly MessageConsumer[], ms: number): Promise<number> {
  const before = consumers.map(({ received }) => received);
  const from = performance.now();
  await sleep(ms);
  const elapsed = (performance.now() - from) / 1_000;
  const sum = consumers.reduce((total, { received }, i) => total + received - before[i]!, 0);
  return sum / consumers.length / elapsed;
}
