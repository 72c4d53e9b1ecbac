import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Hosts and origins that may send requests, beyond the defaults. */
export interface MonitorAccess {
  /** Host names; `.example.com` is every name below that domain, `*` any name. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may read answers, as a browser writes them; `*` any. */
  readonly allowedOrigins: readonly string[];
}

const NONE: MonitorAccess = { allowedHosts: [], allowedOrigins: [] };

/**
 * Refuses what web pages make a browser ask for. The monitor has no credentials, so a page anywhere could read it
 * through the browser of someone who reaches it: by a cross-site request, or by a name of its own that comes to mean
 * this machine ("DNS rebinding"). The first is told by `Origin` and `Sec-Fetch-Site`, the second by `Host`: a page
 * cannot change them. An IP address or `localhost` is never looked up, so it cannot be rebound.
 */
export class RequestPolicy {
  private readonly listenerHost: string;
  private readonly scheme: 'http' | 'https';
  private readonly access: () => MonitorAccess;

  /**
   * @param listenerHost as it is configured; where it is a name, that name is allowed
   * @param access asked for each request, as a reload may change it
   * @param scheme of the monitor's own pages
   */
  constructor(
    listenerHost: string,
    access: () => MonitorAccess = () => NONE,
    scheme: 'http' | 'https' = 'http',
  ) {
    this.scheme = scheme;
    this.listenerHost = normalized(listenerHost);
    this.access = access;
  }

  /** Why a request is refused, as text for its sender; undefined where it is allowed. */
  refusal(headers: IncomingHttpHeaders): string | undefined {
    const { host, origin } = headers;
    if (host !== undefined && !this.isAllowedHost(host))
      return `Host ${JSON.stringify(host)} is not allowed: see monitor.allowed_hosts\n`;
    if (origin !== undefined && !this.isSameOrigin(origin, host) && !this.isAllowedOrigin(origin))
      return `Origin ${JSON.stringify(origin)} is not allowed: see monitor.allowed_origins\n`;
    if (origin === undefined && isForeign(headers) && !this.anyOrigin)
      return 'requests of other sites are not allowed: see monitor.allowed_origins\n';
    return undefined;
  }

  /** Whether a request may change something: those of other origins may not, whichever may read. */
  isOwn({ host, origin, 'sec-fetch-site': site = 'none' }: IncomingHttpHeaders): boolean {
    if (origin !== undefined && !this.isSameOrigin(origin, host)) return false;
    return site === 'none' || site === 'same-origin';
  }

  /** The `Access-Control-Allow-Origin` of an answer; undefined: no page of another origin may read it. */
  readableBy({ origin }: IncomingHttpHeaders): string | undefined {
    if (this.anyOrigin) return '*';
    return origin !== undefined && this.isAllowedOrigin(origin) ? origin : undefined;
  }

  /** Whether pages of any origin may read answers, so that they may also ask for them as scripts. */
  get anyOrigin(): boolean {
    return this.access().allowedOrigins.includes('*');
  }

  private isAllowedHost(header: string): boolean {
    const name = nameOf(header);
    if (isIP(name) !== 0 || name === 'localhost' || name === this.listenerHost) return true;
    return this.access().allowedHosts.some((given) => {
      const allowed = normalized(given);
      return allowed === '*' || allowed === name || (allowed.startsWith('.') && name.endsWith(allowed));
    });
  }

  private isSameOrigin(origin: string, host: string | undefined): boolean {
    return host !== undefined && origin.toLowerCase() === `${this.scheme}://${host.toLowerCase()}`;
  }

  private isAllowedOrigin(origin: string): boolean {
    const { allowedOrigins } = this.access();
    return allowedOrigins.some(
      (allowed) => allowed === '*' || allowed.toLowerCase() === origin.toLowerCase(),
    );
  }
}

/** The host of a `Host` header, without port, brackets and zone. */
function nameOf(header: string): string {
  const bracketed = /^\[([\da-f:.]+)(?:%[^\]]*)?\](?::\d*)?$/i.exec(header)?.[1];
  return bracketed ?? normalized(header.replace(/:\d*$/, ''));
}

/** A name as it is compared: in lower case, without the dot that may end it. */
function normalized(name: string): string {
  return name.toLowerCase().replace(/(?<=.)\.$/, '');
}

/** Whether a browser asks on behalf of another site, other than by opening the answer as a page of its own. */
function isForeign(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers;
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return !(mode === 'navigate' && dest === 'document');
}
