import type { IncomingMessage, ServerResponse } from 'node:http';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { SluiceError } from '../../domain/errors.js';
import { LIVE_FRAME_MS, LIVE_TAP_RATE, MAX_LIVE_PAGES, MONITOR_TURN_MS } from '../../domain/limits.js';
import type { Answer, Monitored } from '../endpoint.js';
import { type PageDocument, pageDocument } from './document.js';
import { type Login, Logins } from './logins.js';
import { done, failed, isAnswer, isExposed, isOfOwnPage, type PageRequest, readRequest } from './request.js';
import type { PageSource, TapReport } from './source.js';
import { StateSampler } from './state.js';
import { renderEvent, Stream } from './stream.js';

/** Share of the thread that making pictures may take: where one takes long, the next one comes later. */
const MAX_SHARE = 0.05;
const MAX_FRAME_MS = 5_000;
/** Time between two reports of a tap, in milliseconds. */
const TAP_MS = 250;
const TAP_ROOM = (LIVE_TAP_RATE * TAP_MS) / 1_000;
const EXPOSED = 'passwords are taken over HTTPS or from this machine only: see monitor.tls';
const LOGGED_OUT = 'not logged in, or not any more';

type Action = (request: PageRequest, login: Login) => Promise<Answer> | Answer;

/**
 * The live page: a document, a stream of server-sent events for each page that is open, and requests of these pages to log
 * in, to tap and to publish.
 *
 *   broker → StateSampler → one picture a second → stream of each page
 *   page → POST with the id of its stream → login → PageClient, which ends with the stream
 *
 * While no page is open, nothing is sampled and no timer runs.
 */
export class LivePage {
  private readonly monitored: Monitored;
  private readonly source: PageSource | undefined;
  private readonly onError: (error: unknown) => void;
  private readonly streams = new Map<string, Stream>();
  private readonly logins: Logins;
  /** Streams whose login is being checked. */
  private readonly checking = new Set<Stream>();
  private readonly frameMs: number;
  private document: PageDocument | undefined;
  private sampler: StateSampler | undefined;
  private frameTimer: NodeJS.Timeout | undefined;
  private tapTimer: NodeJS.Timeout | undefined;

  /**
   * @param source undefined: the page shows what can be observed, and no more
   * @param onError told of a picture that could not be made
   * @param frameMs time between two pictures, in milliseconds
   */
  constructor(
    monitored: Monitored,
    source: PageSource | undefined,
    onError: (error: unknown) => void,
    frameMs = LIVE_FRAME_MS,
    logins = new Logins(),
  ) {
    this.monitored = monitored;
    this.source = source;
    this.onError = onError;
    this.frameMs = frameMs;
    this.logins = logins;
  }

  /** Pages that are open. */
  get pages(): number {
    return this.streams.size;
  }

  /** Whether anything is sampled. */
  get isSampling(): boolean {
    return this.sampler !== undefined;
  }

  /**
   * Answers a request whose host and origin have been checked. Undefined: it is answered already, or its sender has left.
   * @param keepOpen called where the answer has no end
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    keepOpen: () => void,
  ): Promise<Answer | undefined> {
    if (path === '/') return this.showPage(response);
    if (path === '/live/events') {
      if (request.method !== 'GET') return { kind: 'text', status: 405, text: '405 method not allowed\n' };
      return this.open(response, keepOpen);
    }
    const action = this.actions.get(path);
    if (action === undefined && path !== '/live/login')
      return { kind: 'text', status: 404, text: '404 page not found\n' };
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      return failed(405, 'allowed: POST');
    }
    if (!isOfOwnPage(request.headers)) return failed(403, 'requests of other pages are not allowed');
    const login = this.logins.of(headerOf(request, 'sluice-token'));
    if (action !== undefined && login === undefined) return failed(401, LOGGED_OUT);
    const stream = this.streams.get(headerOf(request, 'sluice-page'));
    if (action === undefined && stream === undefined)
      return failed(401, 'this page is not connected any more');
    const body = await readRequest(request);
    if (body === undefined || isAnswer(body)) return body;
    if (action !== undefined && login !== undefined) return action(body, login);
    return stream && this.login(body, stream, request);
  }

  /** Ends everything. */
  close(): void {
    for (const stream of this.streams.values()) stream.end();
    for (const stream of [...this.streams.values()]) this.forget(stream);
  }

  private showPage(response: ServerResponse): Answer {
    this.document ??= pageDocument();
    const { html, contentSecurityPolicy } = this.document;
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Referrer-Policy', 'no-referrer');
    return { kind: 'html', html, contentSecurityPolicy };
  }

