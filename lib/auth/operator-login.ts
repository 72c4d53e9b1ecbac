import type { DescribeSetting } from '../config/show.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { AUTH_TIMEOUT_MS } from '../domain/limits.js';
import type { AccountResolver } from './account-resolver.js';
import type { AuthConfig } from './auth-config.js';
import {
  CalloutExchange,
  type CalloutService,
  type CalloutUser,
  calloutRefusal,
} from './callout-exchange.js';
import { readClaims } from './claims.js';
import {
  type Authenticator,
  type ConnectionType,
  type Grant,
  isGrant,
  type Presented,
  type Refusal,
  type Verdict,
} from './grant.js';
import { decidesLogins, isUnlimited, JwtLogin } from './jwt-login.js';
import type { Trust, TrustedAccount } from './operator.js';
import { pathOfUser } from './users.js';

/** The accounts of an operator. */
export interface OperatorAccounts {
  readonly trust: Trust;
  /** Has those that are not in the configuration; undefined: there are none. */
  readonly resolver?: AccountResolver | undefined;
}

/** How a login was let in. */
interface Shown {
  readonly presented: Presented;
  /** What a callout has made of it. */
  readonly callout?: CalloutUser & { readonly account: string };
}

/** The account list of a callout that may let users into any account. */
const ANY_ACCOUNT = '*';

const TOO_MANY: Refusal = {
  refused: 'too many logins are waiting for accounts to be fetched',
  code: 'AUTHENTICATION_TIMEOUT',
};

/**
 * Has the JWTs of an operator's accounts decide about logins.
 * @param now Unix time in milliseconds
 * @param describe what messages call the settings
 * @param service how a callout asks; undefined: logins that one decides about are refused
 * @throws SluiceError CONFIG_INVALID about settings that do not go with an operator
 */
export function operatorLogin(
  config: AuthConfig,
  accounts: OperatorAccounts,
  now: () => number,
  describe: DescribeSetting,
  service?: CalloutService,
): Authenticator {
  checkSettings(config, accounts.trust, describe);
  const { timeoutMs = AUTH_TIMEOUT_MS } = config.authorization;
  const exchange = service && new CalloutExchange(service, timeoutMs, now);
  return new OperatorLogin(accounts, now, exchange, sentinelIn(config, describe));
}

/** The JWT that stands for those that are not there: of a bearer token, or of a user whose scope may say that it is one. */
function sentinelIn({ operator }: AuthConfig, describe: DescribeSetting): string | undefined {
  const { defaultSentinel: jwt } = operator ?? {};
  if (jwt === undefined) return undefined;
  const user = readClaims(jwt, 'user');
  const key = describe(['default_sentinel']);
  if (typeof user === 'string') throw invalid(key, user);
  const isBearer = user.nats.bearer_token || (user.nats.issuer_account !== '' && isUnlimited(user.nats));
  if (!isBearer) throw invalid(key, 'not a bearer token');
  return jwt;
}

function checkSettings(config: AuthConfig, trust: Trust, describe: DescribeSetting): void {
  const { user, token, users, noAuthUser } = config.authorization;
  if (noAuthUser !== undefined)
    throw invalid(describe(['authorization', 'no_auth_user']), 'does not go with an operator');
  if (user !== undefined || token !== undefined) {
    const key = user === undefined ? 'token' : 'user';
    throw invalid(describe(['authorization', key]), 'does not go with an operator');
  }
  const [first] = users;
  if (first !== undefined)
    throw invalid(describe(pathOfUser(first, 0).slice(0, -1)), 'an operator allows no users here');
  if (config.accounts.length > 0)
    throw invalid(describe(['accounts']), 'an operator allows no accounts here');
  const { systemAccount } = config;
  if (
    systemAccount !== undefined &&
    trust.systemAccount !== undefined &&
    systemAccount !== trust.systemAccount
  ) {
    throw invalid(describe(['system_account']), "must be the same as in the operator's JWT");
  }
}

class OperatorLogin implements Authenticator {
  readonly required = true;
  readonly usesNonce = true;
  readonly anonymous = undefined;
  /** Those that present nothing may have a JWT nonetheless, and a service may have decided about them. */
  readonly asksOnce = true;
  private readonly sentinel: string | undefined;
  private readonly accounts: OperatorAccounts;
  private readonly login: JwtLogin;
  private readonly exchange: CalloutExchange | undefined;

  constructor(
    accounts: OperatorAccounts,
    now: () => number,
    exchange: CalloutExchange | undefined,
    sentinel: string | undefined,
  ) {
    this.accounts = accounts;
    this.sentinel = sentinel;
    this.login = new JwtLogin((key) => this.find(key), now);
    this.exchange = exchange;
  }

