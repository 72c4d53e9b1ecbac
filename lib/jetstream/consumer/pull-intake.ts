import { MAX_JETSTREAM_PULLS } from '../../domain/limits.js';
import type { ConsumerConfig } from '../settings/consumer-config.js';
import type { MessageCursor } from './message-cursor.js';
import type { PendingMessages } from './pending.js';
import type { PullQueue } from './pull-queue.js';
import { parsePullRequest } from './pull-request.js';
import { refusalOf } from './request-limits.js';
import { status } from './statuses.js';

/** A consumer as requests for messages see it. */
export interface RequestedConsumer {
  readonly config: ConsumerConfig;
  /** Undefined: it is not asked for messages. */
  readonly pulls: PullQueue | undefined;
  readonly pending: PendingMessages;
  readonly cursor: MessageCursor;
  say(reply: string, block: Buffer): void;
}

/** Takes a request for messages: it waits, or is refused. Returns whether it waits. */
export function takeRequest(consumer: RequestedConsumer, reply: string, body: string): boolean {
  const { pulls, config, cursor, pending } = consumer;
  const refuse = (code: number, text: string): false => {
    consumer.say(reply, status(code, text));
    return false;
  };
  if (pulls === undefined) return refuse(409, 'Consumer is push based');
  const request = parsePullRequest(body);
  if (typeof request === 'string') return refuse(400, `Bad Request - ${request}`);
  const refusal = refusalOf(request, config) ?? pulls.priority.refusalOf(request);
  if (refusal !== undefined) return refuse(...refusal);
  const most = Math.min(config.max_waiting ?? 0, MAX_JETSTREAM_PULLS);
  if (pulls.size >= most) pulls.sweepRateLimited();
  if (request.noWait) {
    const available = cursor.pending + pending.waiting;
    if (available === 0 && request.expiresMs === 0) return refuse(404, 'No Messages');
    if (available > 0) pulls.sweepRateLimited();
    if (available > 0 && available < pulls.wanted) return refuse(408, 'Requests Pending');
  }
  if (pulls.size >= most) {
    // With heartbeats it finds out by itself; told at once it would ask again at once.
    return request.heartbeatMs === 0 && refuse(409, 'Exceeded MaxWaiting');
  }
  pulls.add(reply, request);
  return true;
}
