/** What a client logs in with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ConnectOptions } from '../../dialects/nats/commands.js';
import { SluiceError } from '../../domain/errors.js';

/** Credentials; what needs a nonce makes a signature of it. */
export type Login = (nonce: string | undefined) => Promise<ConnectOptions> | ConnectOptions;

/** What people give of them. */
export interface Credentials {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** A file with a JWT and a seed. */
  readonly creds: string | undefined;
  /** A file with a seed. */
  readonly nkey: string | undefined;
}

/** What stands between `-----BEGIN …-----` and `------END …------`, in their order. */
const SECTION = /-{3,}[^\n]*BEGIN[^\n]*-{3,}\s*(\S+)\s*-{3,}/g;
const SEED = /\bSU[A-Z2-7]{56}\b/;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SluiceError('USAGE', `${path}: ${code === 'ENOENT' ? 'no such file' : message}`);
  }
}

function seedIn(text: string, path: string): string {
  const seed = SEED.exec(text)?.[0];
  if (seed === undefined) throw new SluiceError('USAGE', `${path}: no seed of a user in it (SU…)`);
  return seed;
}

/** What a seed makes of a nonce, and whose it is. */
function signed(seed: string, nonce: string | undefined, path: string): { sig: string; nkey: string } {
  if (nonce === undefined)
    throw new SluiceError('REFUSED', 'the broker asks for no signature: it knows no nkeys and no JWTs');
  const nkeys = createRequire(import.meta.url)('@nats-io/nkeys') as typeof import('@nats-io/nkeys');
  try {
    const pair = nkeys.fromSeed(Buffer.from(seed));
    return {
      sig: Buffer.from(pair.sign(Buffer.from(nonce))).toString('base64url'),
      nkey: pair.getPublicKey(),
    };
  } catch {
    throw new SluiceError('USAGE', `${path}: the seed in it is wrong`);
  }
}

/**
 * How to log in. Files are read at once.
 * @throws SluiceError USAGE about a file
 */
export function loginWith({ user, password, token, creds, nkey }: Credentials): Login {
  if (creds !== undefined) {
    const text = read(creds);
    const [jwt] = [...text.matchAll(SECTION)].map(([, content]) => content);
    if (jwt === undefined || SEED.test(jwt)) throw new SluiceError('USAGE', `${creds}: no JWT in it`);
    const seed = seedIn(text, creds);
    return (nonce) => ({ jwt, sig: signed(seed, nonce, creds).sig });
  }
  if (nkey !== undefined) {
    const seed = seedIn(read(nkey), nkey);
    return (nonce) => signed(seed, nonce, nkey);
  }
  return () => ({
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { pass: password }),
    ...(token === undefined ? {} : { auth_token: token }),
  });
}