  authenticate(given: Presented): Verdict | Promise<Verdict> {
    const { sentinel } = this;
    const isWithout = sentinel !== undefined && this.login.userIn(given) === undefined;
    const presented = isWithout ? { ...given, jwt: sentinel } : given;
    const verdict = this.grant(presented, false);
    const { resolver, trust } = this.accounts;
    if (!isGrant(verdict) && resolver !== undefined) {
      const user = this.login.userIn(presented);
      const account = user && (user.nats.issuer_account || user.iss);
      if (account !== undefined && resolver.isWanted(account, trust)) return this.fetched(account, presented);
    }
    return this.decided(presented, verdict);
  }

  renew(old: Grant, _connectionType: ConnectionType): Grant | undefined {
    const shown = shownFor.get(old);
    if (shown === undefined) return undefined;
    const { presented, callout } = shown;
    const verdict = this.grant(presented, true);
    if (!isGrant(verdict) || callout === undefined) return isGrant(verdict) ? verdict : undefined;
    const account = this.find(callout.account);
    const granted = account && this.grantByCallout(presented, callout, account);
    return granted && isGrant(granted) ? granted : undefined;
  }

  /** Whatever a JWT has lost, its user is told so. */
  hasUser(): boolean {
    return true;
  }

  private find(account: string): TrustedAccount | undefined {
    const { trust, resolver } = this.accounts;
    return resolver === undefined ? trust.accounts.get(account) : resolver.find(account, trust);
  }

  private grant(presented: Presented, proven: boolean): Grant | Refusal {
    let granted: Grant | Refusal;
    try {
      granted = this.login.grant(presented, proven);
    } catch {
      return { refused: 'credentials that cannot be read' };
    }
    if (isGrant(granted)) shownFor.set(granted, { presented });
    return granted;
  }

  /** Decides anew once the account has been fetched, if it can be. */
  private async fetched(account: string, presented: Presented): Promise<Verdict> {
    const { resolver, trust } = this.accounts;
    if (!(await resolver?.fetch(account, trust))) return TOO_MANY;
    if (presented.isGone?.() === true) return { refused: 'has left' };
    return this.decided(presented, this.grant(presented, false));
  }

  /** Lets the service decide that the account has for that, unless it is the service itself that logs in. */
  private decided(presented: Presented, verdict: Grant | Refusal): Verdict | Promise<Verdict> {
    if (!isGrant(verdict)) return verdict;
    const account = this.find(verdict.account);
    if (account === undefined || !decidesLogins(account)) return verdict;
    // The user of this grant is the public key in the JWT.
    const isService = account.claims.nats.authorization?.auth_users.includes(verdict.user ?? '') === true;
    if (isService) return verdict;
    if (this.exchange === undefined) return calloutRefusal('nothing can be asked here');
    return this.ask(presented, account, this.exchange);
  }

  private async ask(
    presented: Presented,
    account: TrustedAccount,
    exchange: CalloutExchange,
  ): Promise<Verdict> {
    const { sub: key, nats } = account.claims;
    const shown = this.login.userIn(presented);
    const answer = await exchange.ask(
      { ...presented, tags: shown?.nats.tags, nameTag: shown?.name },
      {
        account: key,
        issuer: key,
        xkey: nats.authorization?.xkey || undefined,
        isSigner: (signer, issuerAccount) =>
          (issuerAccount === '' || issuerAccount === key) && (signer === key || account.signers.has(signer)),
      },
    );
    if ('refused' in answer) return answer;
    const target = answer.user.nats.issuer_account || answer.user.iss;
    const { resolver, trust } = this.accounts;
    if (resolver?.isWanted(target, trust) === true && this.mayPlaceIn(account, target))
      await resolver.fetch(target, trust);
    return this.grantByCallout(presented, { ...answer, account: key }, account);
  }

  private grantByCallout(
    presented: Presented,
    callout: NonNullable<Shown['callout']>,
    account: TrustedAccount,
  ): Grant | Refusal {
    const { user, jwt } = callout;
    const target = user.nats.issuer_account || user.iss;
    if (!decidesLogins(account) || !this.mayPlaceIn(account, target))
      return calloutRefusal('JWT: of an account that the service may let no users into');
    const verdict = this.login.grantTo(user, jwt, presented, 'callout');
    if (!isGrant(verdict)) return calloutRefusal(verdict.refused);
    shownFor.set(verdict, { presented, callout });
    return verdict;
  }

  /** Whether the service of an account may let users into another one. */
  private mayPlaceIn({ claims }: TrustedAccount, target: string): boolean {
    const allowed = claims.nats.authorization?.allowed_accounts ?? [];
    const isAny = allowed.length === 1 && allowed[0] === ANY_ACCOUNT;
    return target === claims.sub || isAny || allowed.includes(target);
  }
}

/** What users presented, and what was made of it, across reloads: kept apart, where no log looks. */
const shownFor = new WeakMap<Grant, Shown>();
