/** What becomes of `authorization`, of users and of their permissions. */
import { formatDuration } from '../units.js';
import type { Item, Output } from './output.js';
import { boolean, duration, integer, list, seconds, text, texts } from './readers.js';
import { block, copied, type KeyRow, period, refused, special, translateBlock } from './rows.js';

/** Several texts; an empty list restricts nothing, as with nats-server, and is left out. */
const subjects = (names: KeyRow['names'], to: string): KeyRow =>
  special(names, to, '', (item, out) => {
    const found = texts(item, out) ?? [];
    if (found.length > 0) out.setTexts(to, found, item);
  });

/** `{ allow, deny }` of what may be published or subscribed to. */
export const SUBJECT_RULES: readonly KeyRow[] = [subjects(['allow'], 'allow'), subjects(['deny'], 'deny')];

const rules = (names: KeyRow['names'], to: string): KeyRow =>
  block(names, to, 'A subject, a list of them (both are `allow`), or `{ allow, deny }`.', (item, out) => {
    if (item.value.kind !== 'map') {
      const found = texts(item, out) ?? [];
      if (found.length > 0) out.table(to).setTexts('allow', found, item);
    } else if (item.value.entries.size > 0) translateBlock(item, SUBJECT_RULES, out.table(to, item));
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

/** What a user may do. */
export const PERMISSIONS: readonly KeyRow[] = [
  rules(['publish', 'pub', 'import'], 'publish'),
  rules(['subscribe', 'sub', 'export'], 'subscribe'),
  block(
    ['allow_responses', 'publish_allow_responses'],
    'allow_responses',
    '`true`, or `{ max, expires }`.',
    (item, out) => {
      const { value } = item;
      if (value.kind === 'map' && value.entries.size > 0) {
        translateBlock(item, RESPONSES, out.table('allow_responses', item));
      } else if (value.kind === 'map' || boolean(item, out)) out.set('allow_responses', true, item);
    },
  ),
];

const permissions = (names: KeyRow['names'], to: string): KeyRow =>
  block(names, to, '', (item, out) => {
    translateBlock(item, PERMISSIONS, out.table(to, item));
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
];

/** A list of users. */
export const users: KeyRow = block(['users'], 'users', 'A list.', (item: Item, out: Output) => {
  const found = list(item, out);
  if (found === undefined) return;
  out.set('users', [], item);
  for (const user of found) translateBlock(user, USER, out.append('users', user));
});

/** Permissions of users without their own, of one account. */
export const accountPermissions: KeyRow = permissions(['default_permissions'], 'default_permissions');

/** The block `authorization`. */
export const AUTHORIZATION: readonly KeyRow[] = [
  copied(['user', 'username'], 'user', text),
  copied(['password', 'pass'], 'password', text, 'Plain, or a bcrypt hash.'),
  copied(['token'], 'token', text, 'Plain, or a bcrypt hash.'),
  period(['timeout'], 'timeout', seconds, 'A number of seconds, or a duration.'),
  users,
  permissions(['default_permissions', 'default_permission', 'permissions'], 'default_permissions'),
  refused(['auth_callout', 'auth_hook'], 'as there is nobody to ask who may log in'),
];
