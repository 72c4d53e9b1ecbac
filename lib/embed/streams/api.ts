import type { HeadersInput } from '../headers.js';
import type { Message, Payload } from '../message.js';
import type { PublishOptions, RequestOptions, SubscribeOptions } from '../options.js';
import type { Subscription } from '../subscription.js';

/** What JetStream refuses a request, or a message, with: nats-server's numbers and texts. */
export class JetStreamError extends Error {
  /** As of HTTP, such as 404. */
  readonly code: number;
  /** Such as 10059, of a stream that is not there. */
  readonly errorCode: number;

  constructor(description: string, code: number, errorCode: number) {
    super(description);
    this.name = 'JetStreamError';
    this.code = code;
    this.errorCode = errorCode;
  }
}

/** The broker whose streams are used: requests and messages go to it as those of any client. */
export interface StreamBroker {
  publish(subject: string, payload?: Payload, options?: PublishOptions): Promise<void>;
  request(subject: string, payload?: Payload, options?: RequestOptions): Promise<Message>;
  subscribe(subject: string, options?: SubscribeOptions): Subscription;
}

interface Refusal {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

/** The API of JetStream in one account. */
export class StreamApi {
  readonly broker: StreamBroker;
  /** Undefined: the default one. */
  readonly account: string | undefined;

  constructor(broker: StreamBroker, account: string | undefined) {
    this.broker = broker;
    this.account = account;
  }

  /**
   * Asks the API.
   * @throws JetStreamError (as a rejection) where it refuses; SluiceError as `Broker.request`
   */
  ask<T>(subject: string, body?: object): Promise<T> {
    return this.json<T>(`$JS.API.${subject}`, body === undefined ? '' : JSON.stringify(body));
  }

  /** Sends a request that is answered in JSON. */
  async json<T>(
    subject: string,
    payload: Payload,
    options: { readonly headers?: HeadersInput; readonly timeoutMs?: number | undefined } = {},
  ): Promise<T> {
    const answer = await this.broker.request(subject, payload, { ...options, account: this.account });
    const body = answer.json<T & { readonly error?: Refusal }>();
    if (body.error === undefined) return body;
    const { description, code, err_code } = body.error;
    throw new JetStreamError(description, code, err_code);
  }

  /** Publishes without an answer. */
  say(subject: string, payload: Payload, reply?: string): Promise<void> {
    return this.broker.publish(subject, payload, { account: this.account, reply });
  }
}
