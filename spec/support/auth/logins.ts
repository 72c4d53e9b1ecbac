/** Configurations and presentations for the specs of logins, made of what differs. */
import { createUser, type KeyPair } from '@nats-io/nkeys';
import type { AuthConfig } from '../../../lib/auth/auth-config.js';
import { type Authenticator, type Grant, isGrant, type Presented } from '../../../lib/auth/grant.js';
import { makeNonce } from '../../../lib/auth/nonce.js';

/** Nothing configured but what is given. */
export function config(
  authorization: Partial<AuthConfig['authorization']> = {},
  rest: Partial<Omit<AuthConfig, 'authorization'>> = {},
): AuthConfig {
  const none = { user: undefined, password: undefined, token: undefined, noAuthUser: undefined };
  return {
    authorization: { ...none, defaultPermissions: undefined, users: [], ...authorization },
    accounts: [],
    operator: undefined,
    systemAccount: undefined,
    tls: undefined,
    ...rest,
  };
}

/** What one gets, of a connection of type STANDARD. */
export async function login(
  authenticator: Authenticator,
  presented: Partial<Presented>,
): Promise<Grant | undefined> {
  const verdict = await authenticator.authenticate({ connectionType: 'STANDARD', ...presented });
  return isGrant(verdict) ? verdict : undefined;
}

/** What the owner of an nkey presents. */
export function signedBy(pair: KeyPair, nonce = makeNonce()): Partial<Presented> {
  const signature = Buffer.from(pair.sign(Buffer.from(nonce))).toString('base64url');
  return { nkey: pair.getPublicKey(), signature, nonce };
}

/** An nkey, new each time. */
export function userKey(): { readonly pair: KeyPair; readonly nkey: string } {
  const pair = createUser();
  return { pair, nkey: pair.getPublicKey() };
}
