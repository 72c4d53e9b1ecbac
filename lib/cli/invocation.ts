/** How sluice was started, which a reload does once more. */
import { existsSync } from 'node:fs';
import { type Loaded, loadConfig } from '../config.js';
import { ANY_HOST } from '../domain/address.js';
import { SluiceError } from '../domain/errors.js';
import type { Arguments } from './arguments.js';
import type { Persona } from './persona.js';

const DEFAULT_FILE = 'config.toml';

/** Command line, name and environment of the process. */
export interface Invocation {
  readonly args: Arguments;
  readonly persona: Persona;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The file that is read: the one that was named, or ./config.toml where it is there and nothing else was named. */
function fileFor({ args, persona }: Invocation): string | undefined {
  if (args.file !== undefined) return args.file;
  return args.usesDefaultFile && persona.hasDefaultFile && existsSync(DEFAULT_FILE)
    ? DEFAULT_FILE
    : undefined;
}

/**
 * Reads the configuration that an invocation asks for, and says which file it came from.
 * @param again the file of the first time, which must still be there
 * @throws SluiceError CONFIG_INVALID, CONFIG_UNREADABLE
 */
export async function loadFor(
  invocation: Invocation,
  again?: string,
): Promise<Loaded & { readonly file: string | undefined }> {
  const { args, persona, environment } = invocation;
  const { flags, port, wantsTls } = args;
  // nats-server listens on IPv6 as well where it is told 0.0.0.0.
  const host = persona.program === 'nats-server' && args.host === '0.0.0.0' ? ANY_HOST : args.host;
  const file = again ?? fileFor(invocation);
  const isStrict = persona.program === 'nats-server' && args.action === 'check';
  const loaded = await loadConfig({
    file,
    environment,
    flags,
    host,
    port,
    defaults: persona.defaults,
    isStrict,
  });
  if (wantsTls && loaded.config.tls === undefined) {
    throw new SluiceError(
      'CONFIG_INVALID',
      '--tls: needs a certificate and its key, see --tlscert and --tlskey',
    );
  }
  return { ...loaded, file, warnings: [...args.warnings, ...loaded.warnings] };
}
