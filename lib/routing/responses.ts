import { randomBytes } from 'node:crypto';
import type { CommandBatch } from '../protocol/command.js';
import { remapped } from '../protocol/remap.js';
import type { Account } from './account.js';
import type { Router } from './router.js';
import type { Publisher, Sink } from './subscription.js';

/** How many replies a request to another account may get. */
export type ResponseType = 'Singleton' | 'Stream' | 'Chunked';

/** What a service allows its replies. */
export interface ResponseTerms {
  readonly type: ResponseType;
  /** How long a reply may take. */
  readonly thresholdMs: number;
}

/** A request on its way in another account. */
interface Pending {
  /** Where it came from, and where its reply goes there. */
  readonly requester: Responses;
  readonly reply: string;
  readonly terms: ResponseTerms;
  /** When it was sent, or last answered. */
  at: number;
}

/** Requests kept waiting for a reply in one account; the oldest is forgotten for the newest. */
const MAX_PENDING = 65_536;
/** How often requests without a reply are looked for, in milliseconds. */
const SWEEP_MS = 5_000;

/** Random bytes in each reply subject: who sees one request cannot answer another. */
const SECRET_BYTES = 15;

/** Where the replies to what came from other accounts come in: `_R_.`, the account's own token, and the request's. */
export class Responses implements Sink {
  readonly owner: object = this;
  /** What is attached in the account. */
  readonly subject: string;
  private readonly prefix = `_R_.${randomBytes(9).toString('base64url')}.`;
  private readonly router: Router;
  private readonly account: Account;
  private readonly pending = new Map<string, Pending>();
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

  /** A reply subject for a request whose reply goes to `reply` in the account of `requester`. */
  expect(requester: Responses, reply: string, terms: ResponseTerms): string {
    const subject = `${this.prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    if (this.pending.size >= MAX_PENDING) this.forget(this.pending.keys().next().value!);
    this.pending.set(subject, { requester, reply, terms, at: this.now() });
    this.sweeper ??= setInterval(this.sweep, SWEEP_MS).unref();
    return subject;
  }

  /** Nobody took the request. */
  forget(subject: string): void {
    this.pending.delete(subject);
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
  }

  /** Forgets requests whose reply would come too late. Called every few seconds while there are any. */
  readonly sweep = (): void => {
    for (const [subject, request] of this.pending) if (this.late(request)) this.pending.delete(subject);
    if (this.pending.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };

  /** An empty reply is the last one, and so is one that nobody took. */
  private respond(publisher: Publisher, batch: CommandBatch, row: number): number {
    const subject = batch.subject(row);
    const request = this.pending.get(subject);
    if (request === undefined || this.late(request)) return 0;
    const { requester, reply, terms } = request;
    if (terms.type === 'Singleton' || batch.payloadBytes(row) === 0) this.forget(subject);
    const asks = batch.reply(row);
    // A reply that asks for an answer gets it the same way, in the other direction.
    const back = asks === undefined ? undefined : requester.expect(this, asks, terms);
    const answer = remapped(batch, row, reply, back);
    const taken = this.router.routeService(publisher, requester.account, answer, undefined);
    request.at = this.now();
    if (taken > 0) return taken;
    this.forget(subject);
    if (back !== undefined) requester.forget(back);
    return 0;
  }

  private late({ at, terms }: Pending): boolean {
    return this.now() - at > terms.thresholdMs;
  }
}
