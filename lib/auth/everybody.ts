import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { Authenticator, Grant } from './grant.js';

/** What one gets where nobody has to log in. */
export const EVERYBODY: Grant = {
  account: GLOBAL_ACCOUNT,
  user: undefined,
  permissions: undefined,
  fingerprint: 'everybody',
};

/** Lets everybody in, whatever is presented. */
export const OPEN: Authenticator = {
  required: false,
  usesNonce: false,
  anonymous: EVERYBODY,
  authenticate: () => EVERYBODY,
  renew: () => EVERYBODY,
  hasUser: () => false,
};
