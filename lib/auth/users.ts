import type { AccountConfig, AccountLimits, PermissionsConfig, UserConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting, type SettingPath } from '../config/show.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { typesFault, upperCased } from './connection-types.js';
import type { ConnectionType, Grant } from './grant.js';
import { isPublicKey } from './nkeys.js';
import { SubjectPermissions } from './permissions.js';
import { fingerprintOf, Secret } from './secrets.js';

/** A configured user that may log in. */
export interface User {
  readonly name: string;
  /** Undefined: an nkey's, which has none. */
  readonly secret: Secret | undefined;
  /** In upper case; none: any. */
  readonly connectionTypes: readonly ConnectionType[];
  /** The same for all connections of the user. */
  readonly grant: Grant;
}

/** All configured users. */
export interface Users {
  readonly byName: ReadonlyMap<string, User>;
  readonly byNkey: ReadonlyMap<string, User>;
}

/** What an account's limits mean for one of its connections. */
function limitsGranted({ maxConnections, maxSubscriptions, maxPayloadBytes }: AccountLimits): Partial<Grant> {
  return {
    ...(maxConnections === undefined ? {} : { maxAccountConnections: maxConnections }),
    ...(maxSubscriptions === undefined ? {} : { maxSubscriptions }),
    ...(maxPayloadBytes === undefined ? {} : { maxPayloadBytes }),
  };
}

/**
 * Where a user is in the configuration.
 * @param index among the users of its account
 */
export function pathOfUser({ account }: UserConfig, index: number): SettingPath {
  return [...(account === GLOBAL_ACCOUNT ? ['authorization'] : ['accounts', account]), 'users', index];
}

/**
 * Prepares the configured users.
 * @param describe what messages call the settings
 * @param registeredTypes connection types of the program's dialects
 * @throws SluiceError CONFIG_INVALID naming what is wrong where, never a secret
 */
export function prepareUsers(
  configured: readonly UserConfig[],
  defaults: PermissionsConfig | undefined,
  accounts: readonly AccountConfig[] = [],
  describe: DescribeSetting = describeSetting,
  registeredTypes: readonly ConnectionType[] = [],
): Users {
  const limitsOf = new Map(accounts.map(({ name, limits }) => [name, limits]));
  const byName = new Map<string, User>();
  const byNkey = new Map<string, User>();
  const counts = new Map<string, number>();
  for (const config of configured) {
    const { account, user, nkey } = config;
    const index = counts.get(account) ?? 0;
    counts.set(account, index + 1);
    const named = (...keys: readonly string[]): string => describe([...pathOfUser(config, index), ...keys]);
    const name = nkey ?? user;
    if (name === undefined || (user !== undefined && nkey !== undefined))
      throw invalid(named(), 'needs either a user or an nkey');
    if (nkey !== undefined && config.password !== undefined)
      throw invalid(named(), 'an nkey has no password');
    if (nkey !== undefined && !isPublicKey(nkey, 'U'))
      throw invalid(named('nkey'), 'not the public nkey of a user, U…');
    const users = nkey === undefined ? byName : byNkey;
    if (users.has(name)) throw invalid(named(), `there already is a user ${JSON.stringify(name)}`);
    users.set(name, prepare(config, name, named, defaults, registeredTypes, limitsOf.get(account)));
  }
  return { byName, byNkey };
}

/** A user of a password or, `name` undefined, of a token; of the account `$G` and without restrictions. */
export function plainUser(name: string | undefined, secret: Secret, account: string): User {
  const fingerprint = fingerprintOf('user', account, name ?? null, false, secret.fingerprint);
  return {
    name: name ?? '',
    secret,
    connectionTypes: [],
    grant: { account, user: name, permissions: undefined, fingerprint },
  };
}

function prepare(
  config: UserConfig,
  name: string,
  named: (key: string) => string,
  defaults: PermissionsConfig | undefined,
  registeredTypes: readonly ConnectionType[],
  limits: AccountLimits = {},
): User {
  const connectionTypes = upperCased(config.connectionTypes ?? []);
  const fault = typesFault(connectionTypes, registeredTypes);
  if (fault !== undefined) throw invalid(named('allowed_connection_types'), fault);
  const { account } = config;
  const secret =
    config.nkey === undefined ? new Secret(config.password ?? '', () => named('password')) : undefined;
  const rules = config.permissions ?? defaults;
  return {
    name,
    secret,
    connectionTypes,
    grant: {
      account,
      user: name,
      permissions: rules && new SubjectPermissions(rules),
      ...limitsGranted(limits),
      ...(config.flow === undefined ? {} : { flow: config.flow }),
      // Not the permissions: a user that is the same stays, with its new permissions.
      fingerprint: fingerprintOf('user', account, name, secret === undefined, secret?.fingerprint ?? null),
    },
  };
}
