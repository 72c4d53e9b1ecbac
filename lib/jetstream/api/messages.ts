import type { Steps } from '../../domain/steps.js';
import { hasWildcard } from '../../domain/subject.js';
import { parseTime, timeText } from '../instant.js';
import type { Store, StoredMessage } from '../store/store.js';
import { ApiError } from './errors.js';
import type { Fields } from './json.js';
import type { ApiRequest, Route } from './route.js';

/** Messages looked at between two steps. */
const SEARCH_MESSAGES = 64;

/** Which message is asked for. */
export interface MessageQuery {
  /** 0: none. */
  readonly sequence: number;
  readonly lastFor: string;
  readonly nextFor: string;
  /** Empty: none. */
  readonly startTime: string;
}

/** Single messages: looked at and deleted. */
export const MESSAGE_ROUTES: readonly Route[] = [
  {
    name: 'STREAM.MSG.GET',
    tokens: [1, 1],
    type: 'stream_msg_get',
    isUnaudited: true,
    handle: found,
  },
  {
    name: 'STREAM.MSG.DELETE',
    tokens: [1, 1],
    type: 'stream_msg_delete',
    handle(request) {
      if (request.isEmpty) throw new ApiError('BAD_REQUEST');
      const fields = request.fields();
      const sequence = fields.count('seq') ?? 0;
      const stream = request.streams.find(request.parameter(0));
      if (stream.config.sealed) throw new ApiError('STREAM_SEALED');
      if (stream.config.deny_delete)
        throw new ApiError('STREAM_MSG_DELETE_FAILED', 'message delete not permitted');
      if (!stream.remove(sequence, fields.boolean('no_erase') !== true)) {
        if (stream.config.storage === 'file' && sequence > stream.store.state.lastSequence)
          throw new ApiError('STREAM_MSG_DELETE_FAILED', 'stream store EOF');
        throw new ApiError('SEQUENCE_NOT_FOUND', sequence);
      }
      return { success: true };
    },
  },
];

function* found(request: ApiRequest): Steps<object> {
  if (request.isEmpty) throw new ApiError('BAD_REQUEST');
  const fields = request.fields();
  const query = queryIn(fields);
  if (isContradictory(query)) throw new ApiError('BAD_REQUEST');
  const { store } = request.streams.find(request.parameter(0));
  const message = yield* findMessage(store, query);
  if (message === undefined) throw new ApiError('NO_MESSAGE_FOUND');
  return { message: shown(message, fields.boolean('no_hdr') === true) };
}

/** @throws ApiError INVALID_JSON */
export function queryIn(fields: Fields): MessageQuery {
  return {
    sequence: fields.count('seq') ?? 0,
    lastFor: fields.text('last_by_subj') ?? '',
    nextFor: fields.text('next_by_subj') ?? '',
    startTime: fields.text('start_time') ?? '',
  };
}

/** Whether it asks for nothing, or for more than one thing. */
export function isContradictory({ sequence, lastFor, nextFor, startTime }: MessageQuery): boolean {
  const hasTime = startTime !== '';
  return (
    (sequence > 0 && lastFor !== '') ||
    (sequence === 0 && lastFor === '' && nextFor === '' && !hasTime) ||
    (sequence > 0 && hasTime) ||
    (hasTime && lastFor !== '') ||
    (lastFor !== '' && nextFor !== '')
  );
}

/** The message that is asked for; undefined: there is none. */
export function* findMessage(store: Store, query: MessageQuery): Steps<StoredMessage | undefined> {
  const { lastFor, nextFor, startTime } = query;
  const time = startTime === '' ? undefined : parseTime(startTime);
  const sequence = time === undefined ? query.sequence : store.sequenceAt(time);
  if (nextFor !== '') return yield* findNext(store, nextFor, sequence);
  if (lastFor === '') return store.get(sequence);
  let last = store.subject(lastFor)?.last ?? 0;
  if (hasWildcard(lastFor))
    for (const state of (yield* store.subjects([lastFor])).values()) last = Math.max(last, state.last);
  return store.get(last);
}

function* findNext(store: Store, subject: string, from: number): Steps<StoredMessage | undefined> {
  const filter = [subject];
  for (let at = Math.max(1, from); ; ) {
    const message = store.next(filter, at, SEARCH_MESSAGES);
    if (typeof message !== 'number') return message;
    at = message;
    yield;
  }
}

function shown({ subject, sequence, at, body, headerBytes }: StoredMessage, noHeaders: boolean): object {
  const headers = headerBytes > 0 && !noHeaders ? body.subarray(0, headerBytes) : undefined;
  const data = body.subarray(headerBytes);
  return {
    subject,
    seq: sequence,
    ...(headers === undefined ? {} : { hdrs: headers.toString('base64') }),
    ...(data.length === 0 ? {} : { data: data.toString('base64') }),
    time: timeText(at),
  };
}
