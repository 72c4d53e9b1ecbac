import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import { LEAF_DIALECT } from '../domain/dialect-name.js';
import type { ConnectionSnapshot } from '../monitor/snapshot.js';

/** The account of a connection; before its login that is the default one, and that of a leaf none, as in nats-server. */
export function accountNameOf({ account, type }: ConnectionSnapshot): string {
  return account ?? (type === LEAF_DIALECT ? 'N/A' : GLOBAL_ACCOUNT);
}