  private open(response: ServerResponse, keepOpen: () => void): Answer | undefined {
    if (this.streams.size >= MAX_LIVE_PAGES)
      return {
        kind: 'text',
        status: 503,
        text: `${MAX_LIVE_PAGES} live pages are open, which is the most there may be\n`,
      };
    if (response.destroyed) return undefined;
    keepOpen();
    const stream = new Stream(response);
    this.streams.set(stream.id, stream);
    response.once('close', () => this.forget(stream));
    response.req.socket.once('ended', () => response.destroy()); // a page that has gone asks for nothing any more
    const { serverId, serverName, version, sluice, host, port } = this.monitored.observed.server();
    const actions = this.source === undefined ? 'none' : this.source.requiresLogin ? 'login' : 'open';
    stream.send('hello', {
      page: stream.id,
      server: { id: serverId, name: serverName, version, sluice, host, port },
      actions,
      frameMs: this.frameMs,
      tapRate: LIVE_TAP_RATE,
    });
    this.start();
    return undefined;
  }

  private forget(stream: Stream): void {
    this.logins.endOf(stream);
    this.checking.delete(stream);
    if (!this.streams.delete(stream.id) || this.streams.size > 0) return;
    clearTimeout(this.frameTimer);
    this.frameTimer = undefined;
    this.stopTaps();
    this.sampler?.stop();
    this.sampler = undefined;
  }

  private start(): void {
    if (this.sampler !== undefined) return;
    const { observed, cpuPercent } = this.monitored;
    this.sampler = new StateSampler(observed, this.source?.sampleSubjects(), cpuPercent);
    this.frameTimer = setTimeout(() => void this.sendPicture(), 0);
  }

  /** Sends all pages the same picture, and has the next one made later: the later, the longer this one took. */
  private async sendPicture(): Promise<void> {
    const { turns } = this.monitored;
    const { sampler } = this;
    await turns.next();
    if (sampler === undefined || sampler !== this.sampler) return;
    const before = turns.granted;
    try {
      const rendered = renderEvent('state', await turns.run(sampler.next()));
      if (sampler === this.sampler) for (const stream of this.streams.values()) stream.sendPicture(rendered);
    } catch (error) {
      this.onError(error);
    }
    if (sampler !== this.sampler) return;
    const workMs = (turns.granted - before) * MONITOR_TURN_MS;
    const pauseMs = Math.max(this.frameMs, Math.min(workMs / MAX_SHARE, MAX_FRAME_MS));
    this.frameTimer = setTimeout(() => void this.sendPicture(), pauseMs);
  }

  private async login(credentials: PageRequest, stream: Stream, request: IncomingMessage): Promise<Answer> {
    const { source } = this;
    if (source === undefined) return failed(404, 'there is nothing to log in to');
    if (this.checking.has(stream)) return failed(429, 'a login of this page is being checked');
    this.checking.add(stream);
    try {
      const { user, password, token } = credentials;
      const { remoteAddress, remotePort } = request.socket;
      if (isExposed(credentials, this.monitored.isSecure, remoteAddress)) return failed(403, EXPOSED);
      const client = await source.login({ user, password, token }, remoteAddress, remotePort);
      if (client === undefined) return failed(403, 'Authorization Violation');
      if (!this.streams.has(stream.id)) {
        client.leave();
        return failed(401, LOGGED_OUT);
      }
      const login = this.logins.add(client, stream);
      return done({ token: login.token, account: client.account, user: client.user });
    } catch (error) {
      if (error instanceof SluiceError) return failed(503, error.message);
      throw error;
    } finally {
      this.checking.delete(stream);
    }
  }

  private readonly actions: ReadonlyMap<string, Action> = new Map<string, Action>([
    ['/live/logout', (_, login) => this.logout(login)],
    ['/live/tap', (request, login) => this.tap(request, login)],
    ['/live/untap', (_, login) => this.untap(login)],
    ['/live/publish', (request, login) => this.publish(request, login)],
  ]);

  private logout(login: Login): Answer {
    this.logins.end(login);
    return done();
  }

  private async tap({ subject }: PageRequest, login: Login): Promise<Answer> {
    if (subject === undefined) return failed(400, 'subject is missing');
    const refusal = await login.client.tap(subject);
    if (refusal !== undefined) return failed(403, refusal);
    login.isTapping = true;
    login.client.takeTapped(TAP_ROOM);
    this.tapTimer ??= setInterval(this.reportTaps, TAP_MS);
    return done({ subject });
  }

  private untap(login: Login): Answer {
    login.isTapping = false;
    login.client.untap();
    return done();
  }

  private async publish({ subject, payload = '' }: PageRequest, login: Login): Promise<Answer> {
    if (subject === undefined) return failed(400, 'subject is missing');
    if (!login.countPublish(this.monitored.now())) return failed(429, 'too many messages in this second');
    const refusal = await login.client.publish(subject, payload);
    return refusal === undefined ? done({ subject }) : failed(403, refusal);
  }

  private readonly reportTaps = (): void => {
    let any = false;
    for (const { client, stream } of this.logins.tapping()) {
      any = true;
      // What a page that is behind would be sent is left where it is counted.
      const report = stream.isBehind ? undefined : client.takeTapped(TAP_ROOM);
      if (report !== undefined) this.sendReport(stream, report);
    }
    if (!any) this.stopTaps();
  };

  private sendReport(stream: Stream, { messages, omitted }: TapReport): void {
    stream.send('tap', { messages, omitted });
  }

  private stopTaps(): void {
    clearInterval(this.tapTimer);
    this.tapTimer = undefined;
  }
}

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
