import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Logger } from 'pino';
import { type Address, listeningAddress, listenOptions } from '../domain/address.js';
import {
  HTTP_ANSWER_MS,
  HTTP_HEADERS_TIMEOUT_MS,
  HTTP_KEEP_ALIVE_MS,
  HTTP_REQUEST_TIMEOUT_MS,
  HTTP_STALLED_MS,
  MAX_HTTP_CONNECTIONS,
  METRICS_ACCOUNTS,
} from '../domain/limits.js';
import { RateLimits } from '../domain/rate-limited.js';
import { listenError } from '../transport/listen-error.js';
import type { Security } from '../transport/tls.js';
import { gatewayz, routez } from './absent.js';
import { accountz, accstatz } from './accounts.js';
import { AnswerSlots } from './answer-slots.js';
import { connz } from './connz.js';
import { ControlRequests, type MonitorControl } from './control.js';
import { CpuMeter } from './cpu.js';
import { type Answer, type Endpoint, type HttpListener, type Monitored, refused } from './endpoint.js';
import { healthz } from './healthz.js';
import { HttpWires } from './http-wires.js';
import { indexPage } from './index-page.js';
import { jsz } from './jsz.js';
import { leafz } from './leafz.js';
import { Listings } from './listing.js';
import type { LivePage } from './live/live-page.js';
import type { PageSource } from './live/source.js';
import type { Metrics } from './metrics/index.js';
import { Query } from './query.js';
import { RequestGate } from './request-gate.js';
import { type MonitorAccess, RequestPolicy } from './request-policy.js';
import { isCallback, respond } from './respond.js';
import type { Observable } from './snapshot.js';
import { subsz } from './subsz.js';
import { Turns } from './turns.js';
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

/** Those whose answers may be long. */
const LONG: ReadonlySet<Endpoint> = new Set([connz, subsz, accountz, accstatz]);

const METRICS_PATH = '/metrics';

const BUSY: Answer = { kind: 'text', status: 503, text: 'too many requests at once\n' };

/** A running monitor. */
export interface Monitor extends HttpListener {
  /** Stops at once: ends what is being answered, leaves no socket open. Calling it again does no harm. */
  close(): Promise<void>;
}

/** What a reload may change about a monitor. */
export interface MonitorSettings extends MonitorAccess {
  /** Accounts that have a label of their own in `/metrics`. */
  readonly metricsAccounts: number;
}

/** What a monitor goes by. */
export interface MonitorOptions {
  /** Asked for each request. Undefined: the defaults of `RequestPolicy`. */
  readonly settings?: (() => MonitorSettings) | undefined;
  /** Limits how often failed requests are logged. */
  readonly reports?: RateLimits | undefined;
  /** Path that all paths begin with, such as `/sluice`. Undefined: none. */
  readonly basePath?: string | undefined;
  /** TLS of its connections, asked for each of them. Undefined: HTTP. */
  readonly security?: (() => Security) | undefined;
  /** What requests may do to the broker. Undefined: nothing. */
  readonly control?: MonitorControl | undefined;
  /** What the live page needs beyond what is observed. Undefined: it shows that, and no more. */
  readonly page?: PageSource | undefined;
}

