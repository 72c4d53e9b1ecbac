/** Decentralised authentication, in TOML's words. */
import * as v from 'valibot';
import { ACCOUNT_FETCH_TIMEOUT_MS, MAX_DIRECTORY_ACCOUNTS } from '../../domain/limits.js';
import { choice, duration, integer, table, text } from '../kinds.js';
import { later } from '../optional-setting.js';
import { named } from '../strict.js';
import { isJwt, isPublicKey } from './subjects.js';

const wrongOperator = 'not usable, allowed: JWTs of operators, paths of files that hold one, or public keys';
const one = later(() =>
  v.pipe(
    v.string(wrongOperator),
    v.check((text) => /^[^\0-\x1f\x7f]*$/.test(text), wrongOperator),
  ),
);

/** Operators' JWTs, paths of files with one, or public keys; one text is a list of one, the empty text none. */
export const operator = later(() =>
  v.pipe(
    v.union([one, v.array(one)], wrongOperator),
    v.transform((given) => (Array.isArray(given) ? given : [given]).filter((text) => text !== '')),
  ),
);

const wrongJwt = 'not a JWT, allowed: three parts of base64url with dots between them';

/** JWTs of accounts by the account's public key. */
export const preload = later(() =>
  named(
    v.pipe(v.string(wrongJwt), v.check(isJwt, wrongJwt)),
    (key) => isPublicKey(key, 'A'),
    "an account's public nkey, A and 55 letters and digits of base 32",
  ),
);

/** Where JWTs of accounts come from that are not preloaded. */
export const resolver = table({
  dir: text('text', {
    about: "Directory with accounts' JWTs, for operators: a file ACCOUNT.jwt for each.",
  }),
  deletion: choice(['none', 'rename', 'remove'], 'none', {
    about:
      'What becomes of the file of an account that a request of the operator deletes; none: such requests are refused.',
  }),
  max_accounts: integer(
    MAX_DIRECTORY_ACCOUNTS,
    { min: 0, max: 10_000_000 },
    { about: 'Accounts in that directory, beyond which updates add none; 0: any number.' },
  ),
  url: text('secret', {
    about:
      "URL, behind which an account's public key is put, to fetch its JWT from at the first login to the account. It may hold a user and a password.",
  }),
  timeout: duration(
    ACCOUNT_FETCH_TIMEOUT_MS,
    { min: 10, max: 60_000 },
    { about: 'Time to fetch an account, with those it imports from.' },
  ),
  ca_file: text('text', {
    about: "Authorities that the certificate of that URL is checked against, PEM; none: Node's.",
  }),
  cert_file: text('text', { about: 'Certificate that is presented there, PEM.' }),
  key_file: text('text', { about: 'Private key of that certificate, PEM.' }),
});
