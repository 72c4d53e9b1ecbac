import type { AccountConfig } from '../config/shapes.js';
import type { DescribeSetting } from '../config/show.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';
import type { ReadTokens } from './activation.js';
import { allowAll } from './anonymous-grant.js';
import type { AuthConfig } from './auth-config.js';
import type { CalloutService } from './callout-exchange.js';
import type { Authenticator } from './grant.js';
import type { Trust } from './operator.js';
import type { OperatorAccounts } from './operator-login.js';

/**
 * Loads the authenticator. Whatever it takes to check credentials is loaded only where there are any: it would
 * double the time to start.
 *
 * @param describe what messages call the settings
 * @param service how a callout asks
 * @param accounts the accounts of an operator; undefined: as the configuration says
 * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
 */
export async function loadAuthenticator(
  config: AuthConfig,
  describe?: DescribeSetting,
  service?: CalloutService,
  accounts?: OperatorAccounts,
): Promise<Authenticator> {
  const { user, token, users, noAuthUser } = config.authorization;
  const hasNoCredentials = user === undefined && token === undefined && users.length === 0;
  if (hasNoCredentials && noAuthUser === undefined && config.operator === undefined) return allowAll;
  const { createAuthenticator } = await import('./create-authenticator.js');
  return createAuthenticator(config, undefined, describe, service, accounts);
}

/**
 * What the operators of a configuration vouch for; undefined: it has none.
 * @param warn told of what is left out, a line each
 * @param describe what messages call the settings
 * @throws SluiceError CONFIG_INVALID as `loadAuthenticator`
 */
export async function loadTrust(
  { operator }: AuthConfig,
  warn?: (warning: string) => void,
  describe?: DescribeSetting,
): Promise<Trust | undefined> {
  if (operator === undefined) return undefined;
  const { readTrust } = await import('./operator.js');
  return readTrust(operator, describe, warn);
}

/**
 * The name of the system account: as configured, or as the operator's JWT names it.
 * @throws SluiceError CONFIG_INVALID as `loadAuthenticator`
 */
export async function loadSystemAccount(config: AuthConfig, trust?: Trust): Promise<string> {
  if (config.systemAccount !== undefined) return config.systemAccount;
  const { systemAccount = SYSTEM_ACCOUNT } = trust ?? (await loadTrust(config)) ?? {};
  return systemAccount;
}

/**
 * What tells which accounts there are, from the configuration or from the operator's JWTs, whenever it is called.
 * @param operated the accounts of an operator; undefined: there is none
 * @param warn told of what is left out, a line each, once
 */
export async function loadAccounts(
  { accounts }: AuthConfig,
  operated: OperatorAccounts | undefined,
  warn: (warning: string) => void,
): Promise<() => readonly AccountConfig[]> {
  if (operated === undefined) return () => accounts;
  const { accountsIn } = await import('./operator-accounts.js');
  const { trust, resolver } = operated;
  const warned = new Set<string>();
  const warnOnce = (warning: string): void => {
    if (!warned.has(warning)) warn(warning);
    warned.add(warning);
  };
  const read: ReadTokens = new Map();
  return () => accountsIn(resolver?.all(trust) ?? trust.accounts, warnOnce, Date.now(), read);
}
