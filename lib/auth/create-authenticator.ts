import { type DescribeSetting, describeSetting } from '../config/show.js';
import { GLOBAL_ACCOUNT, SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { AUTH_TIMEOUT_MS } from '../domain/limits.js';
import { ANONYMOUS_GRANT, allowAll } from './anonymous-grant.js';
import type { AuthConfig } from './auth-config.js';
import { CalloutLogin } from './callout.js';
import type { CalloutService } from './callout-exchange.js';
import { ConfiguredLogin } from './configured-login.js';
import type { Authenticator } from './grant.js';
import { readTrust } from './operator.js';
import { type OperatorAccounts, operatorLogin } from './operator-login.js';

const NO_AUTH_USER = ['authorization', 'no_auth_user'] as const;

/**
 * Creates the authenticator for a configuration.
 * @param now Unix time in milliseconds
 * @param describe what messages call the settings
 * @param service how a callout asks; undefined: nothing is asked, as where a configuration is only checked
 * @param accounts what the accounts of an operator are; undefined: as the configuration says
 * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
 */
export function createAuthenticator(
  config: AuthConfig,
  now: () => number = Date.now,
  describe: DescribeSetting = describeSetting,
  service?: CalloutService,
  accounts?: OperatorAccounts,
): Authenticator {
  if (config.operator !== undefined)
    return operatorLogin(
      config,
      accounts ?? { trust: readTrust(config.operator, describe) },
      now,
      describe,
      service,
    );
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
