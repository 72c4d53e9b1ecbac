import { randomBytes } from 'node:crypto';
import { clearTimeout, setTimeout } from 'node:timers';
import { LIVE_LOGIN_MS, LIVE_PUBLISH_RATE } from '../../domain/limits.js';
import type { PageClient } from './source.js';
import type { Stream } from './stream.js';

const SECOND_MS = 1_000;

/** A page that may publish and tap. */
export class Login {
  /** What requests of the page carry. */
  readonly token = randomBytes(16).toString('base64url');
  readonly client: PageClient;
  readonly stream: Stream;
  isTapping = false;
  private secondAt = Number.NEGATIVE_INFINITY;
  private published = 0;

  constructor(client: PageClient, stream: Stream) {
    this.client = client;
    this.stream = stream;
  }

  /** Counts one message to be published; false: there were too many in this second. */
  countPublish(nowMs: number): boolean {
    if (nowMs - this.secondAt >= SECOND_MS) {
      this.secondAt = nowMs;
      this.published = 0;
    }
    return ++this.published <= LIVE_PUBLISH_RATE;
  }
}

/** The logins of pages, in memory only: one for each stream at most, which ends with it, and after a while. */
export class Logins {
  private readonly byToken = new Map<string, Login>();
  private readonly byStream = new Map<Stream, Login>();
  private readonly timers = new Map<Login, NodeJS.Timeout>();
  private readonly lifetimeMs: number;

  /** @param lifetimeMs time after which a login ends, in milliseconds */
  constructor(lifetimeMs = LIVE_LOGIN_MS) {
    this.lifetimeMs = lifetimeMs;
  }

  get size(): number {
    return this.byToken.size;
  }

  /** Logins that are tapping. */
  *tapping(): Iterable<Login> {
    for (const login of this.byToken.values()) if (login.isTapping) yield login;
  }

  /** Makes a login of `client`, in place of the one that the page had. */
  add(client: PageClient, stream: Stream): Login {
    this.end(this.byStream.get(stream));
    const login = new Login(client, stream);
    this.byToken.set(login.token, login);
    this.byStream.set(stream, login);
    const expire = (): void => this.endAndTell(login, 'the login has expired');
    this.timers.set(login, setTimeout(expire, this.lifetimeMs).unref());
    client.onClosed = (reason) => this.endAndTell(login, reason);
    client.onTapEnded = (reason) => {
      login.isTapping = false;
      stream.send('untapped', { reason });
    };
    return login;
  }

  of(token: string): Login | undefined {
    return this.byToken.get(token);
  }

  /** Ends the login of a page that has gone. */
  endOf(stream: Stream): void {
    this.end(this.byStream.get(stream));
  }

  end(login: Login | undefined): void {
    if (login === undefined || !this.byToken.delete(login.token)) return;
    this.byStream.delete(login.stream);
    clearTimeout(this.timers.get(login));
    this.timers.delete(login);
    login.client.leave();
  }

  private endAndTell(login: Login, reason: string): void {
    this.end(login);
    login.stream.send('loggedout', { reason });
  }
}
