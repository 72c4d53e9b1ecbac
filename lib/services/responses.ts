import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { type Aged, AgeList } from '../clients/age-list.js';
import type { Publisher, Sink } from '../clients/subscription.js';
import type { CommandBatch } from '../frame/command.js';
import { remapped } from '../frame/remap.js';
import type { Account } from '../routing/account.js';
import { routeAs } from '../routing/route-as.js';
import type { Router } from '../routing/router.js';

/** How many replies a request to another account may get. */
export type ResponseType = 'Singleton' | 'Stream' | 'Chunked';

/** What a service allows its replies. */
export interface ResponseTerms {
  readonly type: ResponseType;
  /** How long a reply may take. */
  readonly thresholdMs: number;
  /** Whether message traces record the receivers of a request. Default false. */
  readonly allowsTrace?: boolean;
}

/** A request on its way in another account. */
interface Pending extends Aged {
  /** The reply subject it was sent with. */
  readonly subject: string;
  /** Where it came from, and where its reply goes there. */
  readonly requester: Responses;
  readonly reply: string;
  readonly terms: ResponseTerms;
  /** When it was sent, or last answered. */
  at: number;
  /** What published it. */
  readonly publisher: Publisher | undefined;
}

/** Requests of one account that wait, in the order in which they were sent. */
class Waiting extends AgeList<Pending> {
  /** Characters of their reply subjects. */
  characters = 0;

  get isFull(): boolean {
    return this.size >= MAX_PENDING || this.characters >= MAX_PENDING_CHARACTERS;
  }

  override add(request: Pending): void {
    super.add(request);
    this.characters += request.reply.length;
  }

  override remove(request: Pending): void {
    super.remove(request);
    this.characters -= request.reply.length;
  }
}

/**
 * Requests of one account that wait for a reply in another one; beyond it the account's oldest is forgotten, and no other
 * account's. At some 400 bytes each they take 26 MB.
 */
const MAX_PENDING = 65_536;
/** The same in characters of their reply subjects. */
const MAX_PENDING_CHARACTERS = 4 * 1024 * 1024;
/** How often requests without a reply are looked for, in milliseconds. */
const SWEEP_MS = 1_000;
/** Requests that are looked at each time, so that other connections do not wait. */
const SWEEP_REQUESTS = 16_384;

/** Random bytes in each reply subject: a service that sees one request cannot answer another. */
const SECRET_BYTES = 15;

/** Where the replies to what came from other accounts come in: `_R_.`, the account's own token, and the request's. */
export class Responses implements Sink {
  readonly kind = 'service';
  readonly units = 50;
  /** A responder may be behind another server. */
  readonly isAdvertised = true;
  readonly owner: object = this;
  /** What is attached in the account. */
  readonly subject: string;
  private readonly prefix = `_R_.${randomBytes(9).toString('base64url')}.`;
  private readonly router: Router;
  private readonly account: Account;
  private readonly pending = new Map<string, Pending>();
  /** The same by where they came from, in the order in which they were sent. */
  private readonly byRequester = new Map<Responses, Waiting>();
  /** Those that the sweep under way has yet to look at. */
  private unswept = this.pending.values();
  private readonly now: () => number;
  private sweeper: NodeJS.Timeout | undefined;

  /**
   * @param account where the replies are published
   * @param now milliseconds of a clock that never goes back
   */
  constructor(router: Router, account: Account, now: () => number = () => performance.now()) {
    this.router = router;
    this.account = account;
    this.now = now;
    this.subject = `${this.prefix}*`;
  }

  /** Requests that wait for a reply. */
  get waiting(): number {
    return this.pending.size;
  }

  /**
   * A reply subject for a request whose reply goes to `reply` in the account of `requester`.
   * @param publisher what published it: once that has closed no reply is waited for
   */
  expect(requester: Responses, reply: string, terms: ResponseTerms, publisher?: Publisher): string {
    const subject = `${this.prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    let waiting = this.byRequester.get(requester);
    if (waiting === undefined) {
      waiting = new Waiting();
      this.byRequester.set(requester, waiting);
    }
    for (let { oldest } = waiting; oldest !== undefined && waiting.isFull; oldest = waiting.oldest)
      this.remove(oldest, waiting);
    const at = this.now();
    const request: Pending = {
      ...{ subject, requester, publisher, reply, terms, at },
      ...{ older: undefined, newer: undefined },
    };
    this.pending.set(subject, request);
    waiting.add(request);
    this.sweeper ??= setInterval(this.sweep, SWEEP_MS).unref();
    return subject;
  }

  /** The request with that reply subject has no receiver, or needs no further reply. */
  forget(subject: string): void {
    const request = this.pending.get(subject);
    if (request === undefined) return;
    const waiting = this.byRequester.get(request.requester);
    if (waiting === undefined) return;
    this.remove(request, waiting);
    if (waiting.size === 0) this.byRequester.delete(request.requester);
  }

  /** Where the replies to the request with that reply subject go; none: nothing waits for any. */
  requesterOf(subject: string): readonly { readonly account: Account; readonly subject: string }[] {
    const request = this.pending.get(subject);
    if (request === undefined || this.late(request)) return [];
    return [{ account: request.requester.account, subject: request.reply }];
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) taken += this.respond(publisher, batch, row);
    return taken;
  }

  /** Forgets every request. */
  stop(): void {
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    this.pending.clear();
    this.byRequester.clear();
  }

  /**
   * Forgets requests whose reply would come too late, or whose publisher is gone: of some of them in turn. Called every
   * second while there are any.
   */
  readonly sweep = (): void => {
    for (let count = 0; count < SWEEP_REQUESTS; count++) {
      const { value: request } = this.unswept.next();
      if (request === undefined) {
        this.unswept = this.pending.values();
        break;
      }
      if (this.late(request) || request.publisher?.closing === true) this.forget(request.subject);
    }
    if (this.pending.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };

  /** An empty reply is the last one, and so is one without a receiver. */
  private respond(publisher: Publisher, batch: CommandBatch, row: number): number {
    const { target } = this.router.context;
    const subject = target ?? batch.subject(row);
    const request = this.pending.get(subject);
    if (request === undefined || this.late(request)) return 0;
    const { requester, reply, terms } = request;
    if (terms.type === 'Singleton' || (target === undefined && batch.payloadBytes(row) === 0))
      this.forget(subject);
    const asks = batch.reply(row);
    // A reply that asks for an answer gets it the same way, in the other direction. Deliveries of a stream are acknowledged where
    // they say: the account imports that, or cannot.
    const asked =
      asks === undefined || target !== undefined ? undefined : requester.expect(this, asks, terms, publisher);
    // Mappings there are for replies as well, as in nats-server.
    const mapped = requester.account.mappings?.mapText(reply) ?? reply;
    const answer = remapped(batch, row, target === undefined ? mapped : batch.subject(row), asked ?? asks);
    const taken =
      target === undefined
        ? this.router.routeService(publisher, requester.account, answer, undefined)
        : routeAs(this.router, publisher, requester.account, mapped, answer, 0, 1, 'service');
    request.at = this.now();
    if (taken > 0) return taken;
    this.forget(subject);
    if (asked !== undefined) requester.forget(asked);
    return 0;
  }

  private remove(request: Pending, waiting: Waiting): void {
    this.pending.delete(request.subject);
    waiting.remove(request);
  }

  private late({ at, terms }: Pending): boolean {
    return this.now() - at > terms.thresholdMs;
  }
}
