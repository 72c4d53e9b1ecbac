/** What becomes of `auth_callout`. */
import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import type { Item, Output } from './output.js';
import { isPublicNkey } from './public-key.js';
import { text, texts } from './readers.js';
import { block, copied, goQuoted, type KeyRow, special, translateBlock } from './rows.js';

/** A public key, its checksum right. */
function key(names: KeyRow['names'], kind: 'A' | 'X', what: string): KeyRow {
  return special(names, names[0], '', (item, out) => {
    const given = text(item, out);
    if (given === undefined) return;
    if (isPublicNkey(given, kind)) out.set(names[0], given, item);
    else {
      out.findings.isWrong = true;
      out.refuseAs(item, `Expected callout ${what}, got ${goQuoted(given)}`);
    }
  });
}

function list(names: KeyRow['names'], note: string): KeyRow {
  return special(names, names[0], note, (item, out) => {
    const found = texts(item, out);
    if (found !== undefined) out.setTexts(names[0], found, item);
  });
}

/** The block `auth_callout`. */
export const CALLOUT: readonly KeyRow[] = [
  key(['issuer'], 'A', 'user to be a valid public account nkey'),
  copied(['account', 'acc'], 'account', text, `Default ${GLOBAL_ACCOUNT}.`),
  list(['auth_users', 'users'], 'Names and nkeys.'),
  key(['xkey', 'key'], 'X', 'xkey to be a valid public xkey'),
  list(['allowed_accounts'], 'None: all.'),
];

const unknown = (name: string) => `Unknown field ${goQuoted(name)} parsing authorization callout`;

/** The block itself. */
export const callout: KeyRow = block(
  ['auth_callout', 'auth_hook'],
  'auth_callout',
  '',
  (item: Item, out: Output) => {
    const table = out.table('auth_callout', item);
    const before = out.findings.problems.length;
    if (!translateBlock(item, CALLOUT, table, unknown)) return;
    const { issuer, auth_users: users } = table.tree as { issuer?: string; auth_users?: readonly string[] };
    const wrong = (words: string): void => {
      out.findings.isWrong = true;
      out.refuseAs(item, words);
    };
    if (out.findings.problems.length > before) return;
    if (issuer === undefined) wrong('Authorization callouts require an issuer to be specified');
    else if (users === undefined || users.length === 0)
      wrong('Authorization callouts require authorized users to be specified');
  },
);
