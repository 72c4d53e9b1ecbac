import type { Publisher } from '../../clients/subscription.js';
import type { Steps } from '../../domain/steps.js';
import type { AccountStreams } from '../account-streams.js';
import { Fields, type JsonObject, parseBody, parseLongBody } from './json.js';

/** Bodies up to which JSON is read at once, in bytes. */
const SHORT_BODY = 4_096;
/** Longest body that says nothing, in bytes. */
const LONGEST_EMPTY = 4_096;

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
  /** What is in its body, where that was read before; an error: it cannot be read. */
  private parsed: JsonObject | Error | undefined = undefined;

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

  /** Bytes that it keeps while it waits. */
  get bytes(): number {
    return this.subject.length + (this.reply?.length ?? 0) + (this.headers?.length ?? 0) + this.body.length;
  }

  /** Parameter number `index`; empty: there is none. */
  parameter(index: number): string {
    return this.parameters[index] ?? '';
  }

  /** Whether it says nothing: an empty body, or one of an empty object. */
  get isEmpty(): boolean {
    if (this.body.length > LONGEST_EMPTY) return false;
    const text = this.body.toString('utf8').trim();
    return text === '' || text === '{}' || /^\{\s*\}$/.test(text);
  }

  /**
   * What it says in JSON.
   * @throws ApiError INVALID_JSON
   */
  fields(): Fields {
    if (this.parsed instanceof Error) throw this.parsed;
    return new Fields(this.parsed ?? parseBody(this.body));
  }

  /** Reads its JSON, so that `fields` need not. Where it is long that takes many steps. */
  *read(): Steps<void> {
    if (this.body.length <= SHORT_BODY) return;
    try {
      this.parsed = yield* parseLongBody(this.body);
    } catch (error) {
      // Whatever does not look into the body has nothing against it.
      this.parsed = error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** What an answer says beside its type; undefined: there is none. */
export type Answer = object | undefined;

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
   * Carries a request out: what may take long in steps.
   * @throws ApiError (as a rejection as well)
   */
  handle(request: ApiRequest): Answer | Steps<Answer> | Promise<Answer>;
}

/** Requests that are answered with messages, not with JSON, and not in turn with others. */
export interface MessageRoute {
  readonly name: string;
  readonly tokens: readonly [least: number, most: number];
  /** Whether something takes it. Where nothing does its publisher is told that there are no responders. */
  isTaken(request: ApiRequest): boolean;
  /** Carries it out as it is taken. Returns what there is to do in turns; undefined: nothing. */
  take(request: ApiRequest): (() => Steps<undefined>) | undefined;
  /** What it is told where too many wait. */
  refuse(request: ApiRequest): void;
}
