import type { IncomingMessage, ServerResponse } from 'node:http';
import { compactJson, prettyJson } from '../domain/json.js';
import type { Answer } from './endpoint.js';
import type { Turns } from './turns.js';

/** Text gathered before it is written, in UTF-16 code units. */
const CHUNK = 64 * 1024;
/** Pieces of text between two looks at the clock. */
const PIECES_A_STEP = 16;
const STYLES_ONLY = "default-src 'none'; style-src 'unsafe-inline'";
/** What may be a function's name in a browser. nats-server takes anything. */
const CALLBACK = /^[\w$.[\]]{1,128}$/;

/** Whether an answer may be wrapped in a call of it. */
export function isCallback(name: string): boolean {
  return CALLBACK.test(name);
}

/**
 * Writes an answer: at once where it is short, else in pieces, as fast as the client takes them. Resolves when all is
 * handed over or the client has left.
 *
 * @param callback wraps JSON into a call of it, unless empty
 */
export async function respond(
  response: ServerResponse,
  answer: Answer,
  callback: string,
  turns: Turns,
): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (hasBody(response.req)) response.setHeader('Connection', 'close'); // it is not worth reading
  switch (answer.kind) {
    case 'text':
      if (answer.status === 405) response.setHeader('Allow', 'GET, HEAD');
      for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
      if (answer.status === 503) response.setHeader('Retry-After', '1');
      return respondWhole(
        response,
        answer.status,
        answer.contentType ?? 'text/plain; charset=utf-8',
        answer.text,
      );
    case 'html':
      response.setHeader('Vary', 'Accept');
      response.setHeader('Content-Security-Policy', answer.contentSecurityPolicy ?? STYLES_ONLY);
      return respondWhole(response, 200, 'text/html; charset=utf-8', answer.html);
    case 'json':
      return respondJson(response, answer, callback, turns);
  }
}

function hasBody({ method, headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  return method === 'CONNECT' || length !== '0' || encoding !== undefined;
}

function respondWhole(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}

async function respondJson(
  response: ServerResponse,
  { status, body, compact }: Answer & { kind: 'json' },
  callback: string,
  turns: Turns,
): Promise<void> {
  const type = callback === '' ? 'application/json' : 'application/javascript';
  const pieces = wrapped(compact === true ? [compactJson(body)] : prettyJson(body), callback);
  let text = '';
  let count = 0;
  for (const piece of pieces) {
    text += piece;
    if (text.length >= CHUNK) {
      if (!response.headersSent) response.writeHead(status, { 'Content-Type': type });
      if (response.req.method === 'HEAD') break;
      const isTaken = response.write(text);
      text = '';
      if (!isTaken && !response.destroyed) {
        await drained(response);
        await turns.next();
      }
    }
    if (++count % PIECES_A_STEP === 0 && turns.isOver) await turns.next();
    if (response.destroyed) return;
  }
  if (response.headersSent) response.end(text);
  else respondWhole(response, status, type, text);
}

function* wrapped(pieces: Iterable<string>, callback: string): Generator<string, void, undefined> {
  if (callback !== '') yield `${callback}(`;
  yield* pieces;
  if (callback !== '') yield ')';
}

/** Resolves when the client has taken what was written, or has left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    response.on('close', settle);
  });
}
