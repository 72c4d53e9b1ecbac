import type { PeerCertificate } from 'node:tls';
import {
  type Authenticator,
  type ConnectionType,
  type Grant,
  isGrant,
  type Presented,
  type Refusal,
  type Verdict,
} from '../auth/grant.js';
import { makeNonce } from '../auth/nonce.js';
import { CONNECT_UNITS } from '../clients/work.js';
import type { Credentials, Dialect } from '../dialects/codec.js';
import { CLOCK, type Clock } from '../domain/clock.js';
import { ACCOUNT_IS_FULL, type CloseReason } from '../domain/close-reason.js';
import type { DialectName } from '../domain/dialect-name.js';
import type { Permissions } from '../domain/permissions.js';
import type { Account } from '../routing/account.js';
import type { Client } from '../routing/client.js';
import type { RefusedLogin } from './login-log.js';

/** Slows down guessing. What is said about a login is said under the key that `keyOf` gave it. */
export interface Throttle {
  /** What a login is counted under; undefined: it is never held up. */
  keyOf(address: string | undefined, user: string | undefined): string | undefined;
  /** Undefined: verify at once; else when it is its turn, false: not at all. */
  admit(key: string | undefined): Promise<boolean> | undefined;
  failed(key: string | undefined): void;
  /** The login succeeded, or came to nothing. */
  succeeded(key: string | undefined): void;
  /** That user logged in from there: what others do there no longer holds it up. */
  remember(address: string | undefined, user: string | undefined): void;
  /** How long a refusal is to be held back, in milliseconds. */
  delayMs(key: string | undefined): number;
}

export interface AdmissionOptions {
  /** The one in force; another one after a reload. */
  readonly authenticator: () => Authenticator;
  readonly throttle: Throttle;
  /** What refusals are held back by; undefined: real time. */
  readonly clock?: Clock | undefined;
  /** Told of each login that is refused. */
  readonly log: { refused(login: RefusedLogin): void };
  /** How long an authenticator with a deadline may take, in milliseconds. */
  readonly authTimeoutMs: () => number;
  readonly account: (name: string) => Account;
  /** What a client may do beside what its login says; undefined: that. */
  readonly restrict?:
    | ((client: Client, permissions: Permissions | undefined, dialect: DialectName) => Permissions)
    | undefined;
  /** Called when a client has been admitted, again at its CONNECT and after a reload; for tests. */
  readonly admitted?: (() => void) | undefined;
}

function nothing(): void {}

/** Refusals of logins whose credentials nothing is known about: the client is told to try again, not that it is wrong. */
const UNSEEN: Refusal = {
  refused: 'too many logins of this address are waiting after failed ones',
  code: 'AUTHENTICATION_TIMEOUT',
};
const UNANSWERED: Refusal = { refused: 'no decision in time', code: 'AUTHENTICATION_TIMEOUT' };

/** Stands for a token. */
const REDACTED = '[REDACTED]';

/** A login on its way. */
interface Attempt {
  readonly presented: Presented;
  /** Whether nothing is presented. */
  readonly isNoAuthUser: boolean;
  /** What the throttle counts it under. */
  readonly key: string | undefined;
}

/** Lets one connection in, and sees to it that it has no more than its login gives it. */
export class Admission {
  /** What it was let in with; undefined while it is not. */
  grant: Grant | undefined;
  /** Whether a login is under way that takes its time. */
  isPending = false;
  /** Called when such a login begins. */
  onPending = nothing;
  /** Called once such a login has been decided, before the commands after it are taken. */
  onDecided = nothing;
  /** Called once it has been let in. */
  onAdmitted = nothing;
  /** The TLS certificate of the client, verified. */
  certificate: PeerCertificate | undefined = undefined;
  private readonly client: Client;
  private readonly options: AdmissionOptions;
  private readonly type: ConnectionType;
  private readonly dialect: DialectName;
  private cancelExpiry = nothing;
  private cancelDelay = nothing;
  /** Whether it was let in without having shown anything. */
  private isNoAuthUser = true;
  /** Whether a refusal has been logged. */
  private isReported = false;

  constructor(client: Client, options: AdmissionOptions, dialect: Pick<Dialect, 'name' | 'connectionType'>) {
    this.client = client;
    this.options = options;
    this.type = dialect.connectionType;
    this.dialect = dialect.name;
    const { anonymous, usesNonce } = options.authenticator();
    if (usesNonce) client.peer.nonce = makeNonce();
    if (anonymous !== undefined) this.take(anonymous);
  }

