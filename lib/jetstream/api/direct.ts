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
    take(request) {
      const { streams, parameters, reply } = request;
      const stream = streams.directFor(request.parameter(0));
      if (stream === undefined) return false;
      if (reply === undefined) return true;
      if (isLevelTooLow(request.headers)) {
        status(stream, reply, '412 Required Api Level');
        return true;
      }
      const subject = parameters.slice(1).join('.');
      if (subject !== '' && request.body.length > 0) status(stream, reply, '408 Bad Request');
      else if (subject !== '') deliver(stream, reply, { ...NOTHING, lastFor: subject });
      else answerQuery(stream, reply, request);
      return true;
    },
  },
];

const NOTHING: MessageQuery = { sequence: 0, lastFor: '', nextFor: '', startTime: '' };

function answerQuery(stream: Stream, reply: string, request: ApiRequest): void {
  if (request.body.length === 0) return status(stream, reply, '408 Empty Request');
  let query: BatchQuery;
  try {
    const fields = request.fields();
    query = batchIn(fields, queryIn(fields));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return status(stream, reply, '408 Malformed Request');
  }
  const { sequence, lastFor, nextFor, startTime, multiLast, batch } = query;
  if (sequence === 0 && lastFor === '' && nextFor === '' && startTime === '' && multiLast.length === 0)
    return status(stream, reply, '408 Empty Request');
  if (isContradictoryBatch(query) || (multiLast.length === 0 && isContradictory(query)))
    return status(stream, reply, '408 Bad Request');
  if (multiLast.length > 0 || batch > 0) deliverBatch(stream, reply, query);
  else deliver(stream, reply, query);
}

function deliverBatch(stream: Stream, reply: string, query: BatchQuery): void {
  const { turns, failed } = stream.host.tools;
  const receiver = {
    status: (text: string) => status(stream, reply, text),
    message: (message: StoredMessage, pending: number, last: number) =>
      publish(stream, reply, message, [
        ['Nats-Num-Pending', pending],
        ['Nats-Last-Sequence', last],
      ]),
  };
  const send = query.multiLast.length > 0 ? sendLast : sendFollowing;
  const sent = turns.run(send(stream.store, query, receiver));
  if (sent instanceof Promise) sent.catch(failed);
}

function deliver(stream: Stream, reply: string, query: MessageQuery): void {
  const { turns, failed } = stream.host.tools;
  const found = turns.run(findMessage(stream.store, query));
  if (found instanceof Promise) found.then((message) => send(stream, reply, message)).catch(failed);
  else send(stream, reply, found);
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
