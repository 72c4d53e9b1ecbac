/** What becomes of `authorization`, of users and of their permissions. */

import { isPattern } from '../schema/subjects.js';
import { formatDuration } from '../units.js';
import type { Item, Output } from './output.js';
import { isPublicNkey } from './public-key.js';
import { boolean, duration, integer, list, type Reader, seconds, text, texts } from './readers.js';
import { block, copied, goQuoted, type KeyRow, period, refused, special, translateBlock } from './rows.js';
import { callout } from './translate-callout.js';

/** Several texts; an empty list restricts nothing, as with nats-server, and is left out. */
const subjects = (names: KeyRow['names'], to: string, takesQueue: boolean): KeyRow =>
  special(names, to, '', (item, out) => {
    const found = subjectTexts(item, out, takesQueue);
    if (found.length > 0) out.setTexts(to, found, item);
  });

/** What is wrong with a subject of a rule, in nats-server's words; undefined: nothing. */
function subjectFault(rule: string, takesQueue: boolean): string | undefined {
  if (isPattern(rule)) return undefined;
  const [subject = '', queue, ...more] = rule.split(/\s+/).filter((word) => word !== '');
  if (!takesQueue || queue === undefined || more.length > 0) {
    return `subject ${goQuoted(rule)} is not a valid subject`;
  }
  if (!isPattern(subject)) return `subject ${goQuoted(subject)} is not a valid subject`;
  return isPattern(queue) ? undefined : `queue ${goQuoted(queue)} is not a valid queue`;
}

/** The subjects of a rule that are right; a queue group is part of rules for subscriptions only. */
function subjectTexts(item: Item, out: Output, takesQueue: boolean) {
  return (texts(item, out) ?? []).flatMap((each) => {
    const fault = subjectFault(each.text, takesQueue);
    if (fault === undefined) return [{ ...each, text: each.text.trim() }];
    out.findings.isWrong = true;
    out.refuseAs(item, fault);
    return [];
  });
}

const subjectRules = (takesQueue: boolean): readonly KeyRow[] => [
  subjects(['allow'], 'allow', takesQueue),
  subjects(['deny'], 'deny', takesQueue),
];

/** `{ allow, deny }` of what may be published or, with a queue group after the subject, subscribed to. */
export const SUBJECT_RULES = subjectRules(true);
const PUBLISH_RULES = subjectRules(false);

const unknownRule = (key: string) =>
  `Unknown field name ${goQuoted(key)} parsing subject permissions, only 'allow' or 'deny' are permitted`;

const rules = (names: KeyRow['names'], to: string, takesQueue: boolean): KeyRow =>
  block(names, to, 'A subject, a list of them (both are `allow`), or `{ allow, deny }`.', (item, out) => {
    if (item.value.kind !== 'map') {
      const found = subjectTexts(item, out, takesQueue);
      if (found.length > 0) out.table(to).setTexts('allow', found, item);
    } else if (item.value.entries.size > 0) {
      translateBlock(item, takesQueue ? SUBJECT_RULES : PUBLISH_RULES, out.table(to, item), unknownRule);
    }
  });

/** `{ max, expires }` of answers; 0 of either stands for the default. */
export const RESPONSES: readonly KeyRow[] = [
  special(
    ['max', 'max_msgs', 'max_messages', 'max_responses'],
    'max',
    'Negative: any number.',
    (item, out) => {
      const max = integer(item, out) ?? 0;
      if (max !== 0) out.set('max', Math.max(max, -1), item);
    },
  ),
  special(['expires', 'expiration', 'ttl'], 'expires', 'Negative: without end.', (item, out) => {
    const ms = duration(item, out) ?? 0;
    if (ms !== 0) out.set('expires', formatDuration(Math.max(ms, 0)), item);
  }),
];

const unknownPermission = (key: string) => `Unknown field ${goQuoted(key)} parsing permissions`;

/** What a user may do. */
export const PERMISSIONS: readonly KeyRow[] = [
  rules(['publish', 'pub', 'import'], 'publish', false),
  rules(['subscribe', 'sub', 'export'], 'subscribe', true),
  block(
    ['allow_responses', 'publish_allow_responses'],
    'allow_responses',
    '`true`, or `{ max, expires }`.',
    (item, out) => {
      const { value } = item;
      if (value.kind === 'map' && value.entries.size > 0) {
        translateBlock(item, RESPONSES, out.table('allow_responses', item), unknownPermission);
      } else if (value.kind === 'map' || boolean(item, out)) out.set('allow_responses', true, item);
    },
  ),
];

const permissions = (names: KeyRow['names'], to: string): KeyRow =>
  block(names, to, '', (item, out) => {
    translateBlock(item, PERMISSIONS, out.table(to, item), unknownPermission);
  });

/** One user. */
export const USER: readonly KeyRow[] = [
  copied(['user', 'username'], 'user', text),
  copied(['password', 'pass'], 'password', text, 'Plain, or a bcrypt hash.'),
  copied(['nkey'], 'nkey', text),
  permissions(['permissions', 'permission', 'authorization'], 'permissions'),
  special(
    ['allowed_connection_types', 'connection_types', 'clients'],
    'allowed_connection_types',
    'In any case; `LINE` is one more.',
    (item, out) => {
      const kinds = texts(item, out) ?? [];
      const upper = kinds.map((kind) => ({ ...kind, text: kind.text.toUpperCase() }));
      if (upper.length > 0) out.setTexts('allowed_connection_types', upper, item);
    },
  ),
  refused(['proxy_required'], 'as there are no trusted proxies'),
];