  /**
   * Asks anew after a reload: undefined where it may stay, with the rights it has now; else why it must go. Whose user
   * is gone or belongs to another account leaves without a word, as with nats-server: it comes back as what it is now.
   */
  renew(): CloseReason | undefined {
    const old = this.grant;
    if (old === undefined) return undefined; // it has yet to log in
    const authenticator = this.options.authenticator();
    const grant = this.isNoAuthUser ? this.asNoAuthUser() : authenticator.renew(old, this.type);
    if (grant === undefined)
      return this.isNoAuthUser || old.user === undefined || authenticator.hasUser(old)
        ? 'AUTHORIZATION_VIOLATION'
        : 'USER_MOVED';
    if (grant.account !== old.account) return 'USER_MOVED';
    this.take(grant);
    return undefined;
  }

  stop(): void {
    this.cancelExpiry();
    this.cancelDelay();
  }

  /** What a client gets that sends no credentials except a certificate. */
  private asNoAuthUser(): Grant | undefined {
    const { certificate } = this;
    const { remoteAddress } = this.client.peer;
    const presented: Presented = {
      connectionType: this.type,
      dialect: this.dialect,
      certificate,
      remoteAddress,
    };
    const verdict = this.options.authenticator().authenticate(presented);
    // Nothing is never the right password, so there is no need to wait for one.
    return !(verdict instanceof Promise) && isGrant(verdict) ? verdict : undefined;
  }

  /** Decides about the credentials; true: the client is let in, with all that this login may do. */
  login(credentials: Credentials): boolean | Promise<boolean> {
    const { client } = this;
    client.countWork(CONNECT_UNITS);
    const { throttle } = this.options;
    const authenticator = this.options.authenticator();
    const { user, password, token, jwt, nkey, signature } = credentials;
    const presented: Presented = {
      user,
      password,
      token,
      jwt,
      nkey,
      signature,
      nonce: client.peer.nonce,
      certificate: this.certificate,
      connectionType: this.type,
      dialect: this.dialect,
      remoteAddress: client.peer.remoteAddress,
      name: client.peer.name,
      language: client.peer.language,
      version: client.peer.version,
      id: client.id,
      isGone: () => client.closing,
    };
    client.peer.claimedUser = user ?? nkey ?? (token === undefined ? undefined : REDACTED);
    const attempt: Attempt = {
      presented,
      isNoAuthUser:
        authenticator.asksOnce !== true && !(user || password || token || jwt || nkey || signature),
      key: authenticator.required ? throttle.keyOf(client.peer.remoteAddress, user ?? nkey) : undefined,
    };
    const turn = throttle.admit(attempt.key);
    if (turn !== undefined) return this.pending(this.inTurn(turn, attempt));
    const verdict = authenticator.authenticate(presented);
    if (verdict instanceof Promise || !isGrant(verdict)) return this.pending(this.settle(attempt, verdict));
    return this.succeed(attempt, verdict);
  }

  private async inTurn(turn: Promise<boolean>, attempt: Attempt): Promise<boolean> {
    const { throttle, authenticator } = this.options;
    if (!(await turn)) return this.refuse(attempt, UNSEEN);
    if (!this.client.closing) return this.settle(attempt, authenticator().authenticate(attempt.presented));
    throttle.succeeded(attempt.key); // it has left: the turn is the next one's
    return false;
  }

  private async pending(outcome: Promise<boolean>): Promise<boolean> {
    this.isPending = true;
    this.onPending();
    try {
      return await outcome;
    } finally {
      this.isPending = false;
      const { onDecided } = this;
      this.onDecided = nothing;
      onDecided();
    }
  }

  /** The outcome of a login that takes its time, as every failure does. */
  private async settle(attempt: Attempt, pending: Verdict | Promise<Verdict>): Promise<boolean> {
    const { throttle, authenticator } = this.options;
    const asked = authenticator();
    let verdict = await (asked.hasDeadline === true ? this.inTime(pending) : pending);
    if (pending instanceof Promise) await this.client.turn(); // thousands may have waited for the same
    // A reload in the meantime: what was right may no longer be.
    if (isGrant(verdict) && asked !== authenticator())
      verdict = attempt.isNoAuthUser ? this.asNoAuthUser() : authenticator().renew(verdict, this.type);
    if (isGrant(verdict)) {
      if (!this.client.closing) return this.succeed(attempt, verdict);
      throttle.succeeded(attempt.key);
      return false;
    }
    if (verdict?.code !== undefined) {
      throttle.succeeded(attempt.key);
      // What a connection presented that left before its turn was not looked at, so nothing is to be said of it.
      return this.client.closing ? false : this.refuse(attempt, verdict);
    }
    throttle.failed(attempt.key);
    this.refuse(attempt, verdict);
    if (this.client.closing) return false;
    const { clock = CLOCK } = this.options;
    await new Promise<void>((resolve) => {
      this.cancelDelay = this.client.later(throttle.delayMs(attempt.key), resolve, clock);
    });
    return false;
  }

