import type { Subscription } from '../clients/subscription.js';
import {
  DELIVERY_UNITS,
  NO_RESPONDERS_UNITS,
  RECEIPT_UNITS,
  REFUSAL_UNITS,
  type Work,
} from '../clients/work.js';
import { isLiteralSubject } from '../domain/subject.js';
import {
  batchOf,
  type CommandBatch,
  cell,
  HASH,
  REPLY_END,
  runBytes,
  STRIDE,
  SUBJECT,
  SUBJECT_END,
} from '../frame/command.js';
import type { Client } from './client.js';
import { routeFromLink } from './link-publish.js';
import type { MatchResult } from './match.js';
import type { MessageTracer } from './message-trace.js';
import { isReservedReply } from './reserved.js';
import type { Router } from './router.js';

/** Headers around the subject that has no receiver; nats-server names it from 2.11 on. */
const NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\nNats-Subject: ');
const HEADERS_END = Buffer.from('\r\n\r\n');
const PLAIN_NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\n\r\n');
const CR = 13;
const NO_PAYLOAD = Buffer.alloc(0);

/** Rows at once, at first and at most, where it is not known what a row costs, and the time that they should take, in milliseconds. */
const FIRST_ROWS = 8;
const MAX_ROWS = 256;
const STEP_MS = 4;

/** Handles a run of publishes: checks that the client may publish them, confirms them and delivers them. */
export class PublishPath {
  readonly router: Router;
  private readonly answered: (client: Client) => void;
  private readonly unixNow: () => number;
  /** Undefined: messages are not traced. */
  tracer: MessageTracer | undefined = undefined;
  /** Rows that are routed at once where it is not known what they cost. */
  private rowsAtOnce = FIRST_ROWS;

  /**
   * @param answered called when a client was sent an answer
   * @param unixNow Unix time in milliseconds
   */
  constructor(router: Router, answered: (client: Client) => void, unixNow: () => number) {
    this.router = router;
    this.answered = answered;
    this.unixNow = unixNow;
  }

  /**
   * Routes rows `[from, to)`, all of which have the receivers `result`: at least one of them, and as many as the slice
   * allows, which began at `startedAt`, a Unix time. Returns the row after the last one.
   */
  run(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
    startedAt: number,
  ): number {
    const { unixNow } = this;
    const { work } = this.router;
    this.rowsAtOnce = FIRST_ROWS;
    for (let row = from; row < to; ) {
      if (client.closing) return to;
      if (!client.admitted) {
        client.session.refusePublish(to - row);
        return to;
      }
      const rows = rowsWithin(work.limit - work.units, client, batch, row, to, result);
      const isUnknown = result.sinkUnits > 0 || (result.empty && client.noResponders && hasReply(batch, row));
      if (isUnknown) row = this.routeByTime(client, batch, row, row + rows, result);
      else {
        this.route(client, batch, row, row + rows, result);
        row += rows;
      }
      work.run(unixNow, startedAt, isUnknown);
      if (row < to && work.units >= work.limit) return row;
    }
    return to;
  }

  /**
   * Routes rows from `from` on where some of the receivers are sinks, or there are none; returns the row after the last one.
   * What a message costs behind a sink, in another account for example, and the search for where a 503 goes, are not known
   * before: few at a time, and as many as take little time.
   */
  private routeByTime(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): number {
    const { unixNow } = this;
    const end = Math.min(to, from + this.rowsAtOnce);
    const startedAt = unixNow();
    this.route(client, batch, from, end, result);
    const ms = unixNow() - startedAt;
    this.rowsAtOnce =
      ms >= STEP_MS
        ? Math.max(1, Math.floor(((end - from) * STEP_MS) / (2 * ms)))
        : Math.min(MAX_ROWS, this.rowsAtOnce * 2);
    return end;
  }

  /** Routes rows `[from, to)` of a client that is admitted; all of them have the receivers `result`. */
  route(client: Client, batch: CommandBatch, from: number, to: number, result: MatchResult): void {
    client.published += to - from;
    if (client.origin.isLink) routeFromLink(this.router, client, batch, from, to, result);
    else if (isChecked(client, batch, result)) this.checkEach(client, batch, from, to, result);
    else this.confirmRun(client, batch, from, to, result);
  }