/**
 * Answers HTTP requests about a broker, in the shape of nats-server's monitoring. It asks `observed` only when it is
 * asked itself. Reading takes no credentials: every program that reaches the address reads everything, so keep it on the
 * loopback.
 *
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function startMonitor(
  address: Address,
  observed: Observable,
  log: Logger,
  options: MonitorOptions = {},
): Promise<Monitor> {
  const monitor = new HttpMonitor(address, observed, log, options);
  await monitor.listen(address);
  return monitor;
}

class HttpMonitor implements Monitor, Monitored {
  address: Address = { host: '', port: 0 };
  readonly isSecure: boolean;
  readonly basePath: string;
  readonly observed: Observable;
  readonly requests = new Map<string, number>();
  readonly now = Date.now;
  readonly cpuPercent: () => number;
  readonly turns = new Turns();
  readonly listings: Listings;
  private readonly slots = new AnswerSlots();
  private readonly policy: RequestPolicy;
  private readonly server: Server;
  private readonly wires: HttpWires;
  private readonly control: ControlRequests | undefined;
  private readonly metricsAccounts: () => number;
  private metrics: Promise<Metrics> | undefined;
  private readonly onServerError: (error: unknown) => void;
  private readonly pageSource: PageSource | undefined;
  /** The live page, loaded when it is first asked for. */
  private livePage: Promise<LivePage> | undefined;
  private closed: Promise<void> | undefined;

  constructor({ host }: Address, observed: Observable, log: Logger, options: MonitorOptions) {
    const { settings, security, control, basePath = '', reports = new RateLimits() } = options;
    const cpu = new CpuMeter();
    this.cpuPercent = () => cpu.read();
    this.observed = observed;
    this.basePath = basePath;
    this.pageSource = options.page;
    this.isSecure = security !== undefined;
    this.policy = new RequestPolicy(host, settings, this.isSecure ? 'https' : 'http');
    this.control = control && new ControlRequests(control, this.policy);
    this.metricsAccounts = () => settings?.().metricsAccounts ?? METRICS_ACCOUNTS;
    this.listings = new Listings(observed, this.now, this.turns);
    this.onServerError = reports.limit((error: unknown, count) =>
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
    this.server.on('checkExpectation', (request, response) => void this.serve(request, response));
    this.wires = new HttpWires(this.server, security);
    this.server.maxConnections = MAX_HTTP_CONNECTIONS;
    this.server.timeout = HTTP_STALLED_MS;
  }

  listen(endpoint: Address): Promise<void> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(listenError('monitor.listener', endpoint, error)),
      );
      server.listen(listenOptions(endpoint), () => {
        server.removeAllListeners('error');
        server.on('error', this.onServerError);
        this.address = listeningAddress(endpoint, server.address() as AddressInfo);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.closed ??= this.stop();
    return this.closed;
  }

  private async stop(): Promise<void> {
    const stopped = new Promise<void>((resolve) => void this.server.close(() => resolve()));
    this.server.closeAllConnections();
    this.wires.close();
    (await this.metrics)?.stop();
    (await this.livePage)?.close();
    await stopped;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gate: unknown = request.socket;
    const deadline = setTimeout(() => response.destroy(), HTTP_ANSWER_MS);
    response.once('close', () => {
      clearTimeout(deadline);
      if (gate instanceof RequestGate) gate.answered();
    });
    await this.turns.next();
    try {
      await this.answer(request, response, () => clearTimeout(deadline));
    } catch (error) {
      this.onServerError(error);
      if (response.headersSent) response.destroy();
      else await respond(response, { kind: 'text', status: 500, text: 'internal error\n' }, '', this.turns);
    }
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    keepOpen: () => void,
  ): Promise<void> {
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    const path = below(this.basePath, mark === -1 ? target : target.slice(0, mark));
    const query = new Query(mark === -1 ? '' : target.slice(mark + 1));
    if (isForLivePage(request, path) && this.policy.refusal(request.headers) === undefined)
      return this.answerForPage(request, response, path, keepOpen);
    const callback = query.text('callback');
    const { control } = this;
    if (control?.takes(request, path)) {
      const { remoteAddress } = request.socket;
      const { answer, perform } = await control.answer(request, path, remoteAddress);
      if (perform !== undefined) response.once('close', perform); // closing cuts off what is being answered
      return respond(response, answer, '', this.turns);
    }
    const endpoint = this.endpointOf(request, path);
    if (typeof endpoint !== 'function') return respond(response, endpoint, '', this.turns);
    const reader = this.policy.readableBy(request.headers);
    if (reader !== undefined) response.setHeader('Access-Control-Allow-Origin', reader);
    const counted = path === '/subscriptionsz' ? '/subsz' : path;
    this.countRequest(counted);
    if (callback !== '' && !this.policy.anyOrigin)
      return respond(
        response,
        forbidden('callback is not allowed: see monitor.allowed_origins\n'),
        '',
        this.turns,
      );
    if (callback !== '' && !isCallback(callback))
      return respond(response, refused('invalid callback'), '', this.turns);
    if (!LONG.has(endpoint) && endpoint !== this.answerMetrics)
      return respond(response, await endpoint(query, this), callback, this.turns);
    const { accept } = request.headers;
    if (!(await this.slots.acquire())) return respond(response, BUSY, '', this.turns);
    try {
      await this.turns.next();
      if (response.destroyed) return;
      await respond(response, await endpoint(query, this, accept), callback, this.turns);
    } finally {
      this.slots.release();
    }
  }

  /** `/metrics`. What it takes is loaded with the first request for it. */
  private readonly answerMetrics: Endpoint = async (query, _monitored, accept) => {
    this.metrics ??= import('./metrics/index.js').then(({ Metrics }) => new Metrics(this.metricsAccounts));
    return (await this.metrics).answer(query, this, accept);
  };

  private async answerForPage(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    keepOpen: () => void,
  ): Promise<void> {
    if (path === '/') {
      this.countRequest(path);
      // The page asks for what is beside it.
      const [, last] = /([^/?]+)(?:\?.*)?$/.exec(request.url ?? '/') ?? [];
      if (last !== undefined) return respond(response, movedTo(`${last}/`), '', this.turns);
    }
    this.livePage ??= this.loadLivePage();
    const page = await this.livePage;
    const answer = await page.answer(request, response, path, keepOpen);
    if (answer !== undefined) await respond(response, answer, '', this.turns);
  }

  private async loadLivePage(): Promise<LivePage> {
    const { LivePage } = await import('./live/live-page.js');
    return new LivePage(this, this.pageSource, this.onServerError);
  }

  private countRequest(path: string): void {
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
  }

  /** The endpoint that a request is for, or why it is refused. */
  private endpointOf({ method, headers }: IncomingMessage, path: string): Endpoint | Answer {
    const refusal = this.policy.refusal(headers);
    if (refusal !== undefined) return forbidden(refusal);
    if (method !== 'GET' && method !== 'HEAD')
      return { kind: 'text', status: 405, text: '405 method not allowed\n' };
    if (path === METRICS_PATH) return this.answerMetrics;
    return ENDPOINTS.get(path) ?? { kind: 'text', status: 404, text: '404 page not found\n' };
  }
}

/** The path without its base; what is not below that is not there. */
function below(base: string, path: string): string {
  if (base === '') return path;
  if (path === base) return '/';
  return path.startsWith(`${base}/`) ? path.slice(base.length) : '';
}

/** Whether a request is for the live page: for the page itself only what shows pages, which says that it takes HTML. */
function isForLivePage({ method, headers: { accept = '' } }: IncomingMessage, path: string): boolean {
  if (path.startsWith('/live/')) return true;
  return path === '/' && (method === 'GET' || method === 'HEAD') && /\btext\/html\b/.test(accept);
}

function movedTo(location: string): Answer {
  return { kind: 'text', status: 308, text: '', headers: { Location: location } };
}

function forbidden(text: string): Answer {
  return { kind: 'text', status: 403, text };
}
