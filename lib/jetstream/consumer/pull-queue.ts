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

/** Requests for messages, which are served in turn. */
export class PullQueue {
  /** Which requests are served before others. */
  readonly priority: Priority;
  private readonly host: PullHost;
  private requests: WaitingRequest[] = [];

  constructor(host: PullHost, priority: Priority) {
    this.host = host;
    this.priority = priority;
  }

  get size(): number {
    return this.requests.length;
  }

  /** Messages that all of them together ask for. */
  get wanted(): number {
    return this.requests.reduce((sum, { messages }) => sum + messages, 0);
  }

  add(reply: string, request: PullRequest): void {
    const { batch, maxBytes, noWait, expiresMs, heartbeatMs, group, id, minPending, minAckPending } = request;
    const now = this.host.now();
    this.requests.push({
      ...{ group, minPending, minAckPending, pin: id },
      ...{ reply, noWait, heartbeatMs, messages: batch, bytes: Math.max(0, maxBytes), delivered: 0 },
      expiresAt: expiresMs > 0 ? now + expiresMs : Number.POSITIVE_INFINITY,
      heartbeatAt: heartbeatMs > 0 ? now + heartbeatMs : Number.POSITIVE_INFINITY,
    });
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

  /** Ends those that have waited long enough, or that nothing listens for, and gives others a sign of life. */
  sweep(isAtEnd: boolean): void {
    const { host } = this;
    const now = host.now();
    const waiting: WaitingRequest[] = [];
    for (const request of this.requests) {
      if (request.expiresAt <= now) host.say(request.reply, timeout(request));
      else if (
        isAtEnd &&
        request.noWait &&
        (request.expiresAt === Number.POSITIVE_INFINITY || request.delivered > 0)
      )
        host.say(request.reply, status(404, 'No Messages'));
      else if (host.readiness(request.reply) !== 'none') {
        if (request.heartbeatAt <= now) {
          host.say(request.reply, heartbeat(host.last.consumer, host.last.stream, undefined));
          request.heartbeatAt = now + request.heartbeatMs;
        }
        waiting.push(request);
      }
    }
    this.requests = waiting;
  }

  /** When the next one ends, or gets a sign of life; Infinity: none does. */
  get nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const { expiresAt, heartbeatAt } of this.requests) due = Math.min(due, expiresAt, heartbeatAt);
    return due;
  }

  /** What was counted for a request was not delivered. */
  credit(reply: string): void {
    const request = this.requests.find((each) => each.reply === reply);
    if (request === undefined) return;
    request.messages++;
    request.delivered--;
  }

  /** Ends all of them. @param block what they are told; undefined: what is left of each goes with a 409 of that text */
  endAll(text: string, withRest: boolean): void {
    for (const { reply, messages, bytes } of this.requests.splice(0))
      this.host.say(reply, status(409, text, withRest ? left(messages, bytes) : {}));
  }

  private serve(request: WaitingRequest, at: number, bytes: number, now: number): void {
    if (request.bytes > 0) {
      request.bytes -= bytes;
      // It has no room for another one.
      if (request.bytes === 0) request.messages = 1;
    }
    request.pin = this.priority.serve(request) ?? '';
    request.messages--;
    request.delivered++;
    this.requests.splice(at, 1);
    if (request.messages <= 0) return;
    if (request.heartbeatMs > 0) request.heartbeatAt = now + request.heartbeatMs;
    this.requests.push(request);
  }

  private end(at: number, block: Buffer): void {
    const [request] = this.requests.splice(at, 1);
    if (request !== undefined) this.host.say(request.reply, block);
  }
}

function timeout({ messages, bytes }: WaitingRequest): Buffer {
  return status(408, 'Request Timeout', left(messages, bytes));
}
