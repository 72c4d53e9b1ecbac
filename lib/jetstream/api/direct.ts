import { withHeaders } from '../headers.js';
import { timeText } from '../instant.js';
import type { StoredMessage } from '../store/store.js';
import type { Stream } from '../stream.js';
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
      const stream = streams.streams.get(request.parameter(0));
      if (stream === undefined || !stream.config.allow_direct) return false;
      if (reply === undefined) return true;
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
  let query: MessageQuery;
  try {
    query = queryIn(request.fields());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return status(stream, reply, '408 Malformed Request');
  }
  const { sequence, lastFor, nextFor, startTime } = query;
  if (sequence === 0 && lastFor === '' && nextFor === '' && startTime === '')
    return status(stream, reply, '408 Empty Request');
  if (isContradictory(query)) return status(stream, reply, '408 Bad Request');
  deliver(stream, reply, query);
}

function deliver(stream: Stream, reply: string, query: MessageQuery): void {
  const { turns, failed } = stream.host.tools;
  const found = turns.run(findMessage(stream.store, query));
  if (found instanceof Promise) found.then((message) => send(stream, reply, message)).catch(failed);
  else send(stream, reply, found);
}

function send(stream: Stream, reply: string, message: StoredMessage | undefined): void {
  if (message === undefined) return status(stream, reply, '404 Message Not Found');
  const { host, name } = stream;
  host.tools.outgoing.publish(host.account, {
    subject: reply,
    headers: directHeaders(name, message),
    payload: message.body.subarray(message.headerBytes),
  });
}

function directHeaders(stream: string, { subject, sequence, at, body, headerBytes }: StoredMessage): Buffer {
  return withHeaders(headerBytes === 0 ? undefined : body.subarray(0, headerBytes), [
    ['Nats-Stream', stream],
    ['Nats-Subject', subject],
    ['Nats-Sequence', sequence],
    ['Nats-Time-Stamp', timeText(at)],
  ]);
}

function status({ host }: Stream, reply: string, text: string): void {
  const headers = Buffer.from(`NATS/1.0 ${text}\r\n\r\n`);
  host.tools.outgoing.publish(host.account, { subject: reply, headers, payload: NO_PAYLOAD });
}
