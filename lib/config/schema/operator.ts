/** Decentralised authentication, in TOML's words. */
import * as v from 'valibot';
import { named } from '../strict.js';
import { isJwt, isPublicKey } from './subjects.js';

const wrongOperator = 'not usable, allowed: JWTs of operators, or paths of files that hold one';
const one = v.pipe(
  v.string(wrongOperator),
  v.check((text) => /^[^\0-\x1f\x7f]*$/.test(text), wrongOperator),
);

/** Operators' JWTs, or paths of files with one; one text is a list of one, the empty text none. */
export const operator = v.pipe(
  v.union([one, v.array(one)], wrongOperator),
  v.transform((given) => (Array.isArray(given) ? given : [given]).filter((text) => text !== '')),
);

const wrongJwt = 'not a JWT, allowed: three parts of base64url with dots between them';

/** JWTs of accounts by the account's public key. */
export const preload = named(
  v.pipe(v.string(wrongJwt), v.check(isJwt, wrongJwt)),
  (key) => isPublicKey(key, 'A'),
  "an account's public nkey, A and 55 letters and digits of base 32",
);
