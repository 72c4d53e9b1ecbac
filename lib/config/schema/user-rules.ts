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

/** Breaches of the rules about users, operators and the system account. */
export function* userFaults(settings: Ruled): Iterable<Fault> {
  const listed = allUsers(settings);
  const paths = new Map<string, string>();
  for (const { path, user } of listed) {
    const key = user.nkey === undefined ? 'user' : 'nkey';
    const name = user[key] ?? '';
    const earlier = paths.get(name);
    if (earlier !== undefined) yield { path: [...path, key], message: `is ${earlier} already` };
    else paths.set(name, showPath(path));
    if (user.user !== undefined && user.password === undefined && !settings.tls.verify_and_map) {
      yield { path: [...path, 'user'], message: 'needs a password as well; "" is none' };
    }
  }
  yield* singleLoginFaults(settings, listed);
  yield* noAuthUserFaults(settings, [...paths.keys()]);
  yield* calloutFaults(settings, [...paths.keys()]);
  yield* operatorFaults(settings, listed);
  yield* systemAccountFaults(settings);
}

/** A single login and a list of users exclude each other, as in nats-server. */
function* singleLoginFaults({ authorization }: Ruled, [first]: readonly Listed[]): Iterable<Fault> {
  if (first === undefined) return;
  const message = `excludes users, such as ${showPath(first.path)}`;
  if (authorization.user !== undefined) yield { path: ['authorization', 'user'], message };
  if (authorization.token !== undefined) yield { path: ['authorization', 'token'], message };
}

function* noAuthUserFaults(
  { authorization: { no_auth_user: name }, operator }: Ruled,
  names: readonly string[],
): Iterable<Fault> {
  const path = ['authorization', 'no_auth_user'];
  if (name === undefined) return;
  if (operator.length > 0) yield { path, message: 'excludes operator' };
  else if (!names.includes(name)) {
    const meant = closest(name, names);
    yield {
      path,
      message: `no such user, ${meant ? `did you mean ${meant}?` : 'allowed: user or nkey of one that is listed'}`,
    };
  }
}

function* operatorFaults(
  { operator, accounts, default_sentinel: sentinel }: Ruled,
  [first]: readonly Listed[],
): Iterable<Fault> {
  if (operator.length === 0) {
    if (sentinel !== undefined) yield { path: ['default_sentinel'], message: 'needs operator as well' };
    return;
  }
  if (Object.keys(accounts).length > 0) {
    yield {
      path: ['accounts'],
      message: 'excluded by operator: accounts are JWTs then, see resolver_preload',
    };
  } else if (first !== undefined) {
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
