/** A client as the flags of a subcommand have it. */
import { SluiceError } from '../../domain/errors.js';
import type { Options } from '../subcommands/options.js';
import { Client } from './client.js';
import { loginWith } from './login.js';
import { parseTargets } from './target.js';

const DEFAULT_SERVER = '127.0.0.1:4222';

/** How long a connection may take, login included, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to the first broker of `--server`, or of NATS_URL, that answers. What flags say of the login wins over what
 * the URL says.
 * @throws SluiceError USAGE, UNREACHABLE, REFUSED
 */
export async function connectFor(options: Options, name: string): Promise<Client> {
  const { NATS_URL: usual } = process.env;
  const targets = parseTargets(options.text('server') ?? (usual || DEFAULT_SERVER));
  const tls = {
    isWanted: options.isOn('tls') || options.isOn('tlsfirst'),
    isFirst: options.isOn('tlsfirst'),
    caFile: options.text('tlscacert'),
    certFile: options.text('tlscert'),
    keyFile: options.text('tlskey'),
  };
  const creds = options.text('creds');
  const nkey = options.text('nkey');
  let last: unknown;
  for (const target of targets) {
    const login = loginWith({
      user: options.text('user') ?? target.user,
      password: options.text('pass') ?? target.password,
      token: options.text('token') ?? target.token,
      creds,
      nkey,
    });
    try {
      return await Client.connect({
        target,
        login,
        tls,
        name: `sluice ${name}`,
        timeoutMs: CONNECT_TIMEOUT_MS,
      });
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'UNREACHABLE') throw error;
      last = error;
    }
  }
  throw last;
}
