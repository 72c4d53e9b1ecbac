import type { IncomingMessage } from 'node:http';

/** What is looked at of the origin of a page. */
export interface OriginPolicy {
  readonly sameOrigin: boolean;
  readonly allowedOrigins: readonly string[];
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

interface Origin {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

/** The origin that a request says its page has; undefined: it says none. */
export function originOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const given = headers.origin ?? headers['sec-websocket-origin'];
  return given === undefined ? undefined : String(given);
}

/**
 * Why a page may not connect; undefined: it may. Programs that are no browser send no origin, and are let in: they could
 * name any.
 *
 * @param isSecure whether the request came over TLS
 */
export function originFault(
  request: Pick<IncomingMessage, 'headers'>,
  isSecure: boolean,
  { sameOrigin, allowedOrigins }: OriginPolicy,
): string | undefined {
  const isAny = allowedOrigins.includes('*');
  const given = originOf(request);
  if ((!sameOrigin && (isAny || allowedOrigins.length === 0)) || !given) return undefined;
  const origin = parse(given);
  if (origin === undefined) return 'not an origin';
  const own = parse(`${isSecure ? 'https' : 'http'}://${request.headers.host ?? ''}`);
  if (sameOrigin && !isSame(origin, own)) return 'not same origin';
  if (isAny || allowedOrigins.length === 0) return undefined;
  return allowedOrigins.some((allowed) => isSame(origin, parse(allowed)))
    ? undefined
    : 'not in the allowed list';
}

function isSame({ scheme, host, port }: Origin, other: Origin | undefined): boolean {
  return scheme === other?.scheme && host === other.host && port === other.port;
}

function parse(text: string): Origin | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  const usual = PORTS[protocol];
  return usual === undefined ? undefined : { scheme: protocol, host: hostname, port: port || usual };
}
