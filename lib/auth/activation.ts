import { covers, withoutReferences } from '../domain/subject.js';
import { type Claims, readClaims } from './claims.js';
import type { TrustedAccount } from './operator.js';

/** Activation tokens by what they say, or what is wrong with them: verifying a signature takes a tenth of a millisecond. */
export type ReadTokens = Map<string, Claims<'activation'> | string>;

/** An import that shows a token. */
export interface Activated {
  readonly kind: 'stream' | 'service';
  /** The subject in the exporting account. */
  readonly subject: string;
  /** The activation token: a JWT of the exporting account. Empty: it shows none. */
  readonly token: string;
}

/**
 * Checks the activation token of an import of something that is exported to accounts with a token only, as nats-server does.
 * @param importer public key of the importing account
 * @param revocations what the export says of revoked tokens
 * @param nowMs Unix time in milliseconds
 * @param read tokens that have been read before
 * @returns when it ends, in milliseconds of Unix time, Infinity for never; or, in a few words, why it is not good
 */
export function checkActivation(
  importer: string,
  { kind, subject, token }: Activated,
  exporter: TrustedAccount,
  revocations: Readonly<Record<string, number>>,
  nowMs: number,
  read: ReadTokens,
): number | string {
  if (token === '') return 'it has no activation token';
  const claims = read.get(token) ?? readClaims(token, 'activation');
  read.set(token, claims);
  if (typeof claims === 'string') return `activation token: ${claims}`;
  const fault =
    faultOf(claims, importer, exporter) ??
    (claims.nats.kind !== kind ? `is for a ${claims.nats.kind}` : undefined) ??
    (covers(claims.nats.subject, withoutReferences(subject)) ? undefined : 'is for another subject') ??
    (isRevoked(claims, revocations) ? 'revoked' : undefined) ??
    (claims.nbf * 1_000 > nowMs ? 'not valid yet' : undefined);
  if (fault !== undefined) return `activation token: ${fault}`;
  const end = claims.exp === 0 ? Number.POSITIVE_INFINITY : claims.exp * 1_000;
  return end <= nowMs ? 'activation token: expired' : end;
}

function faultOf(
  { iss, sub, nats: { issuer_account } }: Claims<'activation'>,
  importer: string,
  { claims, signers }: TrustedAccount,
): string | undefined {
  if (sub !== importer) return 'is for another account';
  if (issuer_account !== '' && issuer_account !== claims.sub) return 'of another account';
  // Without an issuer account it is the account itself that has signed.
  const isSigned = issuer_account === '' ? iss === claims.sub : signers.has(iss);
  return isSigned ? undefined : 'not signed by the exporting account';
}

function isRevoked(
  { sub, iat }: Claims<'activation'>,
  revocations: Readonly<Record<string, number>>,
): boolean {
  const at = (key: string) => (Object.hasOwn(revocations, key) ? revocations[key] : undefined) ?? -1;
  return at(sub) >= iat || at('*') >= iat;
}
