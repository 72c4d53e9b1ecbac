import { createRequire } from 'node:module';

/** How a server logs in to another one. At most one of user, token, seed and JWT with its seed is used. */
export interface LinkLogin {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** A user's JWT; needs the seed. */
  readonly jwt?: string | undefined;
  /** Seed of a user nkey, which signs the nonce. */
  readonly seed?: string | undefined;
}

/** The fields of CONNECT with which a server logs in. `nonce` is the one of the INFO. */
export function loginFields(login: LinkLogin, nonce: unknown): Readonly<Record<string, string>> {
  const { user, password, token, jwt, seed } = login;
  if (seed !== undefined) {
    const { sig, nkey } = signed(seed, typeof nonce === 'string' ? nonce : '');
    return jwt === undefined ? { nkey, sig } : { jwt, sig };
  }
  if (user !== undefined) return { user, pass: password ?? '' };
  return token === undefined ? {} : { auth_token: token };
}

/** The signature of the nonce as it was given, in base64url, and the public key of the seed. */
function signed(seed: string, nonce: string): { readonly sig: string; readonly nkey: string } {
  const nkeys = createRequire(import.meta.url)('@nats-io/nkeys') as typeof import('@nats-io/nkeys');
  const pair = nkeys.fromSeed(Buffer.from(seed));
  const sig = Buffer.from(pair.sign(Buffer.from(nonce))).toString('base64url');
  const nkey = pair.getPublicKey();
  pair.clear();
  return { sig, nkey };
}
