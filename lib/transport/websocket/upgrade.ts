import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Beginnings } from '../../domain/beginnings.js';
import type { Loadable } from '../../domain/loadable.js';
import { printable } from '../../domain/printable.js';
import { isOfLeafs, isOfOthers } from '../../domain/websocket-path.js';
import type { Wire, WireCredentials } from '../wire.js';
import { originFault, originOf } from './origin.js';
import { pathOf } from './request-path.js';
import { WebSocketStream } from './websocket-stream.js';
import { CompressedWire, type TrustingStream, WebSocketWire } from './websocket-wire.js';

/** Names of cookies with credentials; undefined: none is looked for. */
export interface CookieNames {
  readonly jwt: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** What upgrade requests are checked for, and answered with. */
export interface UpgradePolicy {
  /** Whether pages of other origins than that of the server are refused. */
  readonly sameOrigin: boolean;
  /** Origins of pages that are let in, as in `https://example.com`; `*`: any; empty: not looked at. */
  readonly allowedOrigins: readonly string[];
  /** Whether leafs may connect, on a path of theirs. */
  readonly servesLeafs: boolean;
  /** Whether messages may be compressed. */
  readonly compression: boolean;
  /** Headers of the answer beside those of the protocol. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: CookieNames;
  /** How many proxies are in front, each of which appends to `X-Forwarded-For`; 0: that header is not looked at. */
  readonly trustedProxies: number;
}

/** Why an upgrade request is refused. */
export interface UpgradeRefusal {
  readonly status: 400 | 403 | 404 | 405 | 431 | 503;
  readonly why: string;
}

/** Header by which a leaf asks not to mask its frames, and is told that it need not. */
export const NO_MASKING = 'Nats-No-Masking';

const VERSION = '13';
/** https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** 16 bytes in base64. */
const KEY = /^[+/\dA-Za-z]{22}==$/;

const REASONS: Readonly<Record<UpgradeRefusal['status'], string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** What is wrong with an upgrade request, in nats-server's order; undefined: nothing. */
export function upgradeFault(request: IncomingMessage, policy: UpgradePolicy): UpgradeRefusal | undefined {
  const { method, headers } = request;
  const path = pathOf(request);
  if (isOfLeafs(path) && !policy.servesLeafs) return { status: 404, why: 'no leafs are served there' };
  if (isOfOthers(path) && !isOfLeafs(path)) return { status: 404, why: 'no clients are served there' };
  if (method !== 'GET') return { status: 405, why: 'request method must be GET' };
  if (!headers.host) return { status: 400, why: "'Host' missing in request" };
  if (!hasToken(headers.upgrade, 'websocket')) return bad("invalid value for header 'Upgrade'");
  if (!hasToken(headers.connection, 'upgrade')) return bad("invalid value for header 'Connection'");
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) return bad('invalid websocket key');
  if (!hasToken(headers['sec-websocket-version'], VERSION)) return bad('invalid version');
  const origin = originFault(request, isSecure(request, policy), policy);
  return origin === undefined ? undefined : { status: 403, why: `origin not allowed: ${origin}` };
}

function bad(why: string): UpgradeRefusal {
  return { status: 400, why };
}

function hasToken(value: string | string[] | undefined, token: string): boolean {
  const tokens = String(value ?? '').split(',');
  return tokens.some((each) => each.trim().toLowerCase() === token);
}

