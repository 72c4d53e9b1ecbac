import type { Authenticator, ConnectionType, Grant, Presented } from '../auth/grant.js';
import { makeNonce } from '../auth/nonce.js';
import type { Credentials } from '../protocol/codec.js';
import type { Account } from '../routing/account.js';
import type { Client } from '../routing/client.js';

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
}

/** Longest that a timer of Node's can run, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Lets one connection in, and sees to it that it has no more than its login gives it. */
export class Admission {
  /** What it was let in with; undefined while it is not. */
  grant: Grant | undefined;
  private readonly client: Client;
  private readonly options: AdmissionOptions;
  private readonly type: ConnectionType;
  private expiry: NodeJS.Timeout | undefined;

  constructor(client: Client, options: AdmissionOptions, type: ConnectionType) {
    this.client = client;
    this.options = options;
    this.type = type;
    client.login = (credentials) => this.login(credentials);
    const { anonymous, usesNonce } = options.authenticator();
    if (usesNonce) client.nonce = makeNonce();
    if (anonymous !== undefined) this.take(anonymous);
  }

  /** Asks anew after a reload: true where it may stay, with the rights it has now. */
  renew(): boolean {
    if (this.grant === undefined) return true; // it has yet to log in
    const grant = this.options.authenticator().renew(this.grant);
    if (grant === undefined) return false;
    this.take(grant);
    return true;
  }

  stop(): void {
    clearTimeout(this.expiry);
  }

  private login(credentials: Credentials): boolean | Promise<boolean> {
    const { client } = this;
    const authenticator = this.options.authenticator();
    const presented: Presented = {
      ...credentials,
      nonce: client.nonce,
      certificate: client.peerCertificate,
      connectionType: this.type,
      remoteAddress: client.remoteAddress,
    };
    const { user, nkey, token } = credentials;
    client.claimedUser = user ?? nkey ?? (token === undefined ? undefined : '[REDACTED]');
    const address = client.remoteAddress;
    const turn = authenticator.required ? this.options.throttle.admit(address) : undefined;
    if (turn !== undefined)
      return turn.then((isTurn) =>
        isTurn ? this.settle(address, authenticator.authenticate(presented)) : false,
      );
    const grant = authenticator.authenticate(presented);
    return grant === undefined || grant instanceof Promise ? this.settle(address, grant) : this.take(grant);
  }

  /** The outcome of a login that takes its time, as every failure does. */
  private async settle(
    address: string | undefined,
    verdict: Grant | undefined | Promise<Grant | undefined>,
  ): Promise<boolean> {
    const { throttle } = this.options;
    const grant = await verdict;
    if (grant !== undefined) {
      throttle.succeeded(address);
      return this.client.closing ? false : this.take(grant);
    }
    throttle.failed(address);
    await new Promise((resolve) => setTimeout(resolve, throttle.delayMs(address)).unref());
    return false;
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
    const { user, permissions, maxSubscriptions, maxPayloadBytes, expiresAt, flow } = grant;
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
