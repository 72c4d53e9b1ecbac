import { randomBytes } from 'node:crypto';
import { type CommandBatch, REPLY_END, STRIDE } from '../protocol/command.js';
import { remapped } from '../protocol/remap.js';
import type { Account } from './account.js';
import type { Router } from './router.js';
import type { Publisher, Sink } from './subscription.js';
import type { Transform } from './transform.js';

/** A stream import: what is published in one account is heard in another as well, under its subject there. */
export class StreamWay implements Sink {
  readonly owner: Account;
  private readonly router: Router;
  private readonly transform: Transform | undefined;

  /**
   * @param to the importing account
   * @param transform undefined: the subject is the same there
   */
  constructor(router: Router, to: Account, transform: Transform | undefined) {
    this.router = router;
    this.owner = to;
    this.transform = transform;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    if (this.router.inStream) return 0; // what was imported is not exported again
    const { transform, router, owner } = this;
    if (transform === undefined) return router.routeStream(publisher, owner, batch, from, to);
    let taken = 0;
    for (let row = from; row < to; row++) {
      const subject = transform.apply(batch.subject(row));
      taken += router.routeStream(publisher, owner, remapped(batch, row, subject, batch.reply(row)), 0, 1);
    }
    return taken;
  }
}

/** How many replies a request to another account may get. */
export type ResponseType = 'Singleton' | 'Stream' | 'Chunked';

/** A request on its way in another account. */
interface Pending {
  /** The account the request came from, and where its reply goes there. */
  readonly account: Account;
  readonly reply: string;
  readonly type: ResponseType;
  readonly thresholdMs: number;
  /** When it was sent, or last answered. */
  at: number;
}

/** Requests kept waiting for a reply in one account; the oldest is forgotten for the newest. */
const MAX_PENDING = 65_536;
/** How often requests without a reply are looked for, in milliseconds. */
const SWEEP_MS = 5_000;

/**
 * Where the replies to requests from other accounts come in: `_R_.` and a secret, so that nobody can answer in the
 * place of a service.
 */
export class Responses implements Sink {
  readonly owner: object = this;
  /** What is attached in the exporting account. */
  readonly subject: string;
  private readonly prefix = `_R_.${randomBytes(9).toString('base64url')}.`;
  private readonly router: Router;
  private readonly pending = new Map<string, Pending>();
  private readonly now: () => number;
  private next = 1;
  private sweeper: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(router: Router, now: () => number = () => performance.now()) {
    this.router = router;
    this.now = now;
    this.subject = `${this.prefix}*`;
  }

  /** A reply subject for a request from `account`. */
  expect(account: Account, reply: string, type: ResponseType, thresholdMs: number): string {
    const subject = `${this.prefix}${this.next++}`;
    if (this.pending.size >= MAX_PENDING)
      for (const oldest of this.pending.keys()) {
        this.pending.delete(oldest);
        break;
      }
    this.pending.set(subject, { account, reply, type, thresholdMs, at: this.now() });
    this.sweeper ??= setInterval(this.sweep, SWEEP_MS).unref();
    return subject;
  }

  /** Nobody took the request. */
  forget(subject: string): void {
    this.pending.delete(subject);
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) {
      const subject = batch.subject(row);
      const request = this.pending.get(subject);
      if (request === undefined || this.late(request)) continue;
      const isLast =
        request.type === 'Singleton' || (request.type === 'Chunked' && batch.payloadBytes(row) === 0);
      if (isLast) this.pending.delete(subject);
      else request.at = this.now();
      const answer = remapped(batch, row, request.reply, batch.reply(row));
      taken += this.router.route(publisher, request.account, answer, 0, 1);
    }
    return taken;
  }

  /** Forgets every request. */
  stop(): void {
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    this.pending.clear();
  }

  private late({ at, thresholdMs }: Pending): boolean {
    return this.now() - at > thresholdMs;
  }

  private readonly sweep = (): void => {
    for (const [subject, request] of this.pending) if (this.late(request)) this.pending.delete(subject);
    if (this.pending.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };
}

/** A service import: requests published in one account are answered in another. */
export class ServiceWay implements Sink {
  readonly owner: object;
  private readonly router: Router;
  private readonly from: Account;
  private readonly to: Account;
  private readonly responses: Responses;
  private readonly transform: Transform | undefined;
  private readonly type: ResponseType;
  private readonly thresholdMs: number;

  /**
   * @param from the importing account
   * @param to the account that has the service
   * @param transform undefined: the subject is the same there
   * @param thresholdMs how long a reply may take
   */
  constructor(
    router: Router,
    from: Account,
    to: Account,
    responses: Responses,
    transform: Transform | undefined,
    type: ResponseType,
    thresholdMs: number,
  ) {
    this.router = router;
    this.from = from;
    this.owner = to;
    this.to = to;
    this.responses = responses;
    this.transform = transform;
    this.type = type;
    this.thresholdMs = thresholdMs;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    let taken = 0;
    for (let row = from; row < to; row++) taken += this.request(publisher, batch, row);
    return taken;
  }

  private request(publisher: Publisher, batch: CommandBatch, row: number): number {
    const own = batch.columns[row * STRIDE + REPLY_END] === 0 ? undefined : batch.reply(row)!;
    const reply = own && this.responses.expect(this.from, own, this.type, this.thresholdMs);
    const local = batch.subject(row);
    const subject = this.transform?.apply(local) ?? local;
    const taken = this.router.route(publisher, this.to, remapped(batch, row, subject, reply), 0, 1);
    if (taken === 0 && reply !== undefined) this.responses.forget(reply);
    return taken;
  }
}
