import type { OperatorConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { GLOBAL_ACCOUNT, SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { AUTH_TIMEOUT_MS } from '../domain/limits.js';
import { ANONYMOUS_GRANT, allowAll } from './anonymous-grant.js';
import type { AuthConfig } from './auth-config.js';
import { CalloutLogin, type CalloutService } from './callout.js';
import { ConfiguredLogin } from './configured-login.js';
import { type Authenticator, type Grant, isGrant, type Presented, type Refusal } from './grant.js';
import { JwtLogin } from './jwt-login.js';
import { readTrust } from './operator.js';
import { pathOfUser } from './users.js';

const NO_AUTH_USER = ['authorization', 'no_auth_user'] as const;

/**
 * Creates the authenticator for a configuration.
 * @param now Unix time in milliseconds
 * @param describe what messages call the settings
 * @param service how a callout asks; undefined: nothing is asked, as where a configuration is only checked
 * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
 */
export function createAuthenticator(
  config: AuthConfig,
  now: () => number = Date.now,
  describe: DescribeSetting = describeSetting,
  service?: CalloutService,
): Authenticator {
  if (config.operator !== undefined) return operatorMode(config, config.operator, now, describe);
  const { user, token, users, noAuthUser } = config.authorization;
  const isOpen = user === undefined && token === undefined && users.length === 0;
  if (!isOpen) {
    const { callout, timeoutMs = AUTH_TIMEOUT_MS } = config.authorization;
    const openGrant = callout === undefined && hasOnlySystemUsers(config) ? ANONYMOUS_GRANT : undefined;
    const login = new ConfiguredLogin(config, openGrant, describe);
    if (callout === undefined || service === undefined) return login;
    const { accounts, systemAccount } = config;
    return new CalloutLogin(login, { callout, accounts, systemAccount, noAuthUser, timeoutMs }, service, now);
  }
  if (noAuthUser !== undefined) throw invalid(describe(NO_AUTH_USER), 'there are no users');
  return allowAll;
}

/** Whether users are for the system account alone, which leaves other clients as free as without them. */
function hasOnlySystemUsers({
  authorization,
  accounts,
  systemAccount = SYSTEM_ACCOUNT,
}: AuthConfig): boolean {
  const { user, token, noAuthUser, users, defaultPermissions } = authorization;
  if ([user, token, noAuthUser, defaultPermissions].some((each) => each !== undefined)) return false;
  return (
    users.every(({ account }) => account === systemAccount) &&
    accounts.every(({ name }) => name === systemAccount || name === GLOBAL_ACCOUNT)
  );
}

function operatorMode(
  config: AuthConfig,
  operator: OperatorConfig,
  now: () => number,
  describe: DescribeSetting,
): Authenticator {
  const { user, token, users, noAuthUser } = config.authorization;
  if (noAuthUser !== undefined) throw invalid(describe(NO_AUTH_USER), 'does not go with an operator');
  if (user !== undefined || token !== undefined) {
    const key = user === undefined ? 'token' : 'user';
    throw invalid(describe(['authorization', key]), 'does not go with an operator');
  }
  const [firstUser] = users;
  if (firstUser !== undefined)
    throw invalid(describe(pathOfUser(firstUser, 0).slice(0, -1)), 'an operator allows no users here');
  if (config.accounts.length > 0)
    throw invalid(describe(['accounts']), 'an operator allows no accounts here');
  const trust = readTrust(operator, describe);
  const { systemAccount } = config;
  if (
    systemAccount !== undefined &&
    trust.systemAccount !== undefined &&
    systemAccount !== trust.systemAccount
  ) {
    throw invalid(describe(['system_account']), "must be the same as in the operator's JWT");
  }
  const login = new JwtLogin(trust, now);
  /** How each was let in: kept apart, where no log looks. */
  const grant = (presented: Presented, proven: boolean) => {
    const granted = attempt(login, presented, proven);
    if (isGrant(granted)) presentedFor.set(granted, presented);
    return granted;
  };
  return {
    required: true,
    usesNonce: true,
    anonymous: undefined,
    authenticate: (presented) => grant(presented, false),
    renew: (old) => {
      const presented = presentedFor.get(old);
      const granted = presented && grant(presented, true);
      return isGrant(granted) ? granted : undefined;
    },
    // Whatever a JWT has lost, its user is told so.
    hasUser: () => true,
  };
}

function attempt(login: JwtLogin, presented: Presented, proven: boolean): Grant | Refusal {
  try {
    return login.grant(presented, proven);
  } catch {
    return { refused: 'credentials that cannot be read' };
  }
}

/** What JWT users presented, across reloads. */
const presentedFor = new WeakMap<Grant, Presented>();