  /**
   * Routes row `row`, whose headers may ask for a trace of it, and publishes that.
   * @param original what it was published to, where its subject has been mapped
   */
  routeTraced(
    client: Client,
    batch: CommandBatch,
    row: number,
    result: MatchResult,
    original?: string | undefined,
  ): void {
    const { router, tracer } = this;
    const trace = tracer?.begin(client, batch, row, original) ?? 'untraced';
    if (trace === 'refused') return;
    if (trace === 'untraced') return this.route(client, batch, row, row + 1, result);
    router.context.trace = trace;
    try {
      this.route(client, batch, row, row + 1, result);
    } finally {
      router.context.trace = undefined;
    }
    tracer?.finish(trace);
  }

  /** Routes those of rows `[from, to)` that the client may publish, and says what is wrong with the others. */
  private checkEach(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    const { work } = this.router;
    work.units += to - from;
    for (let row = from; row < to; row++) {
      const refusal = this.refusalOf(client, batch, row, result);
      const isInvalid = client.pedantic && isInvalidSubject(batch.subject(row));
      if (refusal === undefined && !isInvalid) continue;
      work.units += REFUSAL_UNITS;
      if (row > from) this.confirmRun(client, batch, from, row, result);
      if (client.closing) return;
      if (isInvalid) client.session.sendError('INVALID_PUBLISH_SUBJECT'); // and routed all the same, as nats-server does
      refusal?.();
      if (client.closing) return;
      from = refusal === undefined ? row : row + 1;
    }
    if (from < to) this.confirmRun(client, batch, from, to, result);
  }

  /** Undefined where the client may publish row `row`; else what tells it that it may not. */
  private refusalOf(
    client: Client,
    batch: CommandBatch,
    row: number,
    result: MatchResult,
  ): (() => void) | undefined {
    const { session, rights } = client;
    const { permissions, maxPayloadBytes } = rights;
    const { bytes, columns } = batch;
    const at = row * STRIDE;
    const start = cell(columns, at + SUBJECT);
    const end = cell(columns, at + SUBJECT_END);
    if (maxPayloadBytes !== undefined && batch.payloadBytes(row) > maxPayloadBytes)
      return () => client.close('MAX_PAYLOAD');
    const allowed =
      permissions === undefined ||
      permissions.mayPublish(bytes, start, end, cell(columns, at + HASH)) ||
      client.replies?.take(batch.subject(row)) === true;
    const isDenied = !allowed || result.reserved;
    if (!isDenied && !isReservedReply(batch, row)) return undefined;
    return () => {
      client.dropped('permission', 1, batch.payloadBytes(row));
      const code = isDenied ? 'PERMISSIONS_PUBLISH' : 'PERMISSIONS_REPLY';
      const subject = isDenied ? batch.subject(row) : (batch.reply(row) ?? '');
      this.router.context.trace?.refuse(code, subject);
      session.sendError(code, subject);
    };
  }

  /** Confirms and delivers rows `[from, to)`. */
  private confirmRun(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    if (!client.receipts) {
      this.deliverRun(client, batch, from, to, result);
      return;
    }
    // Each confirmation comes before what the publisher hears of its own message: one by one, if it hears anything.
    const step = client.noResponders || includesClient(result, client, this.router.work) ? 1 : to - from;
    this.router.work.units += ((to - from) / step) * RECEIPT_UNITS;
    for (let row = from; row < to; row += step) {
      this.confirm(client, batch, row, row + step);
      this.deliverRun(client, batch, row, row + step, result);
    }
  }

  /** Delivers rows `[from, to)` and answers those without a receiver. */
  private deliverRun(
    client: Client,
    batch: CommandBatch,
    from: number,
    to: number,
    result: MatchResult,
  ): void {
    if (!client.noResponders) {
      if (!result.empty) this.router.deliverRun(client, batch, from, to, result);
      return;
    }
    // Where the receivers depend on the message itself, rows are delivered one at a time.
    const step = result.selective || result.repeats ? 1 : to - from;
    for (let row = from; row < to; row += step) {
      const end = row + step;
      const taken = result.empty ? row : this.router.deliverRun(client, batch, row, end, result);
      for (let left = taken; left < end; left++)
        if (hasReply(batch, left)) this.noResponders(client, batch, left);
    }
  }

