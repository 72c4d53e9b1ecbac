import { expect } from 'chai';
import { configOf, problemsOf } from '../../support/config/problems.js';

const A = `A${'B'.repeat(55)}`;
const X = `X${'B'.repeat(55)}`;
const ACCOUNTS = 'accounts.AUTH.users = [{ user = "auth", password = "p" }]\naccounts.APP = {}\n';
const callout = (inner: string) => `${ACCOUNTS}[authorization.auth_callout]\n${inner}`;

describe('config/schema/callout', () => {
  it('reads who is asked', () => {
    const all = `issuer = "${A}"\naccount = "AUTH"\nauth_users = ["auth"]\nxkey = "${X}"\nallowed_accounts = ["APP"]`;
    expect(configOf(callout(all)).authorization.callout).to.deep.equal({
      issuer: A,
      account: 'AUTH',
      authUsers: ['auth'],
      xkey: X,
      allowedAccounts: ['APP'],
    });
    expect(configOf(callout(`issuer = "${A}"\nauth_users = ["auth"]`)).authorization.callout).to.deep.equal({
      issuer: A,
      account: '$G',
      authUsers: ['auth'],
      allowedAccounts: [],
    });
    expect(configOf('').authorization.callout).to.equal(undefined);
  });

  const KEY = 'allowed: A and 55 letters and digits of base 32';
  const wrong: readonly (readonly [inner: string, ...says: string[]])[] = [
    ['auth_users = ["auth"]', 'authorization.auth_callout.issuer: missing'],
    [
      'issuer = "A"\nauth_users = ["auth"]',
      `authorization.auth_callout.issuer = "A": not an account's public nkey, ${KEY}`,
    ],
    [
      `issuer = "${A}"`,
      'authorization.auth_callout: needs auth_users, the users that the service logs in as',
    ],
    [
      `issuer = "${A}"\naccount = "AUHT"\nauth_users = ["auht"]\nallowed_accounts = ["APP", "NO"]`,
      'authorization.auth_callout.account = "AUHT": no such account, did you mean AUTH?',
      'authorization.auth_callout.allowed_accounts[1] = "NO": no such account, allowed: $G, AUTH, APP',
      'authorization.auth_callout.auth_users[0] = "auht": no such user, did you mean auth?',
    ],
  ];
  for (const [inner, ...says] of wrong) {
    it(`refuses ${inner}`, () => expect(problemsOf(callout(inner))).to.deep.equal(says));
  }
});
