import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { Authenticator, Grant } from './grant.js';

/** Grant of every client where no login is required. */
export const ANONYMOUS_GRANT: Grant = {
  account: GLOBAL_ACCOUNT,
  user: undefined,
  permissions: undefined,
  fingerprint: 'anonymous',
};

/** Accepts every client, whatever it presents. */
export const allowAll: Authenticator = {
  required: false,
  usesNonce: false,
  anonymous: ANONYMOUS_GRANT,
  authenticate: () => ANONYMOUS_GRANT,
  renew: () => ANONYMOUS_GRANT,
  hasUser: () => false,
};