  private confirm(client: Client, batch: CommandBatch, from: number, to: number): void {
    if (client.outbox.closed) return;
    client.outbox.confirm(batch, from, to);
    this.answered(client);
  }

  /** Sends a requester a 503 on its own subscription to the reply subject: its request has no receiver. */
  private noResponders(client: Client, batch: CommandBatch, row: number): void {
    this.router.work.units += NO_RESPONDERS_UNITS;
    const reply = batch.reply(row);
    const own = reply === undefined ? undefined : subscriptionTo(reply, client);
    if (reply === undefined || own === undefined || client.outbox.closed) return;
    const { bytes, columns } = batch;
    const at = row * STRIDE;
    const subject = bytes.subarray(cell(columns, at + SUBJECT), cell(columns, at + SUBJECT_END));
    // A CR in a subject, which nothing forbids, would end the header's line for some clients.
    const headers = subject.includes(CR)
      ? PLAIN_NO_RESPONDERS
      : Buffer.concat([NO_RESPONDERS, subject, HEADERS_END]);
    const status = batchOf({ subject: reply, headers, payload: NO_PAYLOAD });
    client.outbox.deliver(status, 0, 1, own.sid, false, false);
    this.answered(client);
  }
}

/** Whether each message has to be looked at before it is routed. */
function isChecked(client: Client, batch: CommandBatch, result: MatchResult): boolean {
  return batch.mayAskReserved || result.reserved || client.pedantic || client.isRestricted;
}

/** Whether a pedantic client is told of the subject. An empty one comes from no PUB: that of an HMSG is not checked. */
function isInvalidSubject(subject: string): boolean {
  return subject !== '' && !isLiteralSubject(subject);
}

function hasReply(batch: CommandBatch, row: number): boolean {
  return batch.columns[row * STRIDE + REPLY_END] !== 0;
}

/**
 * The first subscription of `client` that `subject` matches. Undefined as well where finding out would take a long search,
 * which it does not for any subject that clients use for replies.
 */
function subscriptionTo(subject: string, client: Client): Subscription | undefined {
  const result = client.account.sublist.matchSubjectInSlice(subject);
  if (result === undefined) return undefined;
  const { plain, singles, ranges } = result;
  for (const range of ranges) if (range.client === client) return plain[range.from];
  for (let i = 0; i < singles; i++) if (plain[i]?.client === client) return plain[i];
  return undefined;
}

/** Whether `client` is among the receivers, or may be by way of another account. */
function includesClient(
  { plain, singles, ranges, groups, size }: MatchResult,
  client: Client,
  work: Work,
): boolean {
  const isOwn = (subscription: Subscription | undefined): boolean =>
    subscription?.client === client || subscription?.sink !== undefined;
  if (ranges.some((range) => range.client === client)) return true;
  work.units += size >>> 4;
  for (let i = 0; i < singles; i++) if (isOwn(plain[i])) return true;
  return groups.some(({ members }) => members.some(isOwn));
}

/** How many of rows `[from, to)` may be routed for about so many units: one at least, so that each slice gets on. */
function rowsWithin(
  units: number,
  client: Client,
  batch: CommandBatch,
  from: number,
  to: number,
  result: MatchResult,
): number {
  const rows = to - from;
  const bytes = runBytes(batch, from, to);
  const runs = result.repeats ? rows : 1;
  let cost = result.size * (runs * DELIVERY_UNITS + rows / 8 + bytes / 256) + rows * result.sinkUnits;
  if (client.receipts || client.noResponders) cost += rows * RECEIPT_UNITS;
  // Whether it may publish them is not known yet: as if most of them were refused.
  if (isChecked(client, batch, result)) cost += (rows * REFUSAL_UNITS) / 2;
  if (client.noResponders && result.empty) cost += rows * NO_RESPONDERS_UNITS;
  return cost <= units ? rows : Math.max(1, Math.floor((rows * units) / cost));
}
