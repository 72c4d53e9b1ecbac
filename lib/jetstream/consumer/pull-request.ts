import { Fields } from '../api/json.js';

const NS_PER_MS = 1e6;

/** A request for messages. Times in milliseconds. */
export interface PullRequest {
  readonly batch: number;
  /** How long it waits; 0: for any time. */
  readonly expiresMs: number;
  /** Bytes that its messages may have together; 0: any number. */
  readonly maxBytes: number;
  /** Whether it ends once there is nothing to be delivered. */
  readonly noWait: boolean;
  /** Longest time in which it hears nothing; 0: any. */
  readonly heartbeatMs: number;
  /** Priority group that it is in; empty: none. */
  readonly group: string;
  /** Id of the client that the group has chosen, as its messages have it; empty: it knows none. */
  readonly id: string;
  /** Messages that must be ahead, or unacknowledged, for it to be served; 0: any number. */
  readonly minPending: number;
  readonly minAckPending: number;
  /** Whether it was written as an object. */
  readonly isObject: boolean;
}

const ONE: PullRequest = {
  ...{ batch: 1, expiresMs: 0, maxBytes: 0, noWait: false, heartbeatMs: 0 },
  ...{ group: '', id: '', minPending: 0, minAckPending: 0, isObject: false },
};

/** Reads the body of a request; text: what is wrong with it. */
export function parsePullRequest(body: string): PullRequest | string {
  const text = body.trim();
  if (text === '') return ONE;
  if (!text.startsWith('{')) return /^[+-]?\d+$/.test(text) ? { ...ONE, batch: Number(text) } : ONE;
  try {
    const value: unknown = JSON.parse(text);
    const fields = new Fields(value as Readonly<Record<string, unknown>>);
    const request: PullRequest = {
      batch: fields.integer('batch') ?? 0,
      expiresMs: (fields.integer('expires') ?? 0) / NS_PER_MS,
      maxBytes: fields.integer('max_bytes') ?? 0,
      noWait: fields.boolean('no_wait') ?? false,
      heartbeatMs: (fields.integer('idle_heartbeat') ?? 0) / NS_PER_MS,
      group: fields.text('group') ?? '',
      id: fields.text('id') ?? '',
      minPending: fields.integer('min_pending') ?? 0,
      minAckPending: fields.integer('min_ack_pending') ?? 0,
      isObject: true,
    };
    return request.heartbeatMs * 2 > request.expiresMs ? 'heartbeat value too large' : request;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/[\r\n]+/g, ' ') : 'invalid JSON';
  }
}
