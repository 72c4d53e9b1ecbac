import type {
  AccountConfig,
  OperatorConfig,
  PermissionsConfig,
  TlsConfig,
  UserConfig,
} from '../config/shapes.js';

/** The parts of a configuration that say who may come in. */
export interface AuthConfig {
  readonly authorization: {
    readonly user: string | undefined;
    /** Plain or a bcrypt hash, like the token. */
    readonly password: string | undefined;
    readonly token: string | undefined;
    /** Who those are who present nothing: a user, by name or nkey. */
    readonly noAuthUser: string | undefined;
    /** Of users that have none of their own. */
    readonly defaultPermissions: PermissionsConfig | undefined;
    readonly users: readonly UserConfig[];
  };
  readonly accounts: readonly AccountConfig[];
  readonly operator: OperatorConfig | undefined;
  /** Name of the system account, its public key with an operator; default `$SYS`. */
  readonly systemAccount: string | undefined;
  readonly tls: Pick<TlsConfig, 'verifyAndMap'> | undefined;
}
