import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopback } from '../../domain/address.js';
import { MAX_LIVE_REQUEST_BYTES } from '../../domain/limits.js';
import type { Answer } from '../endpoint.js';
import { RequestGate } from '../request-gate.js';

/** Fields of a request of a page; each is text where it is there. */
export interface PageRequest {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly subject?: string | undefined;
  readonly payload?: string | undefined;
}

/** A status and why, as JSON. */
export function failed(status: number, error: string): Answer {
  return { kind: 'json', status, body: { error }, compact: true };
}

/** 200 and `body`. */
export function done(body: object = {}): Answer {
  return { kind: 'json', status: 200, body, compact: true };
}

/**
 * Whether a request may come from the page itself: a browser says for which page it asks. No other origin may act, not
 * even one that may read.
 */
export function isOfOwnPage({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return true;
  try {
    return host !== undefined && new URL(origin).host === host.toLowerCase();
  } catch {
    return false;
  }
}

/** Whether a password or token could be read on its way: it has come from another machine, and not over HTTPS. */
export function isExposed(
  { password, token }: PageRequest,
  isSecure: boolean,
  remoteAddress: string | undefined,
): boolean {
  if (password === undefined && token === undefined) return false;
  return !isSecure && !isLoopback(remoteAddress ?? '');
}

/** Reads the JSON object that is the body of a request. An answer: why it is refused. Undefined: its sender has left. */
export async function readRequest(request: IncomingMessage): Promise<PageRequest | Answer | undefined> {
  const {
    'content-type': type = '',
    'content-length': length = '',
    'transfer-encoding': encoding,
  } = request.headers;
  if (!/^application\/json(?:;|$)/i.test(type)) return failed(415, 'the body must be application/json');
  if (encoding !== undefined || !/^\d{1,9}$/.test(length)) return failed(411, 'Content-Length is missing');
  if (Number(length) > MAX_LIVE_REQUEST_BYTES)
    return failed(413, `${length} bytes are too many, allowed: ${MAX_LIVE_REQUEST_BYTES}`);
  const gate: unknown = request.socket;
  if (gate instanceof RequestGate) gate.passBody(Number(length));
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return (
    parsed(Buffer.concat(chunks).toString('utf8')) ?? failed(400, 'the body must be a JSON object of texts')
  );
}

export function isAnswer(value: PageRequest | Answer): value is Answer {
  return 'kind' in value;
}

function parsed(text: string): PageRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { user, password, token, subject, payload } = value as Readonly<Record<keyof PageRequest, unknown>>;
  const fields = [user, password, token, subject, payload];
  if (fields.some((field) => field !== undefined && typeof field !== 'string')) return undefined;
  return { user, password, token, subject, payload } as PageRequest;
}