  /** The verdict, or that there is none by the time there has to be. */
  private async inTime(verdict: Verdict | Promise<Verdict>): Promise<Verdict> {
    if (!(verdict instanceof Promise)) return verdict;
    const late = new Promise<Refusal>((resolve) => {
      this.cancelDelay = CLOCK.after(this.options.authTimeoutMs(), () => resolve(UNANSWERED));
    });
    try {
      return await Promise.race([verdict, late]);
    } finally {
      this.cancelDelay();
    }
  }

  /** Logs a refusal; closes the connection where the peer is to be told something else than that it is wrong. */
  private refuse({ presented }: Attempt, refusal: Refusal | undefined): false {
    const user = refusal?.user;
    this.report(user === undefined ? presented : { user }, refusal?.refused ?? 'not accepted');
    if (refusal?.code !== undefined) this.client.close(refusal.code);
    return false;
  }

  /**
   * The connection closes: a refusal that no login has led to is logged, such as of a command that comes before any
   * login.
   */
  closing(reason: CloseReason): void {
    const isIn = this.grant !== undefined;
    if (reason === 'MAX_ACCOUNT_CONNECTIONS')
      this.report({ user: isIn ? this.client.rights.user : this.client.peer.claimedUser }, ACCOUNT_IS_FULL);
    else if (reason === 'AUTHORIZATION_VIOLATION' && !this.isReported)
      this.report(
        { user: isIn ? this.client.rights.user : undefined },
        isIn ? 'not allowed any more' : 'no credentials',
      );
  }

  private report({ user, nkey, token }: Partial<Presented>, reason: string): void {
    this.isReported = true;
    const { id: connection, peer } = this.client;
    const { remoteAddress, remotePort } = peer;
    const kind = nkey ? 'Nkey' : user ? 'User' : token ? 'Token' : undefined;
    const name = nkey || user || (token ? REDACTED : undefined);
    this.options.log.refused({ connection, remoteAddress, remotePort, kind, user: name, reason });
  }

  private succeed({ presented, key, isNoAuthUser }: Attempt, grant: Grant): true {
    const { throttle } = this.options;
    throttle.succeeded(key);
    if (key !== undefined) throttle.remember(presented.remoteAddress, presented.user ?? presented.nkey);
    return this.admit(grant, isNoAuthUser);
  }

  private admit(grant: Grant, isNoAuthUser: boolean): true {
    this.isNoAuthUser = isNoAuthUser;
    return this.take(grant);
  }

  private take(grant: Grant): true {
    const { client } = this;
    const account = this.options.account(grant.account);
    const isNew = client.account !== account || !client.admitted;
    const { maxAccountConnections } = grant;
    if (isNew && account.connections >= (maxAccountConnections ?? Number.POSITIVE_INFINITY)) {
      client.close('MAX_ACCOUNT_CONNECTIONS');
      return true;
    }
    this.grant = grant;
    const { user, maxSubscriptions, maxPayloadBytes, expiresAt, expires, flow } = grant;
    const { restrict } = this.options;
    const permissions =
      restrict === undefined ? grant.permissions : restrict(client, grant.permissions, this.dialect);
    client.admit({
      account,
      user,
      permissions,
      maxSubscriptions,
      maxPayloadBytes,
      maxAccountConnections,
      expiresAt,
      flow,
    });
    this.onAdmitted();
    this.onAdmitted = nothing;
    this.expireAt(expiresAt, expires === 'account' ? 'ACCOUNT_EXPIRED' : 'USER_EXPIRED');
    this.options.admitted?.();
    return true;
  }

  private expireAt(time: number | undefined, reason: 'ACCOUNT_EXPIRED' | 'USER_EXPIRED'): void {
    this.cancelExpiry();
    if (time === undefined) return;
    const left = time - Date.now();
    if (left <= 0) this.client.close(reason);
    else this.cancelExpiry = this.client.later(left, () => this.expireAt(time, reason), CLOCK);
  }
}
