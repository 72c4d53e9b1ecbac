/** Listener addresses: what people write, and back. */

/** Where to listen, or where one listens. Port 0 is any free port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const EVERY_INTERFACE = '0.0.0.0';

/** Host of every interface, over IPv6 as well where there is IPv6. nats-server's meaning of `0.0.0.0`. */
export const ANY_HOST = '*';

/** The host as it is shown where a listener is told of: nats-server calls {@link ANY_HOST} `0.0.0.0`. */
export function shownHost(host: string): string {
  return host === ANY_HOST ? EVERY_INTERFACE : host;
}

/** What `listen` of a server takes for an address. */
export function listenOptions({ host, port }: Address): { readonly host?: string; readonly port: number } {
  // Without a host Node listens on :: for both families, and on 0.0.0.0 where there is no IPv6.
  return host === ANY_HOST ? { port } : { host, port };
}

/**
 * Where a server listens, as it is shown: a name as it was configured, else the address that is bound.
 * @param bound what the server says of itself, with the real port
 */
export function listeningAddress({ host }: Address, bound: { address: string; port: number }): Address {
  const isName = host !== ANY_HOST && !/^[\d.]+$|:/.test(host);
  return { host: isName || host === ANY_HOST ? shownHost(host) : bound.address, port: bound.port };
}

/** What {@link parsePort} takes, for messages. */
export const PORT_ALLOWED = '-1 (any free port) or 1 to 65535';

/** What {@link parseAddress} takes, for messages and the documentation. */
export const ADDRESS_ALLOWED =
  'host:port, [ipv6]:port, :port (every interface), *:port (IPv6 as well) or a port; port -1 is any free one';

/** A port, with -1 and 0 both read as 0: any free port. Undefined when it is not a port. */
export function parsePort(text: string): number | undefined {
  if (text === '-1') return 0;
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/** A host name or address, IPv6 with or without its brackets. Undefined when it cannot be one. */
export function parseHost(text: string): string | undefined {
  if (text === ANY_HOST) return text;
  const bracketed = /^\[([\da-f:.%\w]+)\]$/i.exec(text)?.[1];
  if (bracketed !== undefined) return bracketed.includes(':') ? bracketed : undefined;
  const isName = /^[a-z\d](?:[\w.-]*[\w])?\.?$/i.test(text);
  const isIpv6 = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(?:%\w+)?$/i.test(text);
  return isName || isIpv6 ? text : undefined;
}

/**
 * `host:port`, `[::1]:port`, `:port` (every interface), or a bare port on `defaultHost`.
 * @returns undefined when it is none of these
 */
export function parseAddress(text: string, defaultHost: string): Address | undefined {
  const colon = text.lastIndexOf(':');
  const port = parsePort(text.slice(colon + 1));
  if (port === undefined) return undefined;
  if (colon === -1) return { host: defaultHost, port };
  if (colon === 0) return { host: EVERY_INTERFACE, port };
  const name = text.slice(0, colon);
  // A bare IPv6 address is ambiguous before a port: is the last group the port? Brackets decide.
  if (name.includes(':') && !name.startsWith('[')) return undefined;
  const host = parseHost(name);
  return host === undefined ? undefined : { host, port };
}

/** Whether a command line word is meant as an address, right or wrong, rather than as a file. */
export function looksLikeAddress(word: string): boolean {
  return /^(?:[^/\\]*:)?-?\d+$/.test(word);
}

/** `host:port` with IPv6 in brackets; any free port is shown as -1, as it is written. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port === 0 ? -1 : port}`;
}

/** Whether only this machine can reach a listener on the host. A name other than localhost counts as reachable. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127\./i.test(host);
}
