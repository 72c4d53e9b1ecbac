import { type Address, parseAddress } from '../../domain/address.js';

/** Port of leaf links where a URL names none, by custom. */
const LEAF_PORT = 7_422;

/** What a hub's URL says. */
export interface LeafUrl {
  readonly address: Address;
  /** Whether the link is only used with TLS. */
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** Reads `nats-leaf://user:password@host:port`, or the same with `nats://`, `tls://`, or without a scheme. */
export function parseLeafUrl(text: string): LeafUrl | undefined {
  const [, scheme = 'nats-leaf', rest = ''] = /^(?:([a-z-]+):\/\/)?([^/]*)\/?$/i.exec(text) ?? [];
  const kind = scheme.toLowerCase();
  if (!['nats-leaf', 'nats', 'leaf', 'tls'].includes(kind)) return undefined;
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
  return { address, tls: kind === 'tls', user, password };
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
