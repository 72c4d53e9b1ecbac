import { createHash, timingSafeEqual } from 'node:crypto';

/** What the configuration says of who may come in. */
export interface Credentials {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** What a peer presents. */
export interface Presented {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/**
 * Decides whether a peer may come in; undefined where no credentials are configured and everybody may. Compares in
 * constant time, and compares everything whatever is wrong first.
 */
export function authenticator(credentials: Credentials): ((presented: Presented) => boolean) | undefined {
  const { user, password, token } = credentials;
  if (user === undefined && token === undefined) return undefined;
  return (presented) => {
    const userIsRight = equals(presented.user, user);
    const passwordIsRight = equals(presented.password, password ?? '');
    const tokenIsRight = equals(presented.token, token);
    return (user !== undefined && userIsRight && passwordIsRight) || (token !== undefined && tokenIsRight);
  };
}

/** Whether two secrets are equal, in a time that tells nothing of them, not even their length. */
function equals(presented: string | undefined, expected: string | undefined): boolean {
  const same = timingSafeEqual(digest(presented ?? ''), digest(expected ?? ''));
  return same && presented !== undefined && expected !== undefined;
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

import type { Authenticator, Grant } from './grant.js';
export function createAuthenticator(config: { authorization: Credentials }): Authenticator {
  const check = authenticator(config.authorization);
  const grant: Grant = {
    account: '$G',
    user: config.authorization.user,
    permissions: undefined,
    fingerprint: '',
  };
  return {
    required: check !== undefined,
    usesNonce: false,
    anonymous: check === undefined ? grant : undefined,
    authenticate: (presented) => (check === undefined || check(presented) ? grant : undefined),
  };
}
