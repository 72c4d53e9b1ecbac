import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Answer } from './endpoint.js';
import { compactJson, prettyJson } from './json.js';

/** Text gathered before it is written and others have a turn, in UTF-16 code units. */
const CHUNK = 64 * 1024;
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
export async function respond(response: ServerResponse, answer: Answer, callback: string): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  switch (answer.kind) {
    case 'text':
      if (answer.status === 405) {
        response.setHeader('Allow', 'GET, HEAD');
        response.setHeader('Connection', 'close'); // whatever body comes along is not worth reading
      }
      return respondWhole(response, answer.status, 'text/plain; charset=utf-8', answer.text);
    case 'html':
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
      return respondWhole(response, 200, 'text/html; charset=utf-8', answer.html);
    case 'json':
      return respondJson(response, answer, callback);
  }
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
): Promise<void> {
  const type = callback === '' ? 'application/json' : 'application/javascript';
  if (callback === '') response.setHeader('Access-Control-Allow-Origin', '*');
  const pieces = wrapped(compact === true ? [compactJson(body)] : prettyJson(body), callback);
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    if (!response.headersSent) response.writeHead(status, { 'Content-Type': type });
    if (response.req.method === 'HEAD') break;
    if (!response.write(text) && !response.destroyed) await drained(response);
    text = '';
    await setImmediate();
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
