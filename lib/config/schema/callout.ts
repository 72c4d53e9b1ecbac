/** The service that decides logins, in TOML's words. */
import * as v from 'valibot';
import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import { later } from '../optional-setting.js';
import { strict } from '../strict.js';
import { accountKey, accountName, curveKey } from './subjects.js';

const wrongUsers = 'not a list of users, allowed: names and nkeys of users that are listed';

/** `authorization.auth_callout`. */
export const callout = later(() =>
  v.pipe(
    strict({
      issuer: accountKey,
      account: v.optional(accountName, GLOBAL_ACCOUNT),
      auth_users: v.optional(v.array(v.string(wrongUsers), wrongUsers), []),
      xkey: v.optional(curveKey),
      allowed_accounts: v.optional(v.array(accountName, 'not a list of account names'), []),
    }),
    v.check(
      ({ auth_users: { length } }) => length > 0,
      'needs auth_users, the users that the service logs in as',
    ),
  ),
);

/** The service that is asked. */
export type CalloutSettings = v.InferOutput<typeof callout>;