/** Checks a user as a whole, and completes it. @returns what it is known by; undefined: it is wrong */
function finishUser(item: Item, out: Output): UserName | undefined {
  const { user, password, nkey } = out.tree as { user?: string; password?: string; nkey?: string };
  const at = item.value.kind === 'map' ? ([...item.value.entries.values()].at(-1) ?? item) : item;
  const wrong = (words: string): undefined => {
    out.findings.isWrong = true;
    out.refuseAs(at, words);
  };
  if (nkey) {
    if (!isPublicNkey(nkey, 'U')) return wrong('Not a valid public nkey for a user');
    return user || password
      ? wrong('Nkey users do not take usernames or passwords')
      : { kind: 'nkey', name: nkey };
  }
  if (!user) return wrong('User entry requires a user');
  // As with nats-server, a user without a password has the empty one.
  if (password === undefined) out.set('password', '');
  return { kind: 'user', name: user };
}

type UserName = { readonly kind: 'user' | 'nkey'; readonly name: string };

/** A list of users. */
export const users: KeyRow = block(['users'], 'users', 'A list.', (item: Item, out: Output) => {
  const found = list(item, out);
  if (found === undefined) return;
  out.set('users', [], item);
  const names = found.flatMap((user) => {
    const inner = out.append('users', user);
    const name = translateBlock(user, USER, inner) ? finishUser(user, inner) : undefined;
    if (name !== undefined) return [name];
    // It has been reported; the schema would find the same fault.
    out.dropLast('users');
    return [];
  });
  out.findings.userLists.push({ item, isAccount: item.path !== 'authorization.users', users: names });
});

/** Permissions of users without their own, of one account. */
export const accountPermissions: KeyRow = permissions(['default_permissions'], 'default_permissions');

/** Above so long nats-server takes the unit for forgotten, in milliseconds. */
const LONG_TIMEOUT_MS = 60_000;

/** The time for logins; what is long is a caution. */
const timeout: Reader<number> = (item, out) => {
  const ms = seconds(item, out);
  if (ms === undefined || ms <= LONG_TIMEOUT_MS) return ms;
  const { value } = item.value as { readonly value: number | string };
  const long = `timeout of ${value} (${(ms / 1_000).toFixed(6)} seconds) is high, consider keeping it under 60 seconds`;
  const hint = "possibly caused by unquoted duration; use '1m' instead of 1m, for example";
  out.caution(item, `invalid use of field "timeout": ${long}. ${hint}`);
  return ms;
};

/** The block `authorization`. */
export const AUTHORIZATION: readonly KeyRow[] = [
  copied(['user', 'username'], 'user', text),
  copied(['password', 'pass'], 'password', text, 'Plain, or a bcrypt hash.'),
  copied(['token'], 'token', text, 'Plain, or a bcrypt hash.'),
  period(['timeout'], 'timeout', timeout, 'A number of seconds, or a duration.'),
  users,
  permissions(['default_permissions', 'default_permission', 'permissions'], 'default_permissions'),
  callout,
  refused(['proxy_required'], 'as there are no trusted proxies'),
];

/** Users of the block `authorization`, which is also where nats-server reports what is wrong with them. */
export function translateAuthorization(item: Item, out: Output): void {
  const table = out.table('authorization', item);
  if (!translateBlock(item, AUTHORIZATION, table)) return;
  const { findings, tree } = table;
  const index = findings.userLists.findIndex(({ item: { path } }) => path === 'authorization.users');
  const listed = findings.userLists[index];
  if (listed !== undefined) findings.userLists[index] = { ...listed, item };
  const wrong = (words: string) => {
    findings.isWrong = true;
    out.refuseAs(item, words);
  };
  const has = (key: string) => tree[key] !== undefined && tree[key] !== '';
  if ((has('user') || has('password')) && has('token')) return wrong('Cannot have a user/pass and token');
  const accountUsers = findings.userLists.some(({ isAccount, users: { length } }) => isAccount && length > 0);
  if (has('users') || accountUsers) {
    if (has('user')) return wrong('Can not have a single user/pass and a users array');
    if (has('token')) return wrong('Can not have a token and a users array');
  }
  finishSingle(item, table);
}

/** The warning about a password without a user. */
export const PASSWORD_ALONE = 'the password is ignored, as there is no user; clients need neither';

/** A user without a password, and a password without a user, in the block `authorization`. */
function finishSingle(item: Item, table: Output): void {
  const tree = table.tree as { user?: string; password?: string; users?: object };
  if (tree.user && tree.password === undefined) {
    // One user is a list of one: only there may the password be empty.
    table.set('users', [{ user: tree.user, password: '' }], item);
    delete tree.user;
  } else if (!tree.user && tree.password !== undefined) {
    // nats-server takes no notice of it; it may be a variable that is called as a key is.
    delete tree.password;
    if (tree.users === undefined) table.warn(item, PASSWORD_ALONE);
  }
}
