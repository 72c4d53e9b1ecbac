import type { Logger } from 'pino';
import type { AccountResolver } from '../auth/account-resolver.js';
import type { CalloutService } from '../auth/callout-exchange.js';
import type { Authenticator } from '../auth/grant.js';
import { loadAccounts, loadAuthenticator, loadSystemAccount, loadTrust } from '../auth/load.js';
import type { AccountConfig } from '../config/shapes.js';
import { type Config, describeIn, unreadableFiles } from '../config.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { quoted, SluiceError } from '../domain/errors.js';
import type { Loadable } from '../domain/loadable.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { Security } from '../transport/tls.js';
import type { TlsNegotiator } from '../transport/tls-negotiator.js';
import type { DialectRegistration } from './dialects.js';
import type * as Joins from './joins.js';
import { type LeafAccess, leafAccessOf } from './leaf-access.js';
import { type WebSocketAccess, webSocketAccessOf } from './websocket-access.js';

/** What else decides how logins and TLS are checked. */
export interface AccessOptions {
  /** In the place of the one the configuration amounts to. */
  readonly authenticator?: Authenticator | undefined;
  /** Limits how often failed handshakes are logged. */
  readonly reports?: RateLimits | undefined;
  /** How a callout asks; undefined: the configuration is only checked. */
  readonly callout?: CalloutService | undefined;
  /** Has the accounts of an operator that are not in the configuration; undefined: there are none. */
  readonly resolver?: Loadable<AccountResolver> | undefined;
  /** Dialects beside the built-in ones. */
  readonly dialects?: readonly DialectRegistration[] | undefined;
}

/** How logins and TLS are checked. */
export interface Access {
  readonly authenticator: Authenticator;
  /** The accounts there are now: of an operator they may become more. */
  readonly readAccounts: () => readonly AccountConfig[];
  /** What joins them; undefined: there is nothing to join or to map. */
  readonly joins: typeof Joins | undefined;
  /** Name of the system account. */
  readonly systemAccount: string;
  readonly security: Security | undefined;
  /** TLS of the monitor; it asks for no certificates of clients. */
  readonly monitorSecurity: Security | undefined;
  readonly websocket: WebSocketAccess;
  readonly leaf: LeafAccess;
  /** Brings connections to TLS; undefined: none of them has it. */
  readonly negotiator: typeof TlsNegotiator | undefined;
}

/**
 * Reads all files it takes.
 * @throws SluiceError CONFIG_INVALID about the first that is wrong inside, and all that cannot be read
 */
export async function accessOf(config: Config, log: Logger, options: AccessOptions = {}): Promise<Access> {
  try {
    return await readAccess(config, log, options);
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const lines = new Set([...error.message.split('\n'), ...unreadableFiles(config, describeIn(config))]);
    throw new SluiceError(error.code, [...lines].join('\n'), { cause: error.cause });
  }
}

async function readAccess(
  config: Config,
  log: Logger,
  { authenticator, reports, callout, resolver, dialects }: AccessOptions,
): Promise<Access> {
  const describe = describeIn(config);
  const warn = (warning: string) => log.warn(warning);
  const tools = hasTls(config) ? await import('./tls-tools.js') : undefined;
  const trust = await loadTrust(config, warn, describe);
  const operated = trust && { trust, resolver: await resolver?.load() };
  const known = { ...config, registeredTypes: dialects?.map(({ connectionType }) => connectionType) };
  const general = authenticator ?? (await loadAuthenticator(known, describe, callout, operated));
  const accounts = await loadAccounts(config, operated, warn);
  const systemAccount = await loadSystemAccount(config, trust);
  if (authenticator === undefined && isOutOfControl(config, systemAccount))
    warn(
      `monitor.control: no login allows it, as the system account, ${quoted(systemAccount)}, has no user with a password`,
    );
  return {
    authenticator: general,
    readAccounts: () => [...accounts(), ...globalAccount(config)],
    joins: hasJoins(config) ? await import('./joins.js') : undefined,
    systemAccount,
    security: config.tls && tools?.securityFor(config.tls, log, reports, describe),
    monitorSecurity:
      config.monitor.tls && config.tls
        ? tools?.securityFor(
            { ...config.tls, verify: false, verifyAndMap: false, pinnedCerts: [], handshakeRate: 0 },
            log,
            reports,
            describe,
          )
        : undefined,
    negotiator: tools?.TlsNegotiator,
    leaf: await leafAccessOf(config, general, log, reports, describe, tools),
    websocket: await webSocketAccessOf(
      known,
      authenticator,
      general,
      log,
      reports,
      describe,
      tools,
      callout,
      operated,
    ),
  };
}

function hasJoins({ accounts, mappings, operator }: Config): boolean {
  return accounts.length > 0 || mappings.length > 0 || operator !== undefined;
}

function hasTls({ tls, leaf, websocket }: Config): boolean {
  return [tls, leaf.tls, websocket.tls].some((each) => each !== undefined);
}

/** Whether requests to the monitor may do what no login allows. A callout may know users that are not configured. */
function isOutOfControl({ monitor, authorization }: Config, systemAccount: string): boolean {
  if (!monitor.control || monitor.listener === undefined || authorization.callout !== undefined) return false;
  return !authorization.users.some(
    ({ user, account, connectionTypes }) =>
      user !== undefined && account === systemAccount && connectionTypes?.includes('STANDARD') !== false,
  );
}

/** The account of users that have no other, where there is anything to configure of it. */
function globalAccount({ mappings }: Config): readonly AccountConfig[] {
  if (mappings.length === 0) return [];
  return [{ name: GLOBAL_ACCOUNT, exports: [], imports: [], mappings }];
}
