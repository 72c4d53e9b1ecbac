import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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
} from '../domain/limits.js';
import { RateLimits } from '../domain/rate-limited.js';
import { listenError } from '../transport/listen-error.js';
import { gatewayz, jsz, leafz, routez } from './absent.js';
import { accountz, accstatz } from './accounts.js';
import { AnswerSlots } from './answer-slots.js';
import { connz } from './connz.js';
import { CpuMeter } from './cpu.js';
import { type Answer, type Endpoint, type Monitored, refused } from './endpoint.js';
import { healthz } from './healthz.js';
import { indexPage } from './index-page.js';
import { Listings } from './listing.js';
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

const BUSY: Answer = { kind: 'text', status: 503, text: 'too many requests at once\n' };

/** A running monitor. */
export interface Monitor {
  /** Where it listens, with the real port. */
  readonly address: Address;
  /** Stops at once: ends what is being answered, leaves no socket open. Calling it again does no harm. */
  close(): Promise<void>;
}

/**
 * Answers HTTP requests about a broker, in the shape of nats-server's monitoring. It asks `observed` only when it is
 * asked itself. There are no credentials: every program that reaches the address reads everything, so keep it on the
 * loopback.
 *
 * @param access what is allowed beyond the defaults of `RequestPolicy`
 * @param reports limits how often failed requests are logged
 * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function startMonitor(
  address: Address,
  observed: Observable,
  log: Logger,
  access?: () => MonitorAccess,
  reports = new RateLimits(),
): Promise<Monitor> {
  const monitor = new HttpMonitor(observed, new RequestPolicy(address.host, access), log, reports);
  await monitor.listen(address);
  return monitor;
}

class HttpMonitor implements Monitor, Monitored {
  address: Address = { host: '', port: 0 };
  readonly observed: Observable;
  readonly requests = new Map<string, number>();
  readonly now = Date.now;
  readonly cpuPercent: () => number;
  readonly turns = new Turns();
  readonly listings: Listings;
  private readonly slots = new AnswerSlots();
  private readonly policy: RequestPolicy;
  private readonly server: Server;
  private readonly onServerError: (error: unknown) => void;
  private closed: Promise<void> | undefined;

  constructor(observed: Observable, policy: RequestPolicy, log: Logger, reports: RateLimits) {
    const cpu = new CpuMeter();
    this.cpuPercent = () => cpu.read();
    this.observed = observed;
    this.policy = policy;
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
    limitPipelining(this.server);
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
    this.closed ??= new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    return this.closed;
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
      await this.answer(request, response);
    } catch (error) {
      this.onServerError(error);
      if (response.headersSent) response.destroy();
      else await respond(response, { kind: 'text', status: 500, text: 'internal error\n' }, '', this.turns);
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    const query = new Query(mark === -1 ? '' : target.slice(mark + 1));
    const callback = query.text('callback');
    const endpoint = this.endpointOf(request, path);
    if (typeof endpoint !== 'function') return respond(response, endpoint, '', this.turns);
    const reader = this.policy.readableBy(request.headers);
    if (reader !== undefined) response.setHeader('Access-Control-Allow-Origin', reader);
    const counted = path === '/subscriptionsz' ? '/subsz' : path;
    this.requests.set(counted, (this.requests.get(counted) ?? 0) + 1);
    if (callback !== '' && !this.policy.anyOrigin)
      return respond(
        response,
        forbidden('callback is not allowed: see monitor.allowed_origins\n'),
        '',
        this.turns,
      );
    if (callback !== '' && !isCallback(callback))
      return respond(response, refused('invalid callback'), '', this.turns);
    if (!LONG.has(endpoint)) return respond(response, await endpoint(query, this), callback, this.turns);
    if (!(await this.slots.acquire())) return respond(response, BUSY, '', this.turns);
    try {
      await this.turns.next();
      if (!response.destroyed) await respond(response, await endpoint(query, this), callback, this.turns);
    } finally {
      this.slots.release();
    }
  }

  /** The endpoint that a request is for, or why it is refused. */
  private endpointOf({ method, headers }: IncomingMessage, path: string): Endpoint | Answer {
    const refusal = this.policy.refusal(headers);
    if (refusal !== undefined) return forbidden(refusal);
    if (method !== 'GET' && method !== 'HEAD')
      return { kind: 'text', status: 405, text: '405 method not allowed\n' };
    return ENDPOINTS.get(path) ?? { kind: 'text', status: 404, text: '404 page not found\n' };
  }
}

function forbidden(text: string): Answer {
  return { kind: 'text', status: 403, text };
}

/** Puts a gate before each connection, so that the server is handed one request of it at a time. */
function limitPipelining(server: Server): void {
  const serveConnection = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const gate = new RequestGate(socket);
    for (const serve of serveConnection) serve.call(server, gate);
  });
}
