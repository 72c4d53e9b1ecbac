import type { AccountConfig } from '../config/shapes.js';
import type { DescribeSetting } from '../config/show.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';
import { allowAll } from './anonymous-grant.js';
import type { AuthConfig } from './auth-config.js';
import type { CalloutService } from './callout.js';
import type { Authenticator } from './grant.js';

/**
 * Loads the authenticator. Whatever it takes to check credentials is loaded only where there are any: it would
 * double the time to start.
 *
 * @param describe what messages call the settings
 * @param service how a callout asks
 * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
 */
export async function loadAuthenticator(
  config: AuthConfig,
  describe?: DescribeSetting,
  service?: CalloutService,
): Promise<Authenticator> {
  const { user, token, users, noAuthUser } = config.authorization;
  const nobodyNamed = user === undefined && token === undefined && users.length === 0;
  if (nobodyNamed && noAuthUser === undefined && config.operator === undefined) return allowAll;
  const { createAuthenticator } = await import('./create-authenticator.js');
  return createAuthenticator(config, undefined, describe, service);
}

/**
 * The name of the system account: as configured, or as the operator's JWT names it.
 * @throws SluiceError CONFIG_INVALID as `loadAuthenticator`
 */
export async function loadSystemAccount({ systemAccount, operator }: AuthConfig): Promise<string> {
  if (systemAccount !== undefined) return systemAccount;
  if (operator === undefined) return SYSTEM_ACCOUNT;
  const { systemAccountOf } = await import('./operator-accounts.js');
  return systemAccountOf(operator) ?? SYSTEM_ACCOUNT;
}

/**
 * The accounts there are, from the configuration or from the operator's JWTs.
 * @param warn told of what is left out, a line each
 * @param describe what messages call the settings
 */
export async function loadAccounts(
  config: AuthConfig,
  warn: (warning: string) => void,
  describe?: DescribeSetting,
): Promise<readonly AccountConfig[]> {
  if (config.operator === undefined) return config.accounts;
  const { accountsOf } = await import('./operator-accounts.js');
  return accountsOf(config.operator, warn, describe);
}
