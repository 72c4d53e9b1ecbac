import { readClaims } from './claims.js';
import { isPublicKey } from './nkeys.js';
import type { Trust } from './operator.js';

/** A request of an operator that accounts be deleted. */
export interface DeletionRequest {
  /** The operator, as far as it is known; else empty. */
  readonly by: string;
  readonly accounts: readonly string[];
  /** Why it is not carried out; undefined: it may be. */
  readonly fault: string | undefined;
}

/**
 * Reads such a request, which is a JWT that the operator has signed itself; faults are in nats-server's words.
 * @param isAllowed whether accounts may be deleted at all
 */
export function readDeletion(
  jwt: string,
  { signers }: Trust,
  systemAccount: string,
  isAllowed: boolean,
): DeletionRequest {
  const claims = readClaims(jwt, 'generic');
  if (typeof claims === 'string') return { by: '', accounts: [], fault: claims };
  const { sub: by, iss, nats } = claims;
  const { accounts = [] } = nats;
  const isMalformed = nats.accounts === undefined || accounts.some((each) => !isPublicKey(each, 'A'));
  let fault: string | undefined;
  if (!isAllowed) fault = 'delete must be enabled in server config';
  else if (iss !== by) fault = 'not self signed';
  else if (!signers.has(iss)) fault = 'not trusted';
  else if (isMalformed) fault = 'malformed request';
  else if (accounts.includes(systemAccount)) fault = 'not allowed to delete system account';
  return { by, accounts, fault };
}
