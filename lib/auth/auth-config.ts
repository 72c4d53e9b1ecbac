import type {
  AccountConfig,
  CalloutConfig,
  OperatorConfig,
  PermissionsConfig,
  TlsConfig,
  UserConfig,
} from '../config/shapes.js';
import type { ConnectionType } from './grant.js';

/** The parts of a configuration that decide logins. */
export interface AuthConfig {
  readonly authorization: {
    readonly user: string | undefined;
    /** Plain or a bcrypt hash, like the token. */
    readonly password: string | undefined;
    readonly token: string | undefined;
    /** The user, by name or nkey, assigned to clients that send no credentials. */
    readonly noAuthUser: string | undefined;
    /** Of users that have none of their own. */
    readonly defaultPermissions: PermissionsConfig | undefined;
    readonly users: readonly UserConfig[];
    /** Undefined: no service is asked. */
    readonly callout?: CalloutConfig | undefined;
    /** Time for an answer of that service, in milliseconds. */
    readonly timeoutMs?: number;
  };
  readonly accounts: readonly AccountConfig[];
  readonly operator: OperatorConfig | undefined;
  /** Name of the system account, its public key with an operator; default `$SYS`. */
  readonly systemAccount: string | undefined;
  readonly tls: Pick<TlsConfig, 'verifyAndMap'> | undefined;
  /** Connection types of the program's dialects, which users may be restricted to; absent: there are none. */
  readonly registeredTypes?: readonly ConnectionType[] | undefined;
}
