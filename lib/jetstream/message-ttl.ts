import { durationText, parseDuration } from './duration.js';
import { headerOf, withHeaders, withoutHeader } from './headers.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { StoredMessage } from './store/store.js';

/** A message as it is to be stored. */
type Unstored = Pick<StoredMessage, 'subject' | 'body' | 'headerBytes'>;

const TTL = Buffer.from('Nats-TTL');
const MARKER_REASON = Buffer.from('Nats-Marker-Reason');
const KV_OPERATION = Buffer.from('KV-Operation');
const NS_PER_SECOND = 1e9;

/** TTL of a message that never expires, not even at the `max_age` of its stream. */
export const NEVER = -1;

/** TTL that a header block asks for, in whole seconds. 0: none; `NEVER`; NaN: what it says is no TTL. */
export function ttlIn(block: Buffer): number {
  const text = headerOf(block, TTL);
  if (text === undefined || text === '') return 0;
  if (text.toLowerCase() === 'never') return NEVER;
  const ns = parseDuration(text);
  if (ns !== undefined) return ns < NS_PER_SECOND ? Number.NaN : Math.floor(ns / NS_PER_SECOND);
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** TTL of a stored message, as `ttlIn` has it. */
export function ttlOf({ body, headerBytes }: StoredMessage): number {
  return headerBytes === 0 ? 0 : ttlIn(body.subarray(0, headerBytes));
}

/** Whether a message says that its subject is deleted: none more is stored once it expires. */
export function isMarker({ body, headerBytes }: StoredMessage): boolean {
  if (headerBytes === 0) return false;
  const block = body.subarray(0, headerBytes);
  return (headerOf(block, MARKER_REASON) ?? '') !== '' || headerOf(block, KV_OPERATION) === 'PURGE';
}

/** The message which says that the last one on `subject` has expired. @param ttl of it, in nanoseconds */
export function markerOf(subject: string, ttl: number): Unstored {
  const body = withHeaders(undefined, [
    ['Nats-Marker-Reason', 'MaxAge'],
    ['Nats-TTL', durationText(Math.floor(ttl / NS_PER_SECOND) * NS_PER_SECOND)],
    ['Nats-Rollup', 'sub'],
  ]);
  return { subject, body, headerBytes: body.length };
}

/** Shortest TTL of messages in a stream, in seconds: an older marker of their subject must be gone when they expire. */
export function leastTtl({ subject_delete_marker_ttl: ttl = 0, max_msgs_per_subject }: StreamConfig): number {
  return max_msgs_per_subject === 1 ? 0 : Math.floor(ttl / NS_PER_SECOND);
}

/** A message with another TTL in its header. @param ttl in seconds */
export function withTtl({ subject, body, headerBytes }: Unstored, ttl: number): Unstored {
  const block = withHeaders(withoutHeader(body.subarray(0, headerBytes), TTL), [['Nats-TTL', ttl]]);
  return { subject, body: Buffer.concat([block, body.subarray(headerBytes)]), headerBytes: block.length };
}
