import { isReceivable } from '../clients/receivable.js';
import type { Publisher, Receiver, Subscription } from '../clients/subscription.js';
import { NATS_ERRORS } from '../dialects/nats/error-texts.js';
import { type ErrorCode, errorText } from '../domain/errors.js';
import { MAX_TRACE_EVENTS, MAX_TRACED_HEADER_BYTES } from '../domain/limits.js';
import { isLiteralSubject } from '../domain/subject.js';
import { batchOf, type CommandBatch } from '../frame/command.js';
import { hashBytes } from '../frame/hash.js';
import { bytesOfText } from '../frame/text.js';
import type { Account, TraceDestination } from './account.js';
import type { Client } from './client.js';
import type { GroupRouter } from './group-router.js';
import type { ClientRange, MatchResult } from './match.js';
import { type Arrival, maySend } from './may-send.js';
import type { QueueGroup } from './queue-group.js';
import type { Gathered } from './queue-group-collector.js';
import { isReservedSubject } from './reserved.js';
import { type TraceRequest, traceRequestOf } from './trace-request.js';

/** Work of writing one event as JSON. */
const EVENT_UNITS = 50;
const NO_HEADERS = Buffer.alloc(0);
/** The kind of connection that a client is, in nats-server's numbers. */
const CLIENT_KIND = 0;

const NOT_DELIVERED = {
  noEcho: 'Not delivered because of no echo',
  denied: 'Not delivered because subscription denies this subject',
  ended: 'Not delivered because subscription is closed',
  closed: 'Not delivered because client is closed',
  slow: 'Not delivered because fast producer not stalled and consumer is slow',
} as const;

/** One event of a trace, in nats-server's words. */
type TraceEvent = Readonly<Record<string, unknown>> & { readonly type: 'in' | 'sm' | 'se' | 'si' | 'eg' };

/** A trace as it is published: `server` is added by the broker. */
export interface TraceReport {
  readonly request: {
    readonly header: Readonly<Record<string, readonly string[]>>;
    readonly msgsize: number;
  };
  readonly events: readonly TraceEvent[];
}

/** The router as traces use it. */
export interface TraceRouter extends GroupRouter {
  /** The context of the message that is being routed. */
  readonly context: { readonly arrival: Arrival; trace: MessageTrace | undefined };
  route(publisher: Publisher, account: Account, batch: CommandBatch, from: number, to: number): number;
  deliverToRange(
    publisher: Publisher,
    range: ClientRange,
    plain: readonly Subscription[],
    batch: CommandBatch,
    from: number,
    to: number,
    raw: boolean,
  ): number;
  collects(group: QueueGroup, batch: CommandBatch, row: number, raw: boolean): boolean;
}

/** What headers that ask for a trace come to. */
export type Tracing = MessageTrace | 'untraced' | 'refused';

/** Begins and publishes the traces of one broker. https://github.com/nats-io/nats-architecture-and-design, ADR-41 */
export class MessageTracer {
  private readonly router: TraceRouter;
  private readonly write: (report: TraceReport) => string;

  /** @param write renders a trace event as JSON */
  constructor(router: TraceRouter, write: (report: TraceReport) => string) {
    this.router = router;
    this.write = write;
  }

  /**
   * The trace that row `row` asks for; `refused`: it must not be routed at all.
   * @param original what it was published to, where its subject has been mapped
   */
  begin(client: Client, batch: CommandBatch, row: number, original?: string | undefined): Tracing {
    const block = firstLines(batch.headers(row));
    this.router.work.units += EVENT_UNITS + block.length;
    const request = traceRequestOf(block);
    if (request === undefined) return 'untraced';
    const destination = request.destination ?? sampledDestination(client.account.traces);
    if (destination === undefined) return 'untraced';
    if (!isLiteralSubject(destination)) return request.only ? 'refused' : 'untraced';
    if (!mayPublish(client, destination)) {
      client.dropped('permission', 1, batch.payloadBytes(row));
      client.session.sendError('PERMISSIONS_PUBLISH', destination);
      return 'refused';
    }
    return new MessageTrace(client, batch, row, request, destination, original);
  }

  /**
   * Publishes a finished trace in the account of the client whose message it is of. The client waits for receivers that
   * take it slowly, and gets it itself whether it wants an echo or not.
   */
  finish({ client, account, destination, events, report }: MessageTrace): void {
    this.router.work.units += events.length * EVENT_UNITS;
    const payload = Buffer.from(this.write(report));
    const { echo } = client;
    client.echo = true;
    try {
      this.router.route(client, account, batchOf({ subject: destination, payload }), 0, 1);
    } finally {
      client.echo = echo;
    }
  }
}

