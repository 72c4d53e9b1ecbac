/** Conf files of nats-server. */
import { SluiceError } from '../../errors.js';

/** What a conf file amounts to. */
export interface Conf {
  /** In the words of the TOML file. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** By dotted key without quotes, as in `authorization.users[2].nkey`: where it comes from, `file:line:col: key`. */
  readonly origins: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/**
 * Reads a conf file.
 * @throws SluiceError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function readConf(path: string, _environment: Readonly<Record<string, string | undefined>>): Conf {
  throw new SluiceError('CONFIG_UNREADABLE', `${path}: not TOML, and conf files cannot be read yet`);
}
