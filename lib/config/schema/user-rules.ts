/** What has to hold between users, and between them and everything else. */

import { SYSTEM_ACCOUNT } from '../../domain/account-names.js';
import { showPath } from '../show.js';
import { closest } from '../suggest.js';
import { calloutFaults } from './callout-rules.js';
import type { Fault, Ruled } from './fault.js';
import { isPublicKey } from './subjects.js';

/** A user and where it is listed. */
interface Listed {
  readonly path: readonly (string | number)[];
  readonly user: Ruled['authorization']['users'][number];
}

function allUsers({ authorization, accounts }: Ruled): readonly Listed[] {
  const under = (path: readonly string[], users: Ruled['authorization']['users']) =>
    users.map((user, index): Listed => ({ path: [...path, 'users', index], user }));
  return [
    ...under(['authorization'], authorization.users),
    ...Object.entries(accounts).flatMap(([name, { users }]) => under(['accounts', name], users)),
  ];
}

/** The names and nkeys of all users that are listed. */
function namesOf(settings: Ruled): readonly string[] {
  return [...new Set(allUsers(settings).map(({ user }) => user.nkey ?? user.user ?? ''))];
}

function* duplicateFaults(settings: Ruled): Iterable<Fault> {
  const paths = new Map<string, string>();
  for (const { path, user } of allUsers(settings)) {
    const key = user.nkey === undefined ? 'user' : 'nkey';
    const name = user[key] ?? '';
    const earlier = paths.get(name);
    if (earlier !== undefined) yield { path: [...path, key], message: `is ${earlier} already` };
    else paths.set(name, showPath(path));
  }
}

function* passwordFaults(settings: Ruled): Iterable<Fault> {
  if (settings.tls.verify_and_map) return;
  for (const { path, user } of allUsers(settings)) {
    if (user.user !== undefined && user.password === undefined)
      yield { path: [...path, 'user'], message: 'needs a password as well; "" is none' };
  }
}

/** A single login and a list of users exclude each other, as in nats-server. */
function* singleLoginFaults(settings: Ruled): Iterable<Fault> {
  const { authorization } = settings;
  const [first] = allUsers(settings);
  if (first === undefined) return;
  const message = `excludes users, such as ${showPath(first.path)}`;
  if (authorization.user !== undefined) yield { path: ['authorization', 'user'], message };
  if (authorization.token !== undefined) yield { path: ['authorization', 'token'], message };
}

function* noAuthUserFaults(settings: Ruled): Iterable<Fault> {
  const { authorization, operator } = settings;
  const { no_auth_user: name } = authorization;
  const path = ['authorization', 'no_auth_user'];
  if (name === undefined) return;
  if (operator.length > 0) {
    yield { path, message: 'excludes operator' };
    return;
  }
  const names = namesOf(settings);
  if (!names.includes(name)) {
    const meant = closest(name, names);
    yield {
      path,
      message: `no such user, ${meant ? `did you mean ${meant}?` : 'allowed: user or nkey of one that is listed'}`,
    };
  }
}

function* operatorFaults(settings: Ruled): Iterable<Fault> {
  const { operator, accounts, default_sentinel: sentinel } = settings;
  if (operator.length === 0) {
    if (sentinel !== undefined) yield { path: ['default_sentinel'], message: 'needs operator as well' };
    return;
  }
  if (Object.keys(accounts).length > 0) {
    yield {
      path: ['accounts'],
      message: 'excluded by operator: accounts are JWTs then, see resolver_preload',
    };
    return;
  }
  const [first] = allUsers(settings);
  if (first !== undefined) {
    yield { path: first.path.slice(0, -1), message: 'excluded by operator: users are JWTs then' };
  }
}

function* systemAccountFaults({ system_account: name, accounts, operator }: Ruled): Iterable<Fault> {
  if (name === undefined) return;
  const path = ['system_account'];
  if (operator.length > 0) {
    if (!isPublicKey(name, 'A')) yield { path, message: "not an account's public nkey, as operator needs" };
  } else if (name !== SYSTEM_ACCOUNT && !Object.hasOwn(accounts, name)) {
    const names = [SYSTEM_ACCOUNT, ...Object.keys(accounts)];
    const meant = closest(name, names);
    yield {
      path,
      message: `no such account, ${meant ? `did you mean ${meant}?` : `allowed: ${names.join(', ')}`}`,
    };
  }
}

/** Rules about users, operators and the system account: each yields what breaks it. */
export const userRules: readonly ((settings: Ruled) => Iterable<Fault>)[] = [
  duplicateFaults,
  passwordFaults,
  singleLoginFaults,
  noAuthUserFaults,
  (settings) => calloutFaults(settings, namesOf(settings)),
  operatorFaults,
  systemAccountFaults,
];
