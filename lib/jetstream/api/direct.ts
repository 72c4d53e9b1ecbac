import { MAX_DIRECT_GET_SUBJECTS } from '../../domain/jetstream-limits.js';
import type { Steps } from '../../domain/steps.js';
import { isLevelTooLow } from '../api-level.js';
import { withHeaders } from '../headers.js';
import { timeText } from '../instant.js';
import type { StoredMessage } from '../store/store.js';
import type { Stream } from '../stream.js';
import { type BatchQuery, batchIn, isContradictoryBatch, sendFollowing, sendLast } from './direct-batch.js';
import { ApiError } from './errors.js';
import { findMessage, isContradictory, type MessageQuery, queryIn } from './messages.js';
import type { ApiRequest, MessageRoute } from './route.js';

const NO_PAYLOAD = Buffer.alloc(0);
const MOST_TOKENS = 256;

/** Messages as they are: `DIRECT.GET.<stream>` with a query, or with a subject whose last message is asked for. */
export const DIRECT_ROUTES: readonly MessageRoute[] = [
  {
    name: 'DIRECT.GET',
    tokens: [1, MOST_TOKENS],
    isTaken: (request) => askedStream(request) !== undefined,
    take(request) {
      const { parameters, reply, body } = request;
      const stream = askedStream(request);
      if (stream === undefined || reply === undefined) return undefined;
      if (isLevelTooLow(request.headers)) {
        status(stream, reply, '412 Required Api Level');
        return undefined;
      }
      const subject = parameters.slice(1).join('.');
      if (subject === '') return () => answerQuery(stream, reply, request);
      if (body.length === 0) return () => deliver(stream, reply, { ...NOTHING, lastFor: subject });
      status(stream, reply, '408 Bad Request');
      return undefined;
    },
    refuse(request) {
      const stream = askedStream(request);
      if (stream !== undefined && request.reply !== undefined)
        status(stream, request.reply, '429 Too Many Requests');
    },
  },
];

const NOTHING: MessageQuery = { sequence: 0, lastFor: '', nextFor: '', startTime: '' };

function askedStream(request: ApiRequest): Stream | undefined {
  return request.streams.directFor(request.parameter(0));
}

function* answerQuery(stream: Stream, reply: string, request: ApiRequest): Steps<undefined> {
  yield* request.read();
  const query = readQuery(request);
  if (typeof query === 'string') status(stream, reply, query);
  else if (query.multiLast.length > 0 || query.batch > 0) yield* deliverBatch(stream, reply, query);
  else yield* deliver(stream, reply, query);
  return undefined;
}

/** What a body asks for; a text: the status that it is answered with. */
function readQuery(request: ApiRequest): BatchQuery | string {
  if (request.body.length === 0) return '408 Empty Request';
  let query: BatchQuery;
  try {
    const fields = request.fields();
    query = batchIn(fields, queryIn(fields));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return '408 Malformed Request';
  }
  const { sequence, lastFor, nextFor, startTime, multiLast } = query;
  if (sequence === 0 && lastFor === '' && nextFor === '' && startTime === '' && multiLast.length === 0)
    return '408 Empty Request';
  if (isContradictoryBatch(query) || (multiLast.length === 0 && isContradictory(query)))
    return '408 Bad Request';
  return multiLast.length > MAX_DIRECT_GET_SUBJECTS ? '413 Too Many Results' : query;
}

function* deliverBatch(stream: Stream, reply: string, query: BatchQuery): Steps<void> {
  const receiver = {
    status: (text: string) => status(stream, reply, text),
    message: (message: StoredMessage, pending: number, last: number) =>
      publish(stream, reply, message, [
        ['Nats-Num-Pending', pending],
        ['Nats-Last-Sequence', last],
      ]),
  };
  const send = query.multiLast.length > 0 ? sendLast : sendFollowing;
  yield* send(stream.store, query, receiver);
}

function* deliver(stream: Stream, reply: string, query: MessageQuery): Steps<undefined> {
  send(stream, reply, yield* findMessage(stream.store, query));
  return undefined;
}

function send(stream: Stream, reply: string, message: StoredMessage | undefined): void {
  if (message === undefined) status(stream, reply, '404 Message Not Found');
  else publish(stream, reply, message, []);
}

/** Publishes a message as it is stored, with what it is and these headers after its own. */
function publish(
  { host, name }: Stream,
  reply: string,
  { subject, sequence, at, body, headerBytes }: StoredMessage,
  more: readonly (readonly [name: string, value: number])[],
): void {
  const headers = withHeaders(headerBytes === 0 ? undefined : body.subarray(0, headerBytes), [
    ['Nats-Stream', name],
    ['Nats-Subject', subject],
    ['Nats-Sequence', sequence],
    ['Nats-Time-Stamp', timeText(at)],
    ...more,
  ]);
  host.tools.outgoing.publish(host.account, { subject: reply, headers, payload: body.subarray(headerBytes) });
}

function status({ host }: Stream, reply: string, text: string): void {
  const headers = Buffer.from(`NATS/1.0 ${text}\r\n\r\n`);
  host.tools.outgoing.publish(host.account, { subject: reply, headers, payload: NO_PAYLOAD });
}
