import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import { loadAuthenticator } from '../auth/load.js';
import type { LeafRemoteConfig } from '../config/shapes.js';
import type { DescribeSetting } from '../config/show.js';
import type { Config } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import type { RateLimits } from '../domain/rate-limited.js';
import { readErrorText } from '../domain/read-error.js';
import type { LeafRemoteOptions } from '../links/leaf-remote-options.js';
import type { LinkLogin } from '../links/link-login.js';
import type { Security } from '../transport/tls.js';
import type { TlsClientOptions } from '../transport/tls-client.js';
import type * as TlsTools from './tls-tools.js';

const JWT = /-+BEGIN NATS USER JWT-+\s+([\w.-]+)\s+-+END NATS USER JWT-+/;
const SEED = /-+BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]+)\s+-+END USER NKEY SEED-+/;

/**
 * The hubs of a configuration, with what is in the files it names.
 *
 * @throws SluiceError CONFIG_INVALID about a file that cannot be read or does not have what it should
 */
async function leafRemotesOf(
  { leaf }: Config,
  describe: DescribeSetting,
): Promise<readonly LeafRemoteOptions[]> {
  return Promise.all(
    leaf.remotes.map(async (remote, index) => {
      const at = (key: string, value: unknown): string => describe(['leaf', 'remotes', index, key], value);
      return {
        addresses: remote.addresses,
        isWebSocket: remote.isWebSocket,
        avoidsMasks: remote.avoidsMasks,
        account: remote.account,
        login: await loginOf(remote, at),
        tls: remote.tls && (await tlsOf(remote.tls, at)),
        tlsFirst: remote.tlsFirst,
        allow: remote.allow,
        denyImports: remote.denyImports,
        denyExports: remote.denyExports,
        keepsOrder: remote.keepsOrder,
        isHub: remote.isHub,
        dialTimeoutMs: remote.dialTimeoutMs,
        infoTimeoutMs: remote.infoTimeoutMs,
        ignoresDiscovered: remote.ignoresDiscovered,
        reconnectMs: remote.reconnectMs,
        maxReconnectMs: remote.maxReconnectMs,
      };
    }),
  );
}

type At = (key: string, value: unknown) => string;

async function loginOf({ credentialsFile, ...remote }: LeafRemoteConfig, at: At): Promise<LinkLogin> {
  if (credentialsFile === undefined) return remote;
  const where = at('credentials', credentialsFile);
  const text = await textOf(credentialsFile, where);
  const [, jwt] = JWT.exec(text) ?? [];
  const [, seed] = SEED.exec(text) ?? [];
  if (jwt === undefined || seed === undefined)
    throw new SluiceError('CONFIG_INVALID', `${where}: has no JWT of a user with its seed`);
  return { jwt, seed };
}

async function tlsOf(
  { caFile, certFile, keyFile, serverName, insecure }: NonNullable<LeafRemoteConfig['tls']>,
  at: At,
): Promise<TlsClientOptions> {
  const [ca, cert, key] = await Promise.all([
    caFile === undefined ? undefined : textOf(caFile, at('tls_ca_file', caFile)),
    certFile === undefined ? undefined : textOf(certFile, at('tls_cert_file', certFile)),
    keyFile === undefined ? undefined : textOf(keyFile, at('tls_key_file', keyFile)),
  ]);
  return { ca, cert, key, serverName, insecure };
}

async function textOf(file: string, where: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SluiceError('CONFIG_INVALID', `${where}: cannot be read: ${readErrorText(error)}`);
  }
}

/** How leafs come in. */
export interface LeafAccess {
  readonly authenticator: Authenticator;
  /** TLS of the listener; undefined: none. */
  readonly security: Security | undefined;
  /** The hubs that the server is a leaf of. */
  readonly remotes: readonly LeafRemoteOptions[];
}

/** Lets no leaf in before CONNECT, so that a leaf is known by then. */
function afterConnect(authenticator: Authenticator): Authenticator {
  return {
    required: authenticator.required,
    usesNonce: authenticator.usesNonce,
    anonymous: undefined,
    ...(authenticator.asksOnce === undefined ? {} : { asksOnce: authenticator.asksOnce }),
    ...(authenticator.hasDeadline === undefined ? {} : { hasDeadline: authenticator.hasDeadline }),
    authenticate: (presented) => authenticator.authenticate(presented),
    renew: (grant, type) => authenticator.renew(grant, type),
    hasUser: (grant) => authenticator.hasUser(grant),
  };
}

/**
 * Reads all files it takes.
 *
 * @param general what decides about clients, and about leafs where they have no users of their own
 * @throws SluiceError CONFIG_INVALID about files
 */
export async function leafAccessOf(
  config: Config,
  general: Authenticator,
  log: Logger,
  reports: RateLimits | undefined,
  describe: DescribeSetting,
  tools: typeof TlsTools | undefined,
): Promise<LeafAccess> {
  const { users, tls } = config.leaf;
  const named: DescribeSetting = ([table, key, ...rest], value) =>
    describe(table === 'tls' ? ['leaf', `tls_${key}`, ...rest] : ['leaf', 'users', ...rest], value);
  return {
    authenticator: afterConnect(
      users.length === 0
        ? general
        : await loadAuthenticator(
            {
              authorization: {
                user: undefined,
                password: undefined,
                token: undefined,
                noAuthUser: undefined,
                defaultPermissions: undefined,
                users,
              },
              accounts: config.accounts,
              operator: undefined,
              systemAccount: config.systemAccount,
              tls: undefined,
            },
            named,
          ),
    ),
    security: tls && tools?.securityFor(tls, log, reports, named),
    remotes: await leafRemotesOf(config, describe),
  };
}
