import type { Authenticator, ConnectionType, Grant, Presented } from '../auth/grant.js';
import { makeNonce } from '../auth/nonce.js';
import type { Credentials } from '../protocol/codec.js';
import type { Account } from '../routing/account.js';
import type { Client, CloseReason } from '../routing/client.js';
import type { Permissions } from '../routing/permissions.js';

/** Slows down who guesses. */
export interface Throttle {
  /** Undefined: verify at once; else when it is this address's turn, false: not at all. */
  admit(address: string | undefined): Promise<boolean> | undefined;
  failed(address: string | undefined): void;
  succeeded(address: string | undefined): void;
  /** How long a refusal is to be held back, in milliseconds. */
  delayMs(address: string | undefined): number;
}

export interface AdmissionOptions {
  /** The one in force; another one after a reload. */
  readonly authenticator: () => Authenticator;
  readonly throttle: Throttle;
  readonly account: (name: string) => Account;
  /** What a client may do beside what its login says; undefined: that. */
  readonly restrict?:
    | ((client: Client, permissions: Permissions | undefined, type: ConnectionType) => Permissions)
    | undefined;
}

function nothing(): void {}

/** Longest that a timer of Node's can run, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Lets one connection in, and sees to it that it has no more than its login gives it. */
export class Admission {
  /** What it was let in with; undefined while it is not. */
  grant: Grant | undefined;
  /** Whether a login is under way that takes its time. */
  isPending = false;
  /** Called when such a login begins. */
  onPending = nothing;
  private readonly client: Client;
  private readonly options: AdmissionOptions;
  private readonly type: ConnectionType;
  private expiry: NodeJS.Timeout | undefined;
  private delay: NodeJS.Timeout | undefined;
  /** Whether it was let in without having shown anything. */
  private isGuest = true;

  constructor(client: Client, options: AdmissionOptions, type: ConnectionType) {
    this.client = client;
    this.options = options;
    this.type = type;
    client.login = (credentials) => this.login(credentials);
    const { anonymous, usesNonce } = options.authenticator();
    if (usesNonce) client.nonce = makeNonce();
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
    const grant = this.isGuest ? this.asGuest() : authenticator.renew(old, this.type);
    if (grant === undefined)
      return this.isGuest || old.user === undefined || authenticator.hasUser(old)
        ? 'AUTHORIZATION_VIOLATION'
        : 'USER_MOVED';
    if (grant.account !== old.account) return 'USER_MOVED';
    this.take(grant);
    return undefined;
  }

  stop(): void {
    clearTimeout(this.expiry);
    clearTimeout(this.delay);
  }

  /** What one gets who shows nothing, but for a certificate. */
  private asGuest(): Grant | undefined {
    const { peerCertificate: certificate, remoteAddress } = this.client;
    const presented: Presented = { connectionType: this.type, certificate, remoteAddress };
    const grant = this.options.authenticator().authenticate(presented);
    return grant instanceof Promise ? undefined : grant; // nothing is never the right password
  }

  private login(credentials: Credentials): boolean | Promise<boolean> {
    const { client } = this;
    const authenticator = this.options.authenticator();
    const { user, password, token, jwt, nkey, signature } = credentials;
    const presented: Presented = {
      user,
      password,
      token,
      jwt,
      nkey,
      signature,
      nonce: client.nonce,
      certificate: client.peerCertificate,
      connectionType: this.type,
      remoteAddress: client.remoteAddress,
      name: client.peerName,
      isGone: () => client.closing,
    };
    const isGuest =
      authenticator.asksOnce !== true && !(user || password || token || jwt || nkey || signature);
    client.claimedUser = user ?? nkey ?? (token === undefined ? undefined : '[REDACTED]');
    const address = client.remoteAddress;
    const turn = authenticator.required ? this.options.throttle.admit(address) : undefined;
    if (turn !== undefined) return this.pending(this.inTurn(turn, presented, isGuest));
    const grant = authenticator.authenticate(presented);
    if (grant === undefined || grant instanceof Promise)
      return this.pending(this.settle(address, grant, isGuest));
    return this.admit(grant, isGuest);
  }

  private async inTurn(turn: Promise<boolean>, presented: Presented, isGuest: boolean): Promise<boolean> {
    const { throttle, authenticator } = this.options;
    const { remoteAddress } = presented;
    if (!(await turn)) return false;
    if (!this.client.closing)
      return this.settle(remoteAddress, authenticator().authenticate(presented), isGuest);
    throttle.succeeded(remoteAddress); // it has left: the turn is the next one's
    return false;
  }

  private async pending(outcome: Promise<boolean>): Promise<boolean> {
    this.isPending = true;
    this.onPending();
    try {
      return await outcome;
    } finally {
      this.isPending = false;
    }
  }

  /** The outcome of a login that takes its time, as every failure does. */
  private async settle(
    address: string | undefined,
    verdict: Grant | undefined | Promise<Grant | undefined>,
    isGuest: boolean,
  ): Promise<boolean> {
    const { throttle, authenticator } = this.options;
    const asked = authenticator();
    let grant = await verdict;
    // A reload in the meantime: what was right may no longer be.
    if (grant !== undefined && asked !== authenticator())
      grant = isGuest ? this.asGuest() : authenticator().renew(grant, this.type);
    if (grant !== undefined) {
      throttle.succeeded(address);
      return this.client.closing ? false : this.admit(grant, isGuest);
    }
    throttle.failed(address);
    if (this.client.closing) return false;
    await new Promise((resolve) => {
      this.delay = setTimeout(resolve, throttle.delayMs(address)).unref();
    });
    return false;
  }

  private admit(grant: Grant, isGuest: boolean): true {
    this.isGuest = isGuest;
    return this.take(grant);
  }

  private take(grant: Grant): true {
    const { client } = this;
    const account = this.options.account(grant.account);
    const isNew = client.account !== account || !client.admitted;
    const { maxAccountConnections = Number.POSITIVE_INFINITY } = grant;
    if (isNew && account.connections >= maxAccountConnections) {
      client.close('MAX_ACCOUNT_CONNECTIONS');
      return true;
    }
    this.grant = grant;
    const { user, maxSubscriptions, maxPayloadBytes, expiresAt, flow } = grant;
    const { restrict } = this.options;
    const permissions =
      restrict === undefined ? grant.permissions : restrict(client, grant.permissions, this.type);
    client.admit({ account, user, permissions, maxSubscriptions, maxPayloadBytes, expiresAt, flow });
    this.expireAt(expiresAt);
    return true;
  }

  private expireAt(time: number | undefined): void {
    clearTimeout(this.expiry);
    if (time === undefined) return;
    const left = time - Date.now();
    if (left <= 0) this.client.close('USER_EXPIRED');
    else this.expiry = setTimeout(() => this.expireAt(time), Math.min(left, MAX_TIMER_MS)).unref();
  }
}
