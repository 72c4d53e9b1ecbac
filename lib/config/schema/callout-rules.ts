/** What has to hold between a callout, users and accounts. */
import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import { closest } from '../suggest.js';
import type { Fault, Ruled } from './fault.js';

/** What names no account or no user. @param users names and nkeys of all that are listed */
export function* calloutFaults(
  { authorization, accounts, operator }: Ruled,
  users: readonly string[],
): Iterable<Fault> {
  const { auth_callout: given } = authorization;
  if (given === undefined) return;
  const path = ['authorization', 'auth_callout'];
  if (operator.length > 0)
    yield { path, message: 'excluded by operator: accounts say in their JWT what is asked' };
  const names = [GLOBAL_ACCOUNT, ...Object.keys(accounts)];
  if (!names.includes(given.account))
    yield { path: [...path, 'account'], message: unknown('account', given.account, names) };
  for (const [index, name] of given.allowed_accounts.entries()) {
    if (!names.includes(name))
      yield { path: [...path, 'allowed_accounts', index], message: unknown('account', name, names) };
  }
  for (const [index, name] of given.auth_users.entries()) {
    if (!users.includes(name))
      yield { path: [...path, 'auth_users', index], message: unknown('user', name, users) };
  }
}

function unknown(what: string, name: string, names: readonly string[]): string {
  const meant = closest(name, names);
  return `no such ${what}, ${meant ? `did you mean ${meant}?` : `allowed: ${names.join(', ') || 'none is listed'}`}`;
}
