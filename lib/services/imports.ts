import type { Publisher, Sink } from '../clients/subscription.js';
import type { Transform } from '../domain/transform.js';
import type { CommandBatch } from '../frame/command.js';
import { remapped } from '../frame/remap.js';
import type { Account } from '../routing/account.js';
import type { MessageTrace } from '../routing/message-trace.js';
import { headersWith, type RequestInfo } from '../routing/request-info.js';
import { routeAs } from '../routing/route-as.js';
import type { Router } from '../routing/router.js';
import type { Responses, ResponseTerms } from './responses.js';

/** A stream import: what is published in one account is heard in another as well, under its subject there. */
export class StreamImport implements Sink {
  readonly kind = 'stream';
  readonly units = 10;
  readonly isTraced = true;
  readonly owner: Account;
  private readonly allowsTrace: boolean;
  private readonly router: Router;
  private readonly transform: Transform | undefined;

  /**
   * @param to the importing account
   * @param transform undefined: the subject is the same there
   * @param allowsTrace whether message traces record the receivers there
   */
  constructor(router: Router, to: Account, transform: Transform | undefined, allowsTrace = false) {
    this.allowsTrace = allowsTrace;
    this.router = router;
    this.owner = to;
    this.transform = transform;
  }

  /** What a subject is called in the importing account. */
  subjectOf(subject: string): string {
    return this.transform?.apply(subject) ?? subject;
  }

  get queueMembers(): number {
    return this.owner.sublist.queued;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    const { trace } = this.router.context;
    if (trace === undefined) return this.pass(publisher, batch, from, to);
    return this.passTraced(trace, publisher, batch, from, to);
  }

  /** Apart from `take`, which would otherwise allocate a scope for every call. */
  private passTraced(
    trace: MessageTrace,
    publisher: Publisher,
    batch: CommandBatch,
    from: number,
    to: number,
  ): number {
    return trace.stream(this.allowsTrace, () => this.pass(publisher, batch, from, to));
  }

  private pass(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    const { transform, router, owner } = this;
    const { target } = router.context;
    if (target !== undefined) {
      return routeAs(router, publisher, owner, this.subjectOf(target), batch, from, to, 'stream');
    }
    if (transform === undefined) return router.routeStream(publisher, owner, batch, from, to);
    let taken = 0;
    for (let row = from; row < to; row++) {
      const subject = transform.apply(batch.subject(row));
      taken += router.routeStream(publisher, owner, remapped(batch, row, subject, batch.reply(row)), 0, 1);
    }
    return taken;
  }
}

const NANOSECONDS_PER_MS = 1e6;

/** A service import: requests published in one account are answered in another. */
export class ServiceImport implements Sink {
  readonly kind = 'service';
  readonly units = 75;
  readonly isTraced = true;
  readonly isAdvertised = true;
  readonly owner: object;
  private readonly router: Router;
  private readonly from: Account;
  private readonly to: Account;
  private readonly requester: Responses;
  private readonly responder: Responses;
  private readonly transform: Transform | undefined;
  private readonly terms: ResponseTerms;
  /** Whether a request is passing through it: what comes back to it then, as from the account itself, goes no further. */
  private isPassing = false;

  /**
   * @param from the importing account
   * @param to the account that has the service
   * @param requester where answers to replies come in, in `from`
   * @param responder where replies come in, in `to`
   * @param transform undefined: the subject is the same there
   */
  constructor(
    router: Router,
    from: Account,
    to: Account,
    requester: Responses,
    responder: Responses,
    transform: Transform | undefined,
    terms: ResponseTerms,
  ) {
    this.router = router;
    this.from = from;
    this.owner = to;
    this.to = to;
    this.requester = requester;
    this.responder = responder;
    this.transform = transform;
    this.terms = terms;
  }

  take(publisher: Publisher, batch: CommandBatch, from: number, to: number): number {
    if (this.isPassing) return 0;
    this.isPassing = true;
    let taken = 0;
    try {
      for (let row = from; row < to; row++) taken += this.request(publisher, batch, row);
    } finally {
      this.isPassing = false;
    }
    return taken;
  }

  private request(publisher: Publisher, batch: CommandBatch, row: number): number {
    const { router, responder } = this;
    const own = batch.reply(row);
    const reply = own && responder.expect(this.requester, own, this.terms, publisher);
    const local = batch.subject(row);
    const there = this.transform?.apply(local) ?? local;
    const subject = this.to.mappings?.mapText(there) ?? there;
    const info = this.infoOf(publisher);
    const request = remapped(batch, row, subject, reply, headersWith(batch, row, info));
    const { trace } = router.context;
    const taken =
      trace === undefined
        ? router.routeService(publisher, this.to, request, info)
        : this.passTraced(trace, publisher, request, local, info);
    const isAsked = taken > 0 && trace?.only !== true;
    if (!isAsked && reply !== undefined) responder.forget(reply);
    return taken;
  }

  private passTraced(
    trace: MessageTrace,
    publisher: Publisher,
    request: CommandBatch,
    local: string,
    info: RequestInfo,
  ): number {
    const { router, to, terms } = this;
    return trace.service(router, to, local, request.subject(0), terms.allowsTrace === true, () =>
      router.routeService(publisher, to, request, info),
    );
  }

  private infoOf({ rttMs }: Publisher): RequestInfo {
    const { request } = this.router.context;
    if (request !== undefined) return { ...request, svc: this.from.name };
    return {
      acc: this.from.name,
      ...(rttMs === undefined ? {} : { rtt: Math.round(rttMs * NANOSECONDS_PER_MS) }),
    };
  }
}
