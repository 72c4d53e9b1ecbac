import { performance } from 'node:perf_hooks';
import type { Steps } from '../../domain/steps.js';
import type { Priority } from './priority.js';
import type { PullRequest } from './pull-request.js';
import { heartbeat, left, status } from './statuses.js';

/** Whether messages to a subject may be delivered: it has a receiver with room, one without, or none at all. */
export type Readiness = 'ready' | 'busy' | 'none';

/** What the queue needs of its consumer. */
export interface PullHost {
  /** Unix milliseconds. */
  now(): number;
  readiness(reply: string): Readiness;
  /** Publishes a status to the subject of a request. */
  say(reply: string, block: Buffer): void;
  /** What was delivered last: its number, and up to where in the stream. */
  readonly last: { readonly consumer: number; readonly stream: number };
}

/** A request that waits for messages. */
export interface WaitingRequest {
  readonly group: string;
  readonly minPending: number;
  readonly minAckPending: number;
  /** Id of the client that its group has chosen; empty: it knows none. */
  pin: string;
  readonly reply: string;
  readonly noWait: boolean;
  /** When it ends; Infinity: never by itself. */
  readonly expiresAt: number;
  readonly heartbeatMs: number;
  /** When it is told that it is still waiting; Infinity: never. */
  heartbeatAt: number;
  /** Messages that it still asks for. */
  messages: number;
  /** Bytes that it still has room for; 0: any number. */
  bytes: number;
  delivered: number;
}

/** Requests that are told that they have ended, between two steps. */
const STEP_REQUESTS = 64;
/** Requests that are told something in one look, and of which it is looked up whether something listens. */
const TOLD_AT_ONCE = 256;
const CHECKED_AT_ONCE = 512;
/** For how long what a look at all requests has found holds for further requests, in milliseconds. */
const LOOK_MS = 10;

/** Requests for messages, which are served in turn. */
export class PullQueue {
  /** Which requests are served before others. */
  readonly priority: Priority;
  private readonly host: PullHost;
  private requests: WaitingRequest[] = [];
  /** Messages that all of them together ask for. */
  wanted = 0;
  /** Requests looked at since it was asked last. */
  private looked = 0;
  /** Up to where it was looked up last whether something listens. */
  private checkedTo = 0;
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** Not after the next one ends, or gets a sign of life. */
  private due = Number.POSITIVE_INFINITY;

  constructor(host: PullHost, priority: Priority) {
    this.host = host;
    this.priority = priority;
  }

  get size(): number {
    return this.requests.length;
  }

  /** Requests looked at since it was asked last. */
  takeLooked(): number {
    const { looked } = this;
    this.looked = 0;
    return looked;
  }

  add(reply: string, request: PullRequest): void {
    const { batch, maxBytes, noWait, expiresMs, heartbeatMs, group, id, minPending, minAckPending } = request;
    const now = this.host.now();
    const added: WaitingRequest = {
      ...{ group, minPending, minAckPending, pin: id },
      ...{ reply, noWait, heartbeatMs, messages: batch, bytes: Math.max(0, maxBytes), delivered: 0 },
      expiresAt: expiresMs > 0 ? now + expiresMs : Number.POSITIVE_INFINITY,
      heartbeatAt: heartbeatMs > 0 ? now + heartbeatMs : Number.POSITIVE_INFINITY,
    };
    this.requests.push(added);
    this.wanted += added.messages;
    this.due = Math.min(this.due, added.expiresAt, added.heartbeatAt);
  }

  /** The same as `sweep`, unless that was done a moment ago: for what may come very often. */
  sweepRateLimited(): void {
    if (performance.now() - this.lookedAt >= LOOK_MS) this.sweep(false);
  }

  /**
   * Picks the request that gets the next message, of so many bytes, and counts it; those that cannot get it any more end.
   * Undefined: there is none.
   */
  pick(bytes: number): WaitingRequest | undefined {
    const { host } = this;
    const now = host.now();
    for (let at = 0; at < this.requests.length; ) {
      const request = this.requests[at];
      if (request === undefined) break;
      this.looked++;
      if (request.expiresAt <= now) {
        this.end(at, timeout(request));
        continue;
      }
      const readiness = host.readiness(request.reply);
      if (readiness === 'busy') {
        at++;
        continue;
      }
      if (readiness === 'none') {
        this.requests.splice(at, 1);
        this.wanted -= request.messages;
        continue;
      }
      const verdict = this.priority.verdict(request);
      if (verdict === 'skip') {
        at++;
        continue;
      }
      if (verdict === 'end') {
        this.end(at, status(423, 'Nats-Wrong-Pin-Id', left(request.messages, request.bytes)));
        continue;
      }
      if (request.bytes > 0 && bytes > request.bytes) {
        this.end(at, status(409, 'Message Size Exceeds MaxBytes', left(request.messages, request.bytes)));
        continue;
      }
      this.serve(request, at, bytes, now);
      return request;
    }
    return undefined;
  }

