import type { MessageHeaders } from '../headers.js';
import type { Message } from '../message.js';
import type { StreamApi } from './api.js';

const NS_PER_MS = 1e6;

/** A message that a consumer delivers. It is delivered again unless it is acknowledged in time. */
export class Delivery {
  readonly subject: string;
  /** Its sequence in the stream. */
  readonly sequence: number;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
  /** How many messages for the consumer are after it. */
  readonly pending: number;
  /** When it was stored. */
  readonly time: Date;
  readonly payload: Buffer;
  readonly #message: Message;
  readonly #api: StreamApi;

  constructor(message: Message, api: StreamApi) {
    const [deliveries, sequence, , ns = '0', pending] = (message.reply ?? '').split('.').slice(-5);
    this.subject = message.subject;
    this.sequence = Number(sequence);
    this.deliveries = Number(deliveries);
    this.pending = Number(pending);
    this.time = new Date(Number(BigInt(ns) / BigInt(NS_PER_MS)));
    this.payload = message.payload;
    this.#message = message;
    this.#api = api;
  }

  /** Undefined: it came without. */
  get headers(): MessageHeaders | undefined {
    return this.#message.headers;
  }

  /** The payload as UTF-8. */
  text(): string {
    return this.#message.text();
  }

  /**
   * The payload as JSON.
   * @throws SyntaxError where it is none
   */
  json<T = unknown>(): T {
    return this.#message.json<T>();
  }

  /** It is dealt with. */
  ack(): Promise<void> {
    return this.#answer('+ACK');
  }

  /** Has it delivered again: at once, or after so many milliseconds. */
  nak(delayMs = 0): Promise<void> {
    return this.#answer(delayMs > 0 ? `-NAK {"delay":${Math.round(delayMs * NS_PER_MS)}}` : '-NAK');
  }

  /** Has it never delivered again. */
  terminate(reason = ''): Promise<void> {
    return this.#answer(reason === '' ? '+TERM' : `+TERM ${reason}`);
  }

  /** It needs more time: that until it is delivered again begins anew. */
  working(): Promise<void> {
    return this.#answer('+WPI');
  }

  #answer(text: string): Promise<void> {
    const { reply } = this.#message;
    return reply === undefined ? Promise.resolve() : this.#api.say(reply, text);
  }
}