/** The lines of a header block that are within the limit. */
function firstLines(headers: Buffer = NO_HEADERS): string {
  if (headers.length <= MAX_TRACED_HEADER_BYTES) return headers.toString();
  return headers.toString('utf8', 0, headers.lastIndexOf('\r\n', MAX_TRACED_HEADER_BYTES - 2) + 2);
}

/** The trace of one message on its way through the accounts. */
export class MessageTrace {
  readonly client: Client;
  readonly account: Account;
  readonly destination: string;
  /** Whether the message is not delivered. */
  readonly only: boolean;
  readonly events: TraceEvent[] = [];
  private readonly ingress: { error?: string };
  private readonly request: TraceReport['request'];
  /** Where it is: another account than that of the client while it is a request to a service. */
  private here: Account;
  /** Whether what the account does that a stream import leads to is recorded. */
  private isStreamTraced = true;
  /** Queue groups behind stream imports that do not allow it. */
  private readonly hiddenGroups = new Set<QueueGroup>();

  constructor(
    client: Client,
    batch: CommandBatch,
    row: number,
    { headers, only }: TraceRequest,
    destination: string,
    original: string | undefined,
  ) {
    const { account, id, peer } = client;
    this.client = client;
    this.account = account;
    this.here = account;
    this.destination = destination;
    this.only = only;
    const header = Object.fromEntries([...headers].sort(([one], [other]) => (one < other ? -1 : 1)));
    this.request = { header, msgsize: batch.payloadBytes(row) };
    const name = peer.name === undefined || peer.name === '' ? {} : { name: peer.name };
    const ingress = { ...event('in'), kind: CLIENT_KIND, cid: id, ...name, acc: account.name };
    const subject = batch.subject(row);
    const arrived: TraceEvent & { error?: string } = { ...ingress, subj: original ?? subject };
    this.ingress = arrived;
    this.events.push(arrived);
    if (original !== undefined) this.events.push({ ...event('sm'), to: subject });
  }

  get report(): TraceReport {
    return { request: this.request, events: this.events };
  }

  private get isFull(): boolean {
    return this.events.length >= MAX_TRACE_EVENTS;
  }

  /** The client may not publish the message. */
  refuse(code: ErrorCode, subject: string): void {
    this.ingress.error = errorText(NATS_ERRORS, code, [subject]) ?? code;
  }

  /**
   * Runs `route`, which routes the message in the account `to` of a service import; returns how many took it.
   * @param isTraced whether what becomes of it there is recorded
   */
  service(
    router: TraceRouter,
    to: Account,
    from: string,
    subject: string,
    isTraced: boolean,
    route: () => number,
  ): number {
    this.add({ ...event('si'), acc: to.name, from, to: subject });
    if (!isTraced && this.only) return 0;
    const { here } = this;
    this.here = to;
    const { context } = router;
    if (!isTraced) context.trace = undefined;
    try {
      return route();
    } finally {
      this.here = here;
      context.trace = this;
    }
  }

  /** Runs `route`, which routes the message in the account that a stream import leads to. */
  stream(isTraced: boolean, route: () => number): number {
    this.isStreamTraced = isTraced;
    try {
      return route();
    } finally {
      this.isStreamTraced = true;
    }
  }

  /** Delivers row `row` as the router does, or only records what it would do; returns the row after it if there was a receiver. */
  deliver(
    router: TraceRouter,
    publisher: Publisher,
    batch: CommandBatch,
    row: number,
    result: MatchResult,
  ): number {
    const { plain, singles, ranges, groups, raw } = result;
    const { chosenQueues } = publisher;
    const shared = plain.length > 1;
    let isTaken = false;
    for (const subscription of plain.slice(0, singles))
      if (this.deliverTo(router, publisher, subscription, batch, row, shared, raw)) isTaken = true;
    for (const range of ranges)
      if (this.deliverToRange(router, publisher, range, plain, batch, row, raw)) isTaken = true;
    for (const group of groups) {
      if (chosenQueues !== undefined && !chosenQueues.has(group.name)) continue;
      if (!this.isStreamTraced) this.hiddenGroups.add(group);
      if (router.collects(group, batch, row, raw)) continue;
      if (this.deliverToGroup(router, publisher, { group, batch, row, raw })) isTaken = true;
    }
    return isTaken ? row + 1 : row;
  }