  /**
   * Ends those that have waited long enough, or that nothing listens for, and gives others a sign of life: few at once, so that
   * what is left is due at once. Whether something listens is looked up for so many of them in turn.
   */
  sweep(isAtEnd: boolean): void {
    const { host, requests } = this;
    const now = host.now();
    const waiting: WaitingRequest[] = [];
    const from = this.checkedTo >= requests.length ? 0 : this.checkedTo;
    this.checkedTo = from;
    this.looked += requests.length >>> 3;
    this.wanted = 0;
    this.due = Number.POSITIVE_INFINITY;
    let told = 0;
    let at = 0;
    for (const request of requests) {
      const block = told < TOLD_AT_ONCE ? endOf(request, now, isAtEnd) : undefined;
      const isChecked = block === undefined && at >= from && at < from + CHECKED_AT_ONCE;
      at++;
      if (isChecked) {
        this.looked++;
        if (host.readiness(request.reply) === 'none') continue;
        this.checkedTo = waiting.length + 1;
      }
      if (block !== undefined) {
        told++;
        host.say(request.reply, block);
        continue;
      }
      if (request.heartbeatAt <= now && told < TOLD_AT_ONCE) {
        told++;
        host.say(request.reply, heartbeat(host.last.consumer, host.last.stream, undefined));
        request.heartbeatAt = now + request.heartbeatMs;
      }
      waiting.push(request);
      this.wanted += request.messages;
      this.due = Math.min(this.due, request.expiresAt, request.heartbeatAt);
    }
    this.looked += told;
    this.requests = waiting;
    this.lookedAt = performance.now();
  }

  /** Drops all that nothing listens for. Returns whether any is left. */
  *dropDead(): Steps<boolean> {
    let dead = new Set<WaitingRequest>();
    let looked = 0;
    const drop = (): void => {
      if (dead.size === 0) return;
      this.requests = this.requests.filter((each) => {
        if (!dead.has(each)) return true;
        this.wanted -= each.messages;
        return false;
      });
      dead = new Set();
    };
    for (const request of [...this.requests]) {
      if (this.host.readiness(request.reply) === 'none') dead.add(request);
      if (++looked % STEP_REQUESTS !== 0) continue;
      drop();
      yield;
    }
    drop();
    return this.requests.length > 0;
  }

  /** When the next one may end, or get a sign of life; Infinity: none does. */
  get nextDue(): number {
    return this.requests.length === 0 ? Number.POSITIVE_INFINITY : this.due;
  }

  /** What was counted for a request was not delivered. */
  credit(reply: string): void {
    const request = this.requests.find((each) => each.reply === reply);
    if (request === undefined) return;
    request.messages++;
    this.wanted++;
    request.delivered--;
  }

  /** Ends all of them. Each is told so. @param withRest whether it is told what is left of it */
  *endAll(text: string, withRest: boolean): Steps<void> {
    const requests = this.requests.splice(0);
    this.wanted = 0;
    let told = 0;
    for (const { reply, messages, bytes } of requests) {
      this.host.say(reply, status(409, text, withRest ? left(messages, bytes) : {}));
      if (++told % STEP_REQUESTS === 0) yield;
    }
  }

  private serve(request: WaitingRequest, at: number, bytes: number, now: number): void {
    if (request.bytes > 0) {
      request.bytes -= bytes;
      // It has no room for another one.
      if (request.bytes === 0) {
        this.wanted -= request.messages - 1;
        request.messages = 1;
      }
    }
    request.pin = this.priority.serve(request) ?? '';
    request.messages--;
    this.wanted--;
    request.delivered++;
    this.requests.splice(at, 1);
    if (request.messages <= 0) return;
    if (request.heartbeatMs > 0) request.heartbeatAt = now + request.heartbeatMs;
    this.requests.push(request);
  }

  private end(at: number, block: Buffer): void {
    const [request] = this.requests.splice(at, 1);
    this.wanted -= request?.messages ?? 0;
    if (request !== undefined) this.host.say(request.reply, block);
  }
}

/** What a request is told that ends now; undefined: it does not. */
function endOf(request: WaitingRequest, now: number, isAtEnd: boolean): Buffer | undefined {
  if (request.expiresAt <= now) return timeout(request);
  const isServed = request.expiresAt === Number.POSITIVE_INFINITY || request.delivered > 0;
  return isAtEnd && request.noWait && isServed ? status(404, 'No Messages') : undefined;
}

function timeout({ messages, bytes }: WaitingRequest): Buffer {
  return status(408, 'Request Timeout', left(messages, bytes));
}
