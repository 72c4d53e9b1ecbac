import type { Publisher } from '../../clients/subscription.js';
import type { AccountStreams } from '../account-streams.js';
import { Fields, parseBody } from './json.js';

/** One request to the API of an account. Its bytes are its own. */
export class ApiRequest {
  /** The streams it is about. */
  readonly streams: AccountStreams;
  readonly publisher: Publisher;
  readonly subject: string;
  /** What follows the name of the route in the subject. */
  readonly parameters: readonly string[];
  /** Where it asks for its answer; undefined: it asks for none. */
  readonly reply: string | undefined;
  readonly headers: Buffer | undefined;
  readonly body: Buffer;

  constructor(
    streams: AccountStreams,
    publisher: Publisher,
    subject: string,
    parameters: readonly string[],
    message: {
      readonly reply: string | undefined;
      readonly headers: Buffer | undefined;
      readonly body: Buffer;
    },
  ) {
    this.streams = streams;
    this.publisher = publisher;
    this.subject = subject;
    this.parameters = parameters;
    this.reply = message.reply;
    this.headers = message.headers;
    this.body = message.body;
  }

  /** Parameter number `index`; empty: there is none. */
  parameter(index: number): string {
    return this.parameters[index] ?? '';
  }

  /** Whether it says nothing: an empty body, or one of an empty object. */
  get isEmpty(): boolean {
    const text = this.body.toString('utf8').trim();
    return text === '' || text === '{}' || /^\{\s*\}$/.test(text);
  }

  /**
   * What it says in JSON.
   * @throws ApiError INVALID_JSON
   */
  fields(): Fields {
    return new Fields(parseBody(this.body));
  }
}

/** What is done for the requests on one kind of subject. */
export interface Route {
  /** Beginning of its subjects after `$JS.API.`, in whole tokens. */
  readonly name: string;
  /** How many tokens follow: the least and the most. Requests with others get no answer. */
  readonly tokens: readonly [least: number, most: number];
  /** Type of the answer: what stands between `io.nats.jetstream.api.v1.` and `_response`. */
  readonly type: string;
  /** What answers about an error have beside it. */
  readonly blank?: object;
  /** Whether an advisory is published about errors only. */
  readonly isUnaudited?: boolean;
  /**
   * Carries a request out.
   * @returns what the answer says beside its type; undefined: there is none
   * @throws ApiError (as a rejection as well)
   */
  handle(request: ApiRequest): object | undefined | Promise<object | undefined>;
}

/** Requests that are answered with messages, not with JSON: as they are taken, and not in turn with others. */
export interface MessageRoute {
  readonly name: string;
  readonly tokens: readonly [least: number, most: number];
  /** Whether something takes it. Where nothing does its publisher is told that there are no responders. */
  take(request: ApiRequest): boolean;
}
