import type { AccountConfig, CalloutConfig } from '../config/shapes.js';
import { GLOBAL_ACCOUNT, SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { CalloutExchange, type CalloutService, calloutRefusal } from './callout-exchange.js';
import { withoutReserved } from './callout-permissions.js';
import type { Claims } from './claims.js';
import { typeAllowed, upperCased } from './connection-types.js';
import {
  type Authenticator,
  type ConnectionType,
  type Grant,
  isGrant,
  type Presented,
  type Refusal,
  type Verdict,
} from './grant.js';
import { least, permissionsOf } from './jwt-login.js';
import { SubjectPermissions } from './permissions.js';
import { fingerprintOf } from './secrets.js';
import { sourceAllowed, timeLeftMs } from './source-restrictions.js';

/** What a callout needs of the configuration. */
export interface CalloutOptions {
  readonly callout: CalloutConfig;
  readonly accounts: readonly AccountConfig[];
  readonly systemAccount: string | undefined;
  readonly noAuthUser: string | undefined;
  /** Time for an answer, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Has a service decide about logins: a client of this server that answers requests on `$SYS.REQ.USER.AUTH`. The users the
 * service itself logs in as, and users of accounts that are not its business, are decided about as configured.
 * https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_callout
 */
export class CalloutLogin implements Authenticator {
  readonly required: boolean;
  readonly usesNonce: boolean;
  readonly anonymous: Grant | undefined;
  readonly asksOnce = true;
  private readonly configured: Authenticator;
  private readonly options: CalloutOptions;
  private readonly exchange: CalloutExchange;
  private readonly now: () => number;
  private readonly accounts: ReadonlyMap<string, AccountConfig | undefined>;
  /** Stands for what may have made its grants another one's. */
  private readonly fingerprint: string;

  /**
   * @param configured decides about the users of the configuration
   * @param now Unix time in milliseconds
   */
  constructor(
    configured: Authenticator,
    options: CalloutOptions,
    service: CalloutService,
    now: () => number = Date.now,
  ) {
    const { callout, accounts, systemAccount = SYSTEM_ACCOUNT, noAuthUser } = options;
    this.configured = configured;
    this.options = options;
    this.exchange = new CalloutExchange(service, options.timeoutMs, now);
    this.now = now;
    this.required = configured.required;
    this.usesNonce = configured.usesNonce;
    this.anonymous =
      noAuthUser !== undefined && callout.authUsers.includes(noAuthUser) ? configured.anonymous : undefined;
    this.accounts = new Map([
      [GLOBAL_ACCOUNT, undefined],
      [systemAccount, undefined],
      ...accounts.map((each) => [each.name, each] as const),
    ]);
    this.fingerprint = fingerprintOf('callout', callout.account, callout.issuer);
  }

  async authenticate(presented: Presented): Promise<Verdict> {
    const { callout, noAuthUser } = this.options;
    const name = presented.nkey || presented.user || (showsNothing(presented) ? noAuthUser : undefined);
    const isOwn = name !== undefined && callout.authUsers.includes(name);
    if (isOwn) return this.configured.authenticate(presented);
    if (callout.allowedAccounts.length > 0) {
      const verdict = await this.configured.authenticate(presented);
      if (isGrant(verdict) && !this.decidesFor(verdict.account)) return verdict;
    }
    if (presented.isGone?.() === true) return { refused: 'has left' };
    return this.ask(name === presented.user || name === undefined ? presented : { ...presented, user: name });
  }

  renew(grant: Grant, connectionType: ConnectionType): Grant | undefined {
    const made = granted.get(grant);
    if (made === undefined) return this.configured.renew(grant, connectionType);
    return made === this.fingerprint && this.accounts.has(grant.account) ? grant : undefined;
  }

  hasUser(grant: Grant): boolean {
    return granted.has(grant) || this.configured.hasUser(grant);
  }

  /** Whether the service decides about users of that account as well. */
  private decidesFor(account: string): boolean {
    return account === GLOBAL_ACCOUNT || this.options.callout.allowedAccounts.includes(account);
  }

  private async ask(presented: Presented): Promise<Verdict> {
    const { issuer, account, xkey } = this.options.callout;
    const isSigner = (signer: string) => signer === issuer;
    const answer = await this.exchange.ask(presented, { account, issuer, xkey, isSigner });
    return 'refused' in answer ? answer : this.granted(presented, answer.user);
  }

  private granted(presented: Presented, user: Claims<'user'>): Grant | Refusal {
    const refuse = calloutRefusal;
    const { callout } = this.options;
    const { nats, aud: account } = user;
    if (user.iss !== callout.issuer) return refuse('JWT: of another issuer');
    if (nats.issuer_account !== '') return refuse('JWT: names an issuer account');
    if (!this.accounts.has(account)) return refuse('JWT: its audience is no account of this server');
    const now = this.now();
    const left = timeLeftMs(nats.times, nats.times_location || nats.locale, now);
    const end = Math.min(now + left, user.exp === 0 ? Number.POSITIVE_INFINITY : user.exp * 1_000);
    if (user.nbf * 1_000 > now) return refuse('JWT: not valid yet');
    if (end <= now) return refuse(left > 0 ? 'JWT: expired' : 'JWT: not allowed at this time of day');
    if (!typeAllowed(upperCased(nats.allowed_connection_types), presented.connectionType))
      return refuse('connection type not allowed');
    if (!sourceAllowed(nats.src, presented.remoteAddress)) return refuse('address not allowed');
    const {
      maxConnections,
      maxSubscriptions = -1,
      maxPayloadBytes = -1,
    } = this.accounts.get(account)?.limits ?? {};
    const subscriptions = least(nats.subs, maxSubscriptions);
    const payload = least(nats.payload, maxPayloadBytes);
    const rules = account === callout.account ? withoutReserved(permissionsOf(nats)) : permissionsOf(nats);
    const grant: Grant = {
      account,
      user: user.name || user.sub,
      permissions: rules && new SubjectPermissions(rules),
      ...(end === Number.POSITIVE_INFINITY ? {} : { expiresAt: end }),
      ...(subscriptions === -1 ? {} : { maxSubscriptions: subscriptions }),
      ...(payload === -1 ? {} : { maxPayloadBytes: payload }),
      ...(maxConnections === undefined ? {} : { maxAccountConnections: maxConnections }),
      fingerprint: fingerprintOf('callout', account, user.sub),
    };
    granted.set(grant, this.fingerprint);
    return grant;
  }
}

/** Grants of callouts, with what stands for the callout that made each, across reloads. */
const granted = new WeakMap<Grant, string>();

function showsNothing({ user, password, token, jwt, nkey, signature }: Presented): boolean {
  return !(user || password || token || jwt || nkey || signature);
}
