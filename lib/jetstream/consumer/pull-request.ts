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
}

const ONE: PullRequest = { batch: 1, expiresMs: 0, maxBytes: 0, noWait: false, heartbeatMs: 0 };

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
    };
    return request.heartbeatMs * 2 > request.expiresMs ? 'heartbeat value too large' : request;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/[\r\n]+/g, ' ') : 'invalid JSON';
  }
}
