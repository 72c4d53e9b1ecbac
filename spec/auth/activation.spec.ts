import { encodeActivation } from '@nats-io/jwt';
import { createAccount, type KeyPair } from '@nats-io/nkeys';
import { expect } from 'chai';
import { readTrust } from '../../lib/auth/operator.js';
import { accountsIn } from '../../lib/auth/operator-accounts.js';
import {
  firstVersion,
  OperatorFixture,
  quick,
  reassembled,
  UNLIMITED,
  type Validity,
} from '../support/auth/operators.js';

const NOW_MS = Date.UTC(2026, 10, 1);
const seconds = (fromNow: number) => NOW_MS / 1_000 + fromNow;

describe('activation tokens', () => {
  const exporter = new OperatorFixture();
  const importer = new OperatorFixture();
  const signer = quick(createAccount());
  const stranger = quick(createAccount());

  interface Token extends Validity {
    readonly kind?: 'stream' | 'service';
    readonly subject?: string;
    readonly for?: KeyPair;
    readonly by?: KeyPair;
    readonly signer?: KeyPair;
  }

  function token(options: Token = {}): Promise<string> {
    const { kind = 'service', subject = 'svc.*', by = exporter.account, exp, nbf } = options;
    return encodeActivation('token', options.for ?? importer.account, by, kind, { subject } as never, {
      ...(exp === undefined ? {} : { exp }),
      ...(nbf === undefined ? {} : { nbf }),
      ...(options.signer && { signer: options.signer }),
    });
  }

  interface Sides {
    readonly exported?: object;
    readonly imported?: object;
    readonly account?: object;
  }

  /** The import as it is in force, or why there is none. */
  async function outcome(shown: string | Promise<string>, { exported, imported, account }: Sides = {}) {
    const exports = [{ name: 's', subject: 'svc.*', type: 'service', token_req: true, ...exported }];
    const own = {
      name: 's',
      subject: 'svc.a',
      type: 'service',
      account: exporter.accountKey,
      token: await shown,
    };
    const operators = [await exporter.operatorJwt(), await importer.operatorJwt()];
    const preload = {
      [exporter.accountKey]: await exporter.accountJwt({
        exports,
        signing_keys: [signer.getPublicKey()],
        ...account,
      }),
      [importer.accountKey]: await importer.accountJwt({ imports: [{ ...own, ...imported }] }),
    };
    const warnings: string[] = [];
    const accounts = accountsIn(
      readTrust({ operators, preload }).accounts,
      (line) => warnings.push(line),
      NOW_MS,
    );
    const [found] = accounts.find(({ name }) => name === importer.accountKey)!.imports;
    return found ?? /import of "[^"]+": (.*)$/.exec(warnings[0] ?? '')?.[1];
  }

  const right: readonly [string, Token, Sides][] = [
    ['of the account itself', {}, {}],
    ['of one of its signing keys', { signer }, {}],
    ['that begins and ends around now', { nbf: seconds(-1), exp: seconds(60) }, {}],
    ['for a stream', { kind: 'stream' }, { exported: { type: 'stream' }, imported: { type: 'stream' } }],
    ['for exactly the subject', { subject: 'svc.a' }, {}],
    ['for a service under the name that it has there', {}, { imported: { subject: 'local', to: 'svc.a' } }],
    ['where the import has placeholders', {}, { imported: { subject: 'svc.*', local_subject: 'x.$1' } }],
    ['older tokens than which are revoked', {}, { exported: { revocations: { '*': 1_000 } } }],
  ];
  for (const [what, options, sides] of right)
    it(`let an account import with one ${what}`, async () =>
      expect(await outcome(token(options), sides)).to.have.property('account', exporter.accountKey));

  it('say when the import ends', async () => {
    expect(await outcome(token({ exp: seconds(60) }))).to.have.property('expiresAt', NOW_MS + 60_000);
    expect(await outcome(token())).not.to.have.property('expiresAt');
  });

  it('may be of the first version', async () => {
    const nats = { subject: 'svc.*', type: 'service' };
    const old = firstVersion('activation', importer.account, nats, exporter.account);
    expect(await outcome(old)).to.have.property('subject', 'svc.a');
    const stream = firstVersion(
      'activation',
      importer.account,
      { ...nats, type: 'stream' },
      exporter.account,
    );
    expect(await outcome(stream)).to.equal('activation token: is for a stream');
  });

  it('are not needed for what is exported to all', async () =>
    expect(await outcome('', { exported: { token_req: false } })).to.have.property('subject', 'svc.a'));

  const later = Math.floor(Date.now() / 1_000) + 60;
  const wrong: readonly [string, Token, Sides, string][] = [
    ['for another account', { for: stranger }, {}, 'is for another account'],
    ['signed by another account', { by: stranger }, {}, 'not signed by the exporting account'],
    [
      'of a key that is none of its signing keys',
      { signer: stranger },
      {},
      'not signed by the exporting account',
    ],
    ['in the name of another account', { by: stranger, signer }, {}, 'of another account'],
    ['for a stream', { kind: 'stream' }, {}, 'is for a stream'],
    ['for another subject', { subject: 'svc.b' }, {}, 'is for another subject'],
    [
      'for less than what is imported',
      { subject: 'svc.a' },
      { imported: { subject: 'svc.*' } },
      'is for another subject',
    ],
    ['that has expired', { exp: seconds(0) }, {}, 'expired'],
    ['that has yet to begin', { nbf: seconds(1) }, {}, 'not valid yet'],
    ['that is revoked', {}, { exported: { revocations: { [importer.accountKey]: later } } }, 'revoked'],
    ['where all are revoked', {}, { exported: { revocations: { '*': later } } }, 'revoked'],
  ];
  for (const [what, options, sides, why] of wrong)
    it(`do not let an account import with one ${what}`, async () =>
      expect(await outcome(token(options), sides)).to.equal(`activation token: ${why}`));

  it('are checked like any other JWT', async () => {
    expect(await outcome('eyJ')).to.equal('activation token: not a JWT');
    expect(await outcome('')).to.equal('it has no activation token');
    const forged = reassembled(await token(), ({ body }) =>
      Object.assign(body, { sub: importer.accountKey, exp: 0 }),
    );
    expect(await outcome(forged)).to.equal('activation token: its signature is wrong');
    const user = await importer.userJwt(UNLIMITED);
    expect(await outcome(user)).to.equal('activation token: not the JWT of an activation');
  });

  it('have no say where the subject has the account in it', async () => {
    const exported = { token_req: false, account_token_position: 2 };
    const own = { imported: { subject: `svc.${importer.accountKey}` }, exported };
    expect(await outcome('', own)).to.have.property('subject', `svc.${importer.accountKey}`);
    for (const subject of ['svc.*', 'svc.a', `svc.${exporter.accountKey}`])
      expect(await outcome(token(), { imported: { subject }, exported })).to.equal(
        `account ${exporter.accountKey} does not export it to this one`,
      );
  });
});