  /** Delivers a message to one member of a group; returns whether one took it. */
  deliverToGroup(
    router: TraceRouter,
    publisher: Publisher,
    { group: all, batch, row, raw }: Gathered,
  ): boolean {
    const isTraced = this.isStreamTraced;
    this.isStreamTraced = !this.hiddenGroups.has(all);
    try {
      // Where there are many, those of a publisher without echo are not passed over one by one.
      const group = all.members.length > MAX_TRACE_EVENTS ? all.for(publisher) : all;
      const { members } = group;
      group.restart(); // so that each has its turn among the next as many
      // Members whose messages would be dropped come last.
      for (let turn = 0; turn < 2 * members.length; turn++) {
        const member = group.next();
        if (member === undefined) break;
        const isDropping = member.client?.outbox.dropping === true;
        if (isDropping !== turn >= members.length) continue;
        if (this.deliverTo(router, publisher, member, batch, row, false, raw)) return true;
      }
      return false;
    } finally {
      this.isStreamTraced = isTraced;
    }
  }

  private deliverToRange(
    router: TraceRouter,
    publisher: Publisher,
    range: ClientRange,
    plain: readonly Subscription[],
    batch: CommandBatch,
    row: number,
    raw: boolean,
  ): boolean {
    const { client, from, to } = range;
    if (client.closing) return false;
    const first = plain[from];
    const isHeard = first !== undefined && maySend(router.context.arrival, publisher, first);
    for (let at = from; at < to && !this.isFull; at++) {
      const subscription = plain[at];
      if (subscription === undefined) break;
      router.work.units++;
      const obstacle = this.obstacle(router, publisher, subscription, client, batch, row);
      this.egress(subscription, client, batch, row, obstacle);
    }
    if (!isHeard || this.only) return isHeard;
    return router.deliverToRange(publisher, range, plain, batch, row, row + 1, raw) > 0;
  }

  /** Delivers a message to one subscription; returns whether it takes it, or would. */
  private deliverTo(
    router: TraceRouter,
    publisher: Publisher,
    subscription: Subscription,
    batch: CommandBatch,
    row: number,
    shared: boolean,
    raw: boolean,
  ): boolean {
    const { client, sink } = subscription;
    router.work.units++;
    if (client === undefined) {
      if (!maySend(router.context.arrival, publisher, subscription)) return false;
      if (this.only && sink?.isTraced !== true) return false; // a service of the server itself
      return router.deliver(publisher, subscription, batch, row, row + 1, shared, raw) > 0;
    }
    const obstacle = this.obstacle(router, publisher, subscription, client, batch, row);
    this.egress(subscription, client, batch, row, obstacle);
    if (obstacle === NOT_DELIVERED.noEcho) return false;
    if (this.only) return obstacle === undefined;
    return router.deliver(publisher, subscription, batch, row, row + 1, shared, raw) > 0;
  }

  /** What keeps a subscription from getting the message; undefined: nothing does. */
  private obstacle(
    { context }: TraceRouter,
    publisher: Publisher,
    subscription: Subscription,
    client: Receiver,
    batch: CommandBatch,
    row: number,
  ): string | undefined {
    if (!maySend(context.arrival, publisher, subscription)) return NOT_DELIVERED.noEcho;
    if (client.closing) return NOT_DELIVERED.closed;
    if (subscription.index < 0 || client.changes?.allow(subscription) === false) return NOT_DELIVERED.ended;
    const { filter } = subscription;
    if (filter !== undefined && !isReceivable(filter, batch, row)) return NOT_DELIVERED.denied;
    return client.outbox.dropping ? NOT_DELIVERED.slow : undefined;
  }

  private egress(
    { subject, queue }: Subscription,
    { id, peer, account }: Receiver,
    batch: CommandBatch,
    row: number,
    error: string | undefined,
  ): void {
    if (this.isFull) return;
    if (account.name !== this.here.name) {
      this.add({ ...event('se'), acc: account.name, to: batch.subject(row) });
      if (!this.isStreamTraced) return;
    }
    this.add({
      ...event('eg'),
      kind: CLIENT_KIND,
      cid: id,
      ...(peer.name === undefined || peer.name === '' ? {} : { name: peer.name }),
      ...(account.name === this.account.name ? {} : { acc: account.name }),
      sub: subject,
      ...(queue === undefined ? {} : { queue }),
      ...(error === undefined ? {} : { error }),
    });
  }

  private add(event: TraceEvent): void {
    if (!this.isFull) this.events.push(event);
  }
}

function event<T extends TraceEvent['type']>(type: T): { readonly type: T; readonly ts: string } {
  return { type, ts: new Date().toISOString() };
}

function sampledDestination(traces: TraceDestination | undefined): string | undefined {
  if (traces === undefined) return undefined;
  return Math.random() * 100 < traces.sampling ? traces.subject : undefined;
}

function mayPublish({ rights }: Client, subject: string): boolean {
  const { permissions } = rights;
  const bytes = bytesOfText(subject);
  if (isReservedSubject(bytes)) return false;
  return (
    permissions === undefined ||
    permissions.mayPublish(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length))
  );
}
