import type { Publisher, Sink } from '../../clients/subscription.js';
import { MAX_JETSTREAM_REQUESTS, MAX_JETSTREAM_WAITING_BYTES } from '../../domain/jetstream-limits.js';
import { finish, type Steps } from '../../domain/steps.js';
import type { CommandBatch } from '../../frame/command.js';
import type { Account } from '../../routing/account.js';
import type { AccountStreams } from '../account-streams.js';
import { isLevelTooLow } from '../api-level.js';
import { answerText } from './answer-text.js';
import { ApiError } from './errors.js';
import { Lane, type Rest } from './lane.js';
import { requesterOf } from './requester.js';
import { type Answer, ApiRequest, type MessageRoute, type Route } from './route.js';

/** What all subjects of the API begin with. */
export const API_PREFIX = '$JS.API.';
const TYPE_PREFIX = 'io.nats.jetstream.api.v1.';
const UNITS = 300;

/** The routes by their names, which have one to three tokens. */
export class RouteTable {
  private readonly routes = new Map<string, Route | MessageRoute>();

  constructor(routes: readonly (Route | MessageRoute)[]) {
    for (const route of routes) this.routes.set(route.name, route);
  }

  /** The route of a subject, given as its tokens after `$JS.API.`, and what follows its name. */
  find(
    tokens: readonly string[],
  ): { readonly route: Route | MessageRoute; readonly parameters: readonly string[] } | undefined {
    for (let length = Math.min(3, tokens.length); length > 0; length--) {
      const route = this.routes.get(tokens.slice(0, length).join('.'));
      if (route === undefined) continue;
      const parameters = tokens.slice(length);
      const [least, most] = route.tokens;
      if (parameters.length < least || parameters.length > most) return undefined;
      return parameters.includes('') ? undefined : { route, parameters };
    }
    return undefined;
  }
}

/** Takes the requests of one account, and carries them out one after the other. */
export class ApiSink implements Sink {
  readonly kind = 'service';
  readonly units = UNITS;
  readonly owner: object = this;
  private readonly table: RouteTable;
  private readonly streams: AccountStreams;
  /** Requests that are answered with JSON, and those that are answered with messages, which need not wait for them. */
  private readonly lane: Lane;
  private readonly messageLane: Lane;

  constructor(table: RouteTable, streams: AccountStreams) {
    this.table = table;
    this.streams = streams;
    const { turns } = streams.tools;
    const limits = { requests: MAX_JETSTREAM_REQUESTS, bytes: MAX_JETSTREAM_WAITING_BYTES };
    this.lane = new Lane(turns, limits);
    this.messageLane = new Lane(turns, limits);
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) {
      const rest = batch.subject(row).slice(API_PREFIX.length);
      if (this.receive(publisher, batch, row, rest)) taken++;
    }
    return taken;
  }

  /** Takes one request. @param rest what follows the prefix in its subject. Returns whether something takes it. */
  receive(publisher: Publisher, batch: CommandBatch, row: number, rest: string): boolean {
    const subject = batch.subject(row);
    const found = this.table.find(rest.split('.'));
    if (found === undefined) return true; // as nats-server, which says nothing at all
    const { route, parameters } = found;
    const headers = batch.headers(row);
    const request = new ApiRequest(this.streams, publisher, subject, parameters, {
      reply: batch.reply(row),
      headers: headers && Buffer.from(headers),
      body: Buffer.from(batch.payload(row)),
    });
    if (!('handle' in route)) return this.receiveQuery(route, request);
    this.streams.api.total++;
    if (!this.lane.add(() => this.answer(route, request), request.bytes))
      finish(this.say(route, request, undefined, new ApiError('STREAM_TOO_MANY_REQUESTS')));
    return true;
  }

  private receiveQuery(route: MessageRoute, request: ApiRequest): boolean {
    if (!route.isTaken(request)) return false;
    const work = route.take(request);
    if (work !== undefined && !this.messageLane.add(() => this.reporting(work()), request.bytes))
      route.refuse(request);
    return true;
  }

  /** A fault of ours in one request ends that alone. */
  private *reporting(work: Steps<undefined>): Steps<undefined> {
    try {
      yield* work;
    } catch (error) {
      this.streams.tools.failed(error);
    }
    return undefined;
  }

  private *answer(route: Route, request: ApiRequest): Steps<Rest> {
    yield* request.read();
    try {
      if (isLevelTooLow(request.headers)) throw new ApiError('REQUIRED_API_LEVEL');
      if (this.streams.limits === undefined) throw new ApiError('NOT_ENABLED_FOR_ACCOUNT');
      const given = route.handle(request);
      if (given instanceof Promise) return this.answerLater(route, request, given);
      yield* this.say(route, request, isSteps(given) ? yield* given : given);
    } catch (error) {
      yield* this.fail(route, request, error);
    }
    return undefined;
  }

  private async answerLater(route: Route, request: ApiRequest, given: Promise<Answer>): Promise<void> {
    const { turns } = this.streams.tools;
    try {
      const body = await given;
      await turns.run(this.say(route, request, body));
    } catch (error) {
      await turns.run(this.fail(route, request, error));
    }
  }

  private *fail(route: Route, request: ApiRequest, error: unknown): Steps<void> {
    if (!(error instanceof ApiError)) this.streams.tools.failed(error);
    const known = error instanceof ApiError ? error : new ApiError('STREAM_GENERAL', 'internal error');
    yield* this.say(route, request, undefined, known);
  }

  private *say(route: Route, request: ApiRequest, body: Answer, error?: ApiError): Steps<void> {
    const { account, api, tools } = this.streams;
    if (error !== undefined) api.errors++;
    else if (body === undefined) return;
    const type = `${TYPE_PREFIX}${route.type}_response`;
    const answer = error === undefined ? { type, ...body } : { type, error: error.body, ...route.blank };
    const text = answerText(answer);
    if (request.reply !== undefined) {
      yield;
      const payload = Buffer.from(text);
      yield;
      tools.outgoing.publish(account, { subject: request.reply, payload });
    }
    if (error === undefined && route.isUnaudited === true) return;
    yield;
    this.audit(account, request, text);
  }

  private audit(account: Account, { subject, body, publisher }: ApiRequest, response: string): void {
    this.streams.tools.advisories.publish(account, 'ADVISORY.API', 'advisory.v1.api_audit', () => ({
      server: this.streams.tools.serverName(),
      client: requesterOf(publisher, account.name, this.streams.tools.serverName()),
      subject,
      ...(body.length > 0 ? { request: body.toString('utf8') } : {}),
      response,
    }));
  }
}

function isSteps(given: Answer | Steps<Answer>): given is Steps<Answer> {
  return given !== undefined && 'next' in given && typeof given.next === 'function';
}
