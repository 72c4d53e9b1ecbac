import type { CommandBatch } from '../frame/command.js';
import { anything, checkOptions } from './check.js';
import { type HeadersInput, MessageHeaders } from './headers.js';

/** What may be published: bytes, text (as UTF-8), or nothing. */
export type Payload = Uint8Array | string | undefined;

/** What sends an answer. */
export type Respond = (
  reply: string,
  payload: Payload,
  options: { readonly headers?: HeadersInput | undefined },
) => Promise<void>;

/** How to answer. */
export interface RespondOptions {
  /** Default: none. */
  readonly headers?: HeadersInput | undefined;
}

const NO_OPTIONS: RespondOptions = {};
const RESPOND = { headers: anything };

/** A message as a subscriber in this process gets it. It owns its bytes. */
export class Message {
  readonly subject: string;
  /** Where an answer goes; undefined: none is asked for. */
  readonly reply: string | undefined;
  /** Without the headers. */
  readonly payload: Buffer;
  readonly #block: Buffer | undefined;
  readonly #respond: Respond | undefined;
  #headers: MessageHeaders | undefined;

  /** @param respond how it is answered */
  constructor(batch: CommandBatch, row: number, respond: Respond | undefined) {
    this.subject = batch.subject(row);
    this.reply = batch.reply(row);
    const headers = batch.headers(row);
    const payload = batch.payload(row);
    // One copy; what came in pieces has been put together, which is a copy already.
    if (headers === undefined) this.payload = batch.pieces === undefined ? Buffer.from(payload) : payload;
    else {
      this.#block = Buffer.from(headers);
      this.payload = Buffer.from(payload);
    }
    this.#respond = respond;
  }

  /** What it counts while it waits, in bytes; an outbox adds what an object costs. */
  static bytesOf(message: Message): number {
    return message.subject.length + message.payload.length + (message.#block?.length ?? 0) + 1;
  }

  /** Undefined: it came without. */
  get headers(): MessageHeaders | undefined {
    if (this.#block !== undefined) this.#headers ??= MessageHeaders.parse(this.#block);
    return this.#headers;
  }

  /** The payload as UTF-8. */
  text(): string {
    return this.payload.toString('utf8');
  }

  /**
   * The payload as JSON.
   * @throws SyntaxError where it is none
   */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /**
   * Answers it. Resolves like `publish`, or at once to false where no answer is asked for.
   * @throws SluiceError (as a rejection) as `publish`
   */
  async respond(payload?: Payload, options: RespondOptions = NO_OPTIONS): Promise<boolean> {
    if (options !== NO_OPTIONS) checkOptions(options, RESPOND);
    if (this.reply === undefined || this.#respond === undefined) return false;
    await this.#respond(this.reply, payload, options);
    return true;
  }
}
