import { MAX_DIRECT_GET_BYTES, MAX_DIRECT_GET_SUBJECTS } from '../../domain/jetstream-limits.js';
import type { Steps } from '../../domain/steps.js';
import { parseTime } from '../instant.js';
import type { Store, StoredMessage } from '../store/store.js';
import { ApiError } from './errors.js';
import type { Fields } from './json.js';
import type { MessageQuery } from './messages.js';

/** Messages looked at between two steps. */
const STEP_MESSAGES = 64;

/** What a request for several messages asks for, beside where they begin. */
export interface BatchQuery extends MessageQuery {
  /** Most messages; 0: one, or with `multiLast` any number. */
  readonly batch: number;
  /** Bytes from which on no more follows; 0: the most there may be. */
  readonly maxBytes: number;
  /** Subjects of which the last message is asked for each; empty: none. */
  readonly multiLast: readonly string[];
  /** The sequence and the time that the last messages are to be from; 0 and empty: now. */
  readonly upToSequence: number;
  readonly upToTime: string;
}

/** Where the messages of a batch go to. */
export interface BatchReceiver {
  /** One message, how many there are after it, and which came before it. */
  message(message: StoredMessage, pending: number, last: number): void;
  status(text: string): void;
}

/**
 * What a request asks for.
 * @throws ApiError INVALID_JSON
 */
export function batchIn(fields: Fields, query: MessageQuery): BatchQuery {
  const upToTime = fields.text('up_to_time') ?? '';
  if (upToTime !== '' && parseTime(upToTime) === undefined)
    throw new ApiError('INVALID_JSON', `parsing time ${JSON.stringify(upToTime)}`);
  return {
    ...query,
    batch: Math.max(0, fields.integer('batch') ?? 0),
    maxBytes: Math.max(0, fields.integer('max_bytes') ?? 0),
    multiLast: fields.texts('multi_last') ?? [],
    upToSequence: fields.count('up_to_seq') ?? 0,
    upToTime,
  };
}

/** Whether a request asks for more than one thing. */
export function isContradictoryBatch(query: BatchQuery): boolean {
  const { sequence, startTime, lastFor, nextFor, batch, multiLast, upToSequence, upToTime } = query;
  return (
    (sequence > 0 && startTime !== '') ||
    (lastFor !== '' && batch > 0) ||
    (multiLast.length > 0 && (lastFor !== '' || nextFor !== '')) ||
    (upToSequence > 0 && upToTime !== '')
  );
}

/** Sends messages from a sequence, or a time, on: those on a subject, or all. */
export function* sendFollowing(store: Store, query: BatchQuery, to: BatchReceiver): Steps<void> {
  const filter = query.nextFor === '' ? [] : [query.nextFor];
  const time = query.startTime === '' ? undefined : parseTime(query.startTime);
  let next = Math.max(1, time === undefined ? query.sequence : store.sequenceAt(time));
  const { lastSequence } = store.state;
  let pending = yield* store.count(filter, next, lastSequence);
  let last = 0;
  let bytes = 0;
  for (let sent = 0; sent < query.batch && bytes < mostBytes(query); ) {
    const message = store.next(filter, next, STEP_MESSAGES);
    if (message === undefined) break;
    if (typeof message === 'number') next = message;
    else {
      next = message.sequence + 1;
      pending = Math.max(0, pending - 1);
      to.message(message, pending, last);
      last = message.sequence;
      bytes += sizeOf(message);
      sent++;
    }
    if (typeof message === 'number' || sent % STEP_MESSAGES === 0) yield;
  }
  if (last === 0) return to.status('404 Message Not Found');
  if (store.state.lastSequence > lastSequence)
    pending = yield* store.count(filter, next, store.state.lastSequence);
  to.status(`204 EOB\r\nNats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${last}`);
}

/** Sends the last message of each of some subjects, as they were at a sequence or a time. */
export function* sendLast(store: Store, query: BatchQuery, to: BatchReceiver): Steps<void> {
  const end = endOf(store, query);
  const found = end === 0 ? [] : yield* lastSequences(store, query.multiLast, end);
  if (found === undefined) return to.status('413 Too Many Results');
  if (found.length === 0) return to.status('404 No Results');
  let pending = found.length;
  let last = 0;
  let bytes = 0;
  let sent = 0;
  for (const sequence of found) {
    pending--;
    if (sequence < query.sequence) continue;
    const message = store.get(sequence);
    if (message === undefined) return to.status('404 Message Not Found');
    to.message(message, pending, last);
    last = sequence;
    bytes += sizeOf(message);
    sent++;
    if (bytes >= mostBytes(query) || sent === query.batch) break;
    if (sent % STEP_MESSAGES === 0) yield;
  }
  const numbers = `Nats-Num-Pending: ${pending}\r\nNats-Last-Sequence: ${last}\r\nNats-UpTo-Sequence: ${end}`;
  to.status(`204 EOB\r\n${numbers}`);
}

/** The sequence that the last messages are to be from; 0: there was none yet. */
function endOf(store: Store, { upToSequence, upToTime }: BatchQuery): number {
  const time = upToTime === '' ? undefined : parseTime(upToTime);
  const { firstSequence, lastSequence } = store.state;
  if (time === undefined) return upToSequence === 0 ? lastSequence : upToSequence;
  const sequence = store.sequenceAt(time);
  return sequence <= firstSequence ? 0 : sequence - 1;
}

/** Sequences of the last messages up to `end` on subjects of a filter, in their order; undefined: they are too many. */
function* lastSequences(
  store: Store,
  filter: readonly string[],
  end: number,
): Steps<readonly number[] | undefined> {
  const isNow = end >= store.state.lastSequence;
  const subjects = yield* store.subjects(filter, isNow ? MAX_DIRECT_GET_SUBJECTS + 1 : undefined);
  const found: number[] = [];
  let looked = 0;
  for (const [subject, { last }] of subjects) {
    const sequence = last <= end ? last : (store.lastBefore(subject, end + 1)?.sequence ?? 0);
    if (sequence > 0) found.push(sequence);
    if (found.length > MAX_DIRECT_GET_SUBJECTS) return undefined;
    if (++looked % STEP_MESSAGES === 0) yield;
  }
  return found.sort((one, other) => one - other);
}

function mostBytes({ maxBytes }: BatchQuery): number {
  return maxBytes === 0 ? MAX_DIRECT_GET_BYTES : Math.min(maxBytes, MAX_DIRECT_GET_BYTES);
}

function sizeOf({ subject, body }: StoredMessage): number {
  return Buffer.byteLength(subject) + body.length;
}
