import { readFileSync } from 'node:fs';
import type { OperatorConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { readErrorText } from '../domain/read-error.js';
import { AccountDirectory } from './account-directory.js';
import { type Claims, readClaims, undecorated } from './claims.js';
import { isPublicKey } from './nkeys.js';

/** An account that an operator vouches for, and the keys that may sign its users. */
export interface TrustedAccount {
  readonly claims: Claims<'account'>;
  /** When the operator's JWT ends, in seconds of Unix time; 0: never. */
  readonly operatorExp: number;
  /** Keys that may sign users; with a scope, only users of its template. */
  readonly signers: ReadonlyMap<string, Scope | undefined>;
}

/** What a scoped signing key gives to all its users. */
export type Scope = Exclude<Claims<'account'>['nats']['signing_keys'][number], string>;

/** The trusted operators and accounts, read and verified. */
export interface Trust {
  /** By public key. */
  readonly accounts: ReadonlyMap<string, TrustedAccount>;
  /** Public key of the system account, where an operator names one. */
  readonly systemAccount: string | undefined;
}

/** What all JWTs start with: `{"` in base64. */
const JWT_PREFIX = 'eyJ';

/**
 * Reads the operators' JWTs, from files too, and the accounts' ones, and verifies their signatures.
 * @param describe what messages call the settings
 * @param warn told of JWTs in the directory that are left out, a line each
 * @throws SluiceError CONFIG_INVALID naming what is wrong where
 */
export function readTrust(
  config: OperatorConfig,
  describe: DescribeSetting = describeSetting,
  warn: (warning: string) => void = () => undefined,
): Trust {
  const operators = config.operators.map((given, index) =>
    readOperator(given, describe(['operator', index])),
  );
  if (operators.length === 0) throw invalid(describe(['operator']), 'none is given');
  const preloaded = Object.entries(config.preload);
  const accounts = new Map(
    preloaded.map(([key, jwt]) => [
      key,
      readAccount(key, jwt, operators, describe(['resolver_preload', key])),
    ]),
  );
  if (config.directory !== undefined) {
    const key = describe(['resolver_dir']);
    for (const account of accountsIn(config.directory, operators, key, warn)) {
      const { sub, iat } = account.claims;
      // Of two the younger one counts.
      if ((accounts.get(sub)?.claims.iat ?? 0) <= iat) accounts.set(sub, account);
    }
  }
  const systemAccount = operators.map(({ nats }) => nats.system_account).find((key) => key !== '');
  return { accounts, systemAccount };
}

/** The accounts in a directory. One that is wrong is left out: it keeps no other from being there. */
function* accountsIn(
  path: string,
  operators: readonly Claims<'operator'>[],
  key: string,
  warn: (warning: string) => void,
): Iterable<TrustedAccount> {
  const directory = new AccountDirectory(path);
  let names: readonly string[];
  try {
    names = directory.list();
  } catch (error) {
    throw invalid(key, readErrorText(error));
  }
  for (const name of names) {
    try {
      yield readAccount(name, directory.read(name) ?? '', operators, `${key}: ${name}`);
    } catch (error) {
      warn(`left out an account: ${(error as Error).message}`);
    }
  }
}

/** @param key what messages call the setting */
function readOperator(given: string, key: string): Claims<'operator'> {
  const claims = readClaims(undecorated(contentsOf(given.trim(), key)), 'operator');
  if (typeof claims === 'string') throw invalid(key, claims);
  const wrong = claims.nats.signing_keys.find((each) => !isPublicKey(each, 'O'));
  if (wrong !== undefined) throw invalid(key, 'a signing key is not the public key of an operator');
  const { iss, sub, exp } = claims;
  if (iss !== sub && !claims.nats.signing_keys.includes(iss)) throw invalid(key, 'not signed by itself');
  if (exp > 0 && exp <= Date.now() / 1_000) throw invalid(key, `expired on ${dateOf(exp)}`);
  const { system_account: system } = claims.nats;
  if (system !== '' && !isPublicKey(system, 'A')) throw invalid(key, 'its system account is no account');
  return claims;
}

function contentsOf(given: string, key: string): string {
  if (given.startsWith(JWT_PREFIX) || given.startsWith('---')) return given;
  try {
    return readFileSync(given, 'utf8');
  } catch (error) {
    throw invalid(key, `neither a JWT nor a file with one: ${readErrorText(error)}`);
  }
}

/** @param key what messages call the setting */
function readAccount(
  account: string,
  jwt: string,
  operators: readonly Claims<'operator'>[],
  key: string,
): TrustedAccount {
  if (!isPublicKey(account, 'A')) throw invalid(key, 'not the public key of an account, A…');
  const claims = readClaims(undecorated(jwt), 'account');
  if (typeof claims === 'string') throw invalid(key, claims);
  if (claims.sub !== account) throw invalid(key, `the JWT is of another account, ${claims.sub}`);
  const operator = operators.find((each) => signs(each, claims.iss));
  if (operator === undefined) throw invalid(key, 'not signed by a trusted operator');
  const fault = faultOfLimits(claims);
  if (fault !== undefined) throw invalid(key, fault);
  const signers = new Map<string, Scope | undefined>();
  for (const signer of claims.nats.signing_keys) {
    const [signingKey, scope] = typeof signer === 'string' ? [signer, undefined] : [signer.key, signer];
    if (!isPublicKey(signingKey, 'A'))
      throw invalid(key, 'a signing key is not the public key of an account');
    signers.set(signingKey, scope);
  }
  // The account's own key has no scope, whatever is listed.
  if (!operator.nats.strict_signing_key_usage) signers.set(account, undefined);
  return { claims, operatorExp: operator.exp, signers };
}

/** Whether an operator lets `issuer` sign its accounts. */
function signs(operator: Claims<'operator'>, issuer: string): boolean {
  const { signing_keys: keys, strict_signing_key_usage: strict } = operator.nats;
  return (issuer === operator.sub && !strict) || keys.includes(issuer);
}

/** What an account has more of than its operator allows. */
function faultOfLimits({ nats }: Claims<'account'>): string | undefined {
  const { limits, imports, exports } = nats;
  if (limits.imports !== -1 && imports.length > limits.imports) return 'more imports than its limits allow';
  if (limits.exports === -1) return undefined;
  if (exports.length > limits.exports) return 'more exports than its limits allow';
  const isWide = exports.some(({ subject }) => /(^|\.)[*>](\.|$)/.test(subject));
  return isWide && !limits.wildcards ? 'exports with wildcards, which its limits do not allow' : undefined;
}

function dateOf(seconds: number): string {
  return Number.isFinite(new Date(seconds * 1_000).getTime())
    ? new Date(seconds * 1_000).toISOString()
    : 'a date';
}
