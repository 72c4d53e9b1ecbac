import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Address } from '../config/address.js';
import {
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_STALLED_MS,
  MAX_HTTP_CONNECTIONS,
} from '../limits.js';
import { seldom } from '../net/seldom.js';
import { unusable } from '../net/unusable.js';
import { gatewayz, jsz, leafz, routez } from './absent.js';
import { accountz, accstatz } from './accounts.js';
import { connz } from './connz.js';
import { CpuMeter } from './cpu.js';
import { type Answer, type Endpoint, type Monitored, refused } from './endpoint.js';
import { healthz } from './healthz.js';
import { indexPage } from './index-page.js';
import { Query } from './query.js';
import { isCallback, respond } from './respond.js';
import type { Observable } from './snapshot.js';
import { subsz } from './subsz.js';
import { varz } from './varz.js';

/** How often the time of requests is looked at, in milliseconds. */
const CHECK_MS = 1_000;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/', indexPage],
  ['/varz', varz],
  ['/connz', connz],
  ['/subsz', subsz],
  ['/subscriptionsz', subsz],
  ['/healthz', healthz],
  ['/accountz', accountz],
  ['/accstatz', accstatz],
  ['/routez', routez],
  ['/leafz', leafz],
  ['/gatewayz', gatewayz],
  ['/jsz', jsz],
]);

/** A running monitor. */
export interface Monitor {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Stops at once: ends what is being answered, leaves no socket open. Calling it again does no harm. */
  close(): Promise<void>;
}

/**
 * Answers HTTP requests about a broker, in the shape of nats-server's monitoring. It asks `observed` only when it is
 * asked itself. Whoever reaches the address reads everything: there are no credentials, so keep it on the loopback.
 *
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function startMonitor(address: Address, observed: Observable, log: Logger): Promise<Monitor> {
  const monitor = new HttpMonitor(observed, log);
  await monitor.listen(address);
  return monitor;
}

class HttpMonitor implements Monitor, Monitored {
  address: Address = { host: '', port: 0 };
  readonly observed: Observable;
  readonly requests = new Map<string, number>();
  readonly now = Date.now;
  readonly cpuPercent: () => number;
  private readonly server: Server;
  private readonly complain: (error: unknown) => void;
  private closed: Promise<void> | undefined;

  constructor(observed: Observable, log: Logger) {
    const cpu = new CpuMeter();
    this.cpuPercent = () => cpu.read();
    this.observed = observed;
    this.complain = seldom((error: unknown, count) =>
      log.error({ err: error, count }, 'monitoring request failed'),
    );
    this.server = createServer(
      {
        headersTimeout: HTTP_HEADERS_TIMEOUT_MS,
        requestTimeout: HTTP_REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CHECK_MS,
        keepAliveTimeout: HTTP_KEEP_ALIVE_MS,
      },
      (request, response) => void this.serve(request, response),
    );
    this.server.maxConnections = MAX_HTTP_CONNECTIONS;
    this.server.timeout = HTTP_STALLED_MS;
  }

  listen(endpoint: Address): Promise<void> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(unusable('monitor.listener', endpoint, error)),
      );
      server.listen(endpoint, () => {
        server.removeAllListeners('error');
        server.on('error', this.complain);
        const { address, port } = server.address() as AddressInfo;
        this.address = { host: address, port };
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.closed ??= new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    return this.closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const target = request.url ?? '/';
      const mark = target.indexOf('?');
      const path = mark === -1 ? target : target.slice(0, mark);
      const query = new Query(mark === -1 ? '' : target.slice(mark + 1));
      await respond(response, await this.answer(request, path, query), query.text('callback'));
    } catch (error) {
      this.complain(error);
      if (response.headersSent) response.destroy();
      else await respond(response, { kind: 'text', status: 500, text: 'internal error\n' }, '');
    }
  }

  private answer({ method }: IncomingMessage, path: string, query: Query): Answer | Promise<Answer> {
    const endpoint = ENDPOINTS.get(path);
    if (endpoint === undefined) return { kind: 'text', status: 404, text: '404 page not found\n' };
    if (method !== 'GET' && method !== 'HEAD')
      return { kind: 'text', status: 405, text: '405 method not allowed\n' };
    const counted = path === '/subscriptionsz' ? '/subsz' : path;
    this.requests.set(counted, (this.requests.get(counted) ?? 0) + 1);
    const callback = query.text('callback');
    if (callback !== '' && !isCallback(callback)) return refused('invalid callback');
    return endpoint(query, this);
  }
}