/** Whether a client offers to compress messages. */
export function offersCompression({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return /(?:^|,)\s*permessage-deflate\s*(?:[;,]|$)/i.test(headers['sec-websocket-extensions'] ?? '');
}

/** Whether the peer, or the nearest proxy's peer, came over TLS. */
function isSecure({ socket, headers }: IncomingMessage, { trustedProxies }: UpgradePolicy): boolean {
  const forwarded = trustedProxies > 0 ? nth(headers['x-forwarded-proto'], trustedProxies) : undefined;
  return forwarded === undefined ? 'encrypted' in socket : /^(?:https|wss)$/i.test(forwarded);
}

/** The entry that the farthest of `proxies` proxies has appended to a list. */
function nth(list: string | string[] | undefined, proxies: number): string | undefined {
  const entries = String(list ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return entries.at(-Math.min(proxies, entries.length));
}

/** Address of the peer as trusted proxies say it; undefined: that of the connection counts. */
export function forwardedFor({ headers }: IncomingMessage, proxies: number): string | undefined {
  if (proxies === 0) return undefined;
  const address = nth(headers['x-forwarded-for'], proxies)?.replace(/^\[(.*)\](?::\d+)?$/, '$1');
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

/** The credentials that the cookies of a request hold. */
export function cookieCredentials(
  { headers }: IncomingMessage,
  names: CookieNames,
): WireCredentials | undefined {
  const { jwt, user, password, token } = names;
  const { cookie } = headers;
  if (cookie === undefined || (jwt ?? user ?? password ?? token) === undefined) return undefined;
  const cookies = new Map<string, string>();
  for (const pair of cookie.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) cookies.set(pair.slice(0, equals).trim(), unquoted(pair.slice(equals + 1).trim()));
  }
  const find = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : cookies.get(name);
  return { jwt: find(jwt), user: find(user), password: find(password), token: find(token) };
}

function unquoted(value: string): string {
  return /^"(.*)"$/s.exec(value)?.[1] ?? value;
}

/** By what a server shows that it has read the key of an upgrade request. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

/** The answer that a connection becomes a WebSocket with. */
export function upgradeAnswer(key: string, headers: Readonly<Record<string, string>>): string {
  const accept = acceptOf(key);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${lines.join('')}\r\n`;
}

/** The answer to a request that is refused. It says no more than its status: the reason is for the log. */
function refusalAnswer({ status }: UpgradeRefusal): string {
  const text = `${REASONS[status]}\n`;
  return `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nSec-WebSocket-Version: ${VERSION}\r\n\r\n${text}`;
}

/** See `upgradeCompressed`. */
interface CompressedUpgrades {
  readonly upgradeCompressed: (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    headers: Readonly<Record<string, string>>,
    maxMessageBytes: number,
    upgraded: (stream: TrustingStream) => void,
  ) => void;
}

/** What upgrade requests are judged by, and answered with: asked for each, since a reload may change it. */
export interface UpgradeOptions {
  /** Where requests wait for their turn: thousands may come at the same instant. */
  readonly beginnings: Beginnings;
  readonly policy: () => UpgradePolicy;
  /** What answers those that offer compression, where that is allowed. */
  readonly compressed: Loadable<CompressedUpgrades>;
  /** Most bytes of a message that is put together before it is read, as a compressed one is. */
  readonly maxMessageBytes: () => number;
  /** Called with each request that is refused, for the log. */
  readonly onRefused: (refusal: RefusedUpgrade) => void;
}

/** A handshake that failed, for the log. What the peer chose is made printable, and cut off. */
export interface RefusedUpgrade {
  readonly peer: string;
  /** One of few texts. */
  readonly error: string;
  /** Of the page that asked; absent like the others where there is none, or no request was read. */
  readonly origin?: string;
  readonly host?: string;
  /** Of the URL, without its query, which may hold secrets. */
  readonly path?: string;
}

/** Characters that are shown of what a peer chose. */
const MAX_SHOWN = 256;

function shown(request: IncomingMessage): Pick<RefusedUpgrade, 'origin' | 'host' | 'path'> {
  const origin = originOf(request);
  const { host } = request.headers;
  return {
    ...(origin && { origin: cut(origin) }),
    ...(host && { host: cut(host) }),
    path: cut(pathOf(request)),
  };
}

function cut(text: string): string {
  return printable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/**
 * Calls `step` in its turn, once what it needs is loaded. It does all of its work when it is called: what it left for later would
 * be done for many requests in one turn.
 */
export function takeInTurn(
  request: IncomingMessage,
  { beginnings, policy, compressed }: Pick<UpgradeOptions, 'beginnings' | 'policy' | 'compressed'>,
  step: () => void,
): void {
  const take = (): void => beginnings.add(step, 1);
  if (policy().compression && offersCompression(request)) compressed.use(take);
  else take();
}

/** The peer that is named in {@link UpgradeOptions.onRefused}. */
export function peerOf({ remoteAddress, remotePort }: Pick<Wire, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress ?? '?'}:${remotePort ?? '?'}`;
}

/**
 * Answers an upgrade request that has no fault, and makes a WebSocket of the wire that it came on.
 *
 * @param head what came after the request
 * @param upgraded called with the wire within the WebSocket, unless the peer is gone
 */
export function answerUpgrade(
  request: IncomingMessage,
  below: Wire,
  head: Buffer,
  { policy, compressed, maxMessageBytes }: UpgradeOptions,
  upgraded: (wire: Wire) => void,
): void {
  const { compression, headers, cookies, trustedProxies } = policy();
  const about = {
    path: pathOf(request),
    credentials: cookieCredentials(request, cookies),
    forwardedFor: forwardedFor(request, trustedProxies),
  };
  const { stream } = below;
  // A reload may have allowed compression since the request came; without it is right, too.
  const tools = compression && offersCompression(request) ? compressed.value : undefined;
  if (tools === undefined) {
    const isUnmasked = isOfLeafs(about.path) && request.headers[NO_MASKING.toLowerCase()] === 'true';
    const all = isUnmasked ? { ...headers, [NO_MASKING]: 'true' } : headers;
    stream.write(upgradeAnswer(request.headers['sec-websocket-key'] ?? '', all));
    const inner = new WebSocketStream(below, head, { own: false, peer: !isUnmasked });
    upgraded(new WebSocketWire(inner, below, about));
    return;
  }
  tools.upgradeCompressed(request, stream, head, headers, maxMessageBytes(), (inner) =>
    upgraded(new CompressedWire(inner, below, about)),
  );
}

/**
 * Refuses an upgrade request. The wire is ended, and closed once that has been sent.
 *
 * @param request undefined: none could be read
 */
export function refuseUpgrade(
  below: Wire,
  refusal: UpgradeRefusal,
  { onRefused }: Pick<UpgradeOptions, 'onRefused'>,
  request: IncomingMessage | undefined,
): void {
  const { stream } = below;
  onRefused({ peer: peerOf(below), error: refusal.why, ...(request && shown(request)) });
  stream.on('error', () => undefined);
  stream.end(refusalAnswer(refusal), () => stream.destroy());
}
