import { type Address, parseAddress } from '../../domain/address.js';

/** Port of leaf links where a URL names none, by custom. */
const LEAF_PORT = 7_422;

/** Scheme, login and host, and a path without the slash at its end. */
const URL_FORM = /^(?:([a-z-]+):\/\/)?([^/]*)((?:\/[!-"$->@-~]*?)?)\/?$/i;

/** What a hub's URL says. */
export interface LeafUrl {
  readonly address: Address;
  /** Whether the link is only used with TLS. */
  readonly tls: boolean;
  /** Path of the hub's WebSocket listener, without that of leafs; undefined: the link is no WebSocket. */
  readonly webSocketPath: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/**
 * Reads `nats-leaf://user:password@host:port`, or the same with `nats://`, `tls://`, `ws://`, `wss://`, or without a scheme. Those
 * of WebSockets may have a path.
 */
export function parseLeafUrl(text: string): LeafUrl | undefined {
  const [, scheme = 'nats-leaf', rest = '', path = ''] = URL_FORM.exec(text) ?? [];
  const kind = scheme.toLowerCase();
  const isWebSocket = kind === 'ws' || kind === 'wss';
  if (!isWebSocket && !['nats-leaf', 'nats', 'leaf', 'tls'].includes(kind)) return undefined;
  if (path !== '' && !isWebSocket) return undefined;
  const at = rest.lastIndexOf('@');
  const host = rest.slice(at + 1);
  const hasPort = /:\d+$/.test(host) && !/^\[?[\da-f:]+$/i.test(host.replace(/:\d+$/, '::'));
  const address = parseAddress(/:\d+$/.test(host) || hasPort ? host : `${host}:${LEAF_PORT}`, '');
  if (address === undefined || address.host === '' || address.port === 0) return undefined;
  if (host.startsWith(':') || host === '') return undefined;
  const login = at < 0 ? undefined : rest.slice(0, at);
  const colon = login?.indexOf(':') ?? -1;
  const user = login === undefined ? undefined : decoded(colon < 0 ? login : login.slice(0, colon));
  const password = login === undefined || colon < 0 ? undefined : decoded(login.slice(colon + 1));
  const webSocketPath = isWebSocket ? path : undefined;
  return { address, tls: kind === 'tls' || kind === 'wss', webSocketPath, user, password };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL without its login, for people; also one that is no URL, such as `ann:password@hub`. */
export function withoutLogin(url: string): string {
  return url.replace(/^([a-z-]*:\/\/)?.*@/is, '$1********@');
}
