import type { Logger } from 'pino';
import type { AuthConfig } from '../auth/auth-config.js';
import type { CalloutService } from '../auth/callout-exchange.js';
import type { Authenticator } from '../auth/grant.js';
import { loadAuthenticator } from '../auth/load.js';
import type { OperatorAccounts } from '../auth/operator-login.js';
import type { DescribeSetting, SettingPath } from '../config/show.js';
import type { Config } from '../config.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Security } from '../transport/tls.js';
import type * as TlsTools from './tls-tools.js';

/** How WebSocket clients come in. */
export interface WebSocketAccess {
  readonly authenticator: Authenticator;
  /** TLS of the listener; undefined: none. */
  readonly security: Security | undefined;
}

/**
 * Reads all files it takes.
 *
 * @param given what decides in the place of the configuration; undefined: that
 * @param operated the accounts of an operator; undefined: there is none
 * @param general what decides about all other clients, and about these where they have no settings of their own
 * @throws SluiceError CONFIG_INVALID about files of TLS
 */
export async function webSocketAccessOf(
  config: Config & Pick<AuthConfig, 'registeredTypes'>,
  given: Authenticator | undefined,
  general: Authenticator,
  log: Logger,
  reports: RateLimits | undefined,
  describe: DescribeSetting,
  tools: typeof TlsTools | undefined,
  callout?: CalloutService | undefined,
  operated?: OperatorAccounts | undefined,
): Promise<WebSocketAccess> {
  const { tls } = config.websocket;
  const named: DescribeSetting = (path, value) => describe(websocketPath(path), value);
  return {
    authenticator:
      given === undefined && isOwn(config)
        ? await loadAuthenticator(authConfigOf(config), named, callout, operated)
        : general,
    security: tls && tools?.securityFor(tls, log, reports, named),
  };
}

/** Whether their logins are decided otherwise than those of other clients. */
function isOwn({ websocket, tls }: Config): boolean {
  return websocket.login !== undefined || websocket.tls?.verifyAndMap === true || tls?.verifyAndMap === true;
}

/** Login settings for WebSockets take the place of the general ones; whether certificates are logins is said apart. */
function authConfigOf(config: Config & Pick<AuthConfig, 'registeredTypes'>): AuthConfig {
  const { authorization, websocket } = config;
  return {
    authorization: { ...authorization, ...websocket.login },
    accounts: config.accounts,
    operator: config.operator,
    systemAccount: config.systemAccount,
    tls: websocket.tls,
    registeredTypes: config.registeredTypes,
  };
}

/** Settings of [websocket] that take the place of others are called by their own names. */
function websocketPath(path: SettingPath): SettingPath {
  const [table, key, ...inner] = path;
  if (table === 'tls') return ['websocket', `tls_${key}`, ...inner];
  const isReplaced = table === 'authorization' && ['password', 'token', 'no_auth_user'].includes(String(key));
  return isReplaced ? ['websocket', String(key)] : path;
}
