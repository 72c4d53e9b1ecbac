import { type Config, isConfig } from '../config.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { SluiceError } from '../domain/errors.js';

type Table = Readonly<Record<string, unknown>> & {
  readonly users?: unknown;
  readonly verify_and_map?: unknown;
};

const KEYS = ['user', 'password', 'token', 'users', 'no_auth_user', 'default_permissions'] as const;

/**
 * Refuses configured users beside an `authenticate` function.
 * @param given settings in the words of the configuration file, not yet checked, or a configuration
 * @throws SluiceError CONFIG_INVALID naming every setting that is about users
 */
export function refuseUsers(given: object): void {
  const keys = isConfig(given) ? inConfig(given) : inSettings(given as Table);
  if (keys.length > 0)
    throw new SluiceError(
      'CONFIG_INVALID',
      keys.map((key) => `${key}: not allowed beside authenticate, which decides all logins`).join('\n'),
    );
}

function inSettings({ authorization, operator, accounts, tls }: Table): readonly string[] {
  const table = tableOf(authorization);
  return [
    ...KEYS.filter((key) => table[key] !== undefined).map((key) => `authorization.${key}`),
    ...(operator === undefined ? [] : ['operator']),
    ...(tableOf(tls).verify_and_map === true ? ['tls.verify_and_map'] : []),
    ...Object.entries(tableOf(accounts)).flatMap(([name, account]) =>
      tableOf(account).users === undefined ? [] : [`accounts.${name}.users`],
    ),
  ];
}

/** A value that is no table has no keys here: checking the settings says what is wrong with it. */
function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

function inConfig({ authorization, operator, tls }: Config): readonly string[] {
  const { user, password, token, users, noAuthUser, defaultPermissions } = authorization;
  const given = { user, password, token, no_auth_user: noAuthUser, default_permissions: defaultPermissions };
  const accounts = new Set(users.map(({ account }) => account));
  return [
    ...KEYS.filter((key) => given[key as keyof typeof given] !== undefined).map(
      (key) => `authorization.${key}`,
    ),
    ...(operator === undefined ? [] : ['operator']),
    ...(tls?.verifyAndMap === true ? ['tls.verify_and_map'] : []),
    ...[...accounts].map((name) =>
      name === GLOBAL_ACCOUNT ? 'authorization.users' : `accounts.${name}.users`,
    ),
  ];
}
