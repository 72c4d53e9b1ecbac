import { readFileSync } from 'node:fs';
import type { OperatorConfig } from '../config/shapes.js';
import { type DescribeSetting, describeSetting } from '../config/show.js';
import { invalidKey as invalid } from '../domain/errors.js';
import { ACCOUNT_FETCH_TIMEOUT_MS } from '../domain/limits.js';
import { readErrorText } from '../domain/read-error.js';
import { AccountDirectory } from './account-directory.js';
import { type Claims, readClaims, undecorated } from './claims.js';
import { HttpSource } from './http-source.js';
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
  /** The accounts of the configuration, by public key. */
  readonly accounts: ReadonlyMap<string, TrustedAccount>;
  /** Accounts that those import from. */
  readonly exporters: ReadonlySet<string>;
  /** Keys by which the first operator signs. */
  readonly signers: ReadonlySet<string>;
  /** Reads and verifies the JWT of an account. Throws an Error that says what is wrong with it. */
  verify(account: string, jwt: string): TrustedAccount;
  /** Where other accounts are fetched from; undefined: nowhere. */
  readonly source: AccountSource | undefined;
  /** Public key of the system account, where an operator names one. */
  readonly systemAccount: string | undefined;
}

/** Where the JWTs of accounts come from that are not in the configuration. */
export interface AccountSource {
  /** Time to fetch an account, with those it imports from, in milliseconds. */
  readonly timeoutMs: number;
  /** Gets the JWT of an account. Rejects with an Error that says why there is none. */
  get(account: string, signal: AbortSignal): Promise<string>;
}

/** An operator, as far as accounts are checked against it. */
interface Operator {
  /** Keys by which it signs its accounts. */
  readonly keys: readonly string[];
  /** When its JWT ends, in seconds of Unix time; 0: never. */
  readonly exp: number;
  /** Whether users are signed by signing keys of their accounts only. */
  readonly isStrict: boolean;
  /** Public key of the system account; empty: it names none. */
  readonly systemAccount: string;
  /** URL of its account server; empty: it names none. */
  readonly accountServer: string;
}

/** Looks like a public key of an operator, and like no JWT; a file is not called so. */
const OPERATOR_KEY = /^O[A-Z2-7]{55}$/;
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
      verifyAccount(key, jwt, operators, describe(['resolver_preload', key])),
    ]),
  );
  if (config.directory !== undefined) {
    const key = describe(['resolver', 'dir']);
    for (const account of accountsIn(config.directory.path, operators, key, warn)) {
      const { sub, iat } = account.claims;
      // Of two the younger one counts.
      if ((accounts.get(sub)?.claims.iat ?? 0) <= iat) accounts.set(sub, account);
    }
  }
  const systemAccount = operators.map((operator) => operator.systemAccount).find((key) => key !== '');
  const source = sourceOf(config, operators, describe);
  const verify = (account: string, jwt: string) => verifyAccount(account, jwt, operators, 'JWT');
  const signers = new Set(operators[0]?.keys);
  const exporters = new Set(
    [...accounts.values()].flatMap(({ claims }) => claims.nats.imports.map(({ account }) => account)),
  );
  return { accounts, exporters, signers, verify, source, systemAccount };
}

/** Without a URL, a directory and preloaded accounts it is the account server of the operator, as with nats-server. */
function sourceOf(
  { url, directory, preload, fetching }: OperatorConfig,
  [operator]: readonly Operator[],
  describe: DescribeSetting,
): AccountSource | undefined {
  const isConfigured = directory !== undefined || Object.keys(preload).length > 0;
  const server = operator?.accountServer ?? '';
  const own =
    !isConfigured && /^https?:/.test(server) && URL.canParse(server) ? `${server}/accounts` : undefined;
  const from = url ?? own;
  if (from === undefined) return undefined;
  const { timeoutMs = ACCOUNT_FETCH_TIMEOUT_MS, ...files } = fetching ?? {};
  const http = new HttpSource(from, files, describe);
  return { timeoutMs, get: (account, signal) => http.get(account, signal) };
}

/** The accounts in a directory. One that is wrong is left out: it keeps no other from being there. */
function* accountsIn(
  path: string,
  operators: readonly Operator[],
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
      yield verifyAccount(name, directory.read(name) ?? '', operators, `${key}: ${name}`);
    } catch (error) {
      warn(`left out an account: ${(error as Error).message}`);
    }
  }
}

/** @param key what messages call the setting */
function readOperator(given: string, key: string): Operator {
  const text = given.trim();
  if (OPERATOR_KEY.test(text)) return operatorOfKey(text, key);
  const claims = readClaims(undecorated(contentsOf(text, key)), 'operator');
  if (typeof claims === 'string') throw invalid(key, claims);
  const wrong = claims.nats.signing_keys.find((each) => !isPublicKey(each, 'O'));
  if (wrong !== undefined) throw invalid(key, 'a signing key is not the public key of an operator');
  const { iss, sub, exp } = claims;
  if (iss !== sub && !claims.nats.signing_keys.includes(iss)) throw invalid(key, 'not signed by itself');
  if (exp > 0 && exp <= Date.now() / 1_000) throw invalid(key, `expired on ${dateOf(exp)}`);
  const { signing_keys: keys, strict_signing_key_usage: isStrict } = claims.nats;
  const { system_account: systemAccount, account_server_url: accountServer } = claims.nats;
  if (systemAccount !== '' && !isPublicKey(systemAccount, 'A'))
    throw invalid(key, 'its system account is no account');
  return { keys: isStrict ? keys : [sub, ...keys], exp, isStrict, systemAccount, accountServer };
}

/** An operator without a JWT: nothing is known of it but the key that signs its accounts. */
function operatorOfKey(text: string, key: string): Operator {
  if (!isPublicKey(text, 'O')) throw invalid(key, 'not the public key of an operator');
  return { keys: [text], exp: 0, isStrict: false, systemAccount: '', accountServer: '' };
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
function verifyAccount(
  account: string,
  jwt: string,
  operators: readonly Operator[],
  key: string,
): TrustedAccount {
  if (!isPublicKey(account, 'A')) throw invalid(key, 'not the public key of an account, A…');
  const claims = readClaims(undecorated(jwt), 'account');
  if (typeof claims === 'string') throw invalid(key, claims);
  if (claims.sub !== account) throw invalid(key, `the JWT is of another account, ${claims.sub}`);
  const operator = operators.find(({ keys }) => keys.includes(claims.iss));
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
  if (!operator.isStrict) signers.set(account, undefined);
  return { claims, operatorExp: operator.exp, signers };
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
