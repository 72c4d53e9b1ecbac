import type { Publisher, Sink } from '../../clients/subscription.js';
import { MAX_JETSTREAM_REQUESTS } from '../../domain/limits.js';
import type { CommandBatch } from '../../frame/command.js';
import type { Account } from '../../routing/account.js';
import type { AccountStreams } from '../account-streams.js';
import { isLevelTooLow } from '../api-level.js';
import { ApiError } from './errors.js';
import { requesterOf } from './requester.js';
import { ApiRequest, type MessageRoute, type Route } from './route.js';

/** What all subjects of the API begin with. */
export const API_PREFIX = '$JS.API.';
const TYPE_PREFIX = 'io.nats.jetstream.api.v1.';
const UNITS = 100;

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
  /** What waits for the requests before it. */
  private readonly waiting: (() => Promise<void> | undefined)[] = [];
  private isBusy = false;

  constructor(table: RouteTable, streams: AccountStreams) {
    this.table = table;
    this.streams = streams;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) if (this.receive(publisher, batch, row)) taken++;
    return taken;
  }

  private receive(publisher: Publisher, batch: CommandBatch, row: number): boolean {
    const subject = batch.subject(row);
    const found = this.table.find(subject.slice(API_PREFIX.length).split('.'));
    if (found === undefined) return true; // as nats-server, which says nothing at all
    const { route, parameters } = found;
    const headers = batch.headers(row);
    const request = new ApiRequest(this.streams, publisher, subject, parameters, {
      reply: batch.reply(row),
      headers: headers && Buffer.from(headers),
      body: Buffer.from(batch.payload(row)),
    });
    if (!('handle' in route)) return route.take(request);
    this.streams.api.total++;
    if (!this.isBusy) this.go(() => this.answer(route, request));
    else if (this.waiting.length < MAX_JETSTREAM_REQUESTS)
      this.waiting.push(() => this.answer(route, request));
    else this.say(route, request, undefined, new ApiError('STREAM_TOO_MANY_REQUESTS'));
    return true;
  }

  /** Carries a request out, and those that have come meanwhile. */
  private go(first: () => Promise<void> | undefined): void {
    this.isBusy = true;
    for (let next: typeof first | undefined = first; next !== undefined; next = this.waiting.shift()) {
      const done = next();
      if (done === undefined) continue;
      void done.then(() => {
        const following = this.waiting.shift();
        if (following === undefined) this.isBusy = false;
        else this.go(following);
      });
      return;
    }
    this.isBusy = false;
  }

  /** Undefined: the answer has been given. */
  private answer(route: Route, request: ApiRequest): Promise<void> | undefined {
    try {
      if (isLevelTooLow(request.headers)) throw new ApiError('REQUIRED_API_LEVEL');
      if (this.streams.limits === undefined) throw new ApiError('NOT_ENABLED_FOR_ACCOUNT');
      const answer = route.handle(request);
      if (!(answer instanceof Promise)) {
        this.say(route, request, answer);
        return undefined;
      }
      return answer.then(
        (body) => this.say(route, request, body),
        (error: unknown) => this.fail(route, request, error),
      );
    } catch (error) {
      this.fail(route, request, error);
      return undefined;
    }
  }

  private fail(route: Route, request: ApiRequest, error: unknown): void {
    if (error instanceof ApiError) this.say(route, request, undefined, error);
    else {
      this.streams.tools.failed(error);
      this.say(route, request, undefined, new ApiError('STREAM_GENERAL', 'internal error'));
    }
  }

  private say(route: Route, request: ApiRequest, body: object | undefined, error?: ApiError): void {
    const { account, api, tools } = this.streams;
    if (error !== undefined) api.errors++;
    else if (body === undefined) return;
    const type = `${TYPE_PREFIX}${route.type}_response`;
    const answer = error === undefined ? { type, ...body } : { type, error: error.body, ...route.blank };
    const text = JSON.stringify(answer);
    if (request.reply !== undefined)
      tools.outgoing.publish(account, { subject: request.reply, payload: Buffer.from(text) });
    if (error !== undefined || route.isUnaudited !== true) this.audit(account, request, text);
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
