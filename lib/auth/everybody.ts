import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { Authenticator, Grant } from './grant.js';

/** Grant of every client where no login is required. */
export const EVERYBODY: Grant = {
  account: GLOBAL_ACCOUNT,
  user: undefined,
  permissions: undefined,
  fingerprint: 'everybody',
};

/** Accepts every client, whatever it presents. */
export const OPEN: Authenticator = {
  required: false,
  usesNonce: false,
  anonymous: EVERYBODY,
  authenticate: () => EVERYBODY,
  renew: () => EVERYBODY,
  hasUser: () => false,
};
