import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAccount, encodeOperator, encodeUser, fmtCreds } from '@nats-io/jwt';
import { createAccount, createOperator, createUser, type KeyPair } from '@nats-io/nkeys';
import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { Authority, credentialFiles, pemFile } from '../certificates.js';
import { freshDirectory } from '../process.js';
import { type Behaviour, type ConnectOptions, failureOf, type World } from './nats-client.js';

const PASSWORD = 's3cret';
/** Everything without it counts as 0. */
const UNLIMITED = { conn: -1, subs: -1, data: -1, payload: -1, leaf: -1, imports: -1, exports: -1 };

/** A configuration file, in the syntax of nats-server. */
function confFile(text: string): string {
  const path = join(freshDirectory(), 'server.conf');
  writeFileSync(path, text);
  return path;
}

/** Credentials of a user of this account, as a creds file has them. */
async function creds(account: KeyPair, limits: Parameters<typeof encodeUser>[3] = {}): Promise<Uint8Array> {
  const keys = createUser();
  return fmtCreds(await encodeUser('ann', keys, account, limits), keys);
}

/** Each attempt ends as it is said to, with a broker of this configuration. */
async function expectLogins(
  { client, connect, startBroker, subject }: World,
  conf: string,
  attempts: Readonly<Record<string, ConnectOptions & { readonly end?: string }>>,
): Promise<void> {
  await using broker = await startBroker(['-c', confFile(conf)]);
  for (const [title, { end = 'none', ...options }] of Object.entries(attempts)) {
    const attempt = connect({ servers: broker.servers, ...options });
    expect(await failureOf(client, attempt), title).to.equal(end);
    if (end !== 'none') continue;
    const connection = await attempt;
    connection.publish(subject, title);
    await connection.flush();
  }
}

export const logins: readonly Behaviour[] = [
  {
    title: 'lets in users with plain and with bcrypt passwords',
    async run(world) {
      const conf = `authorization { users = [
        { user: ann, password: "${PASSWORD}" }
        { user: bob, password: "${hashSync(PASSWORD, 4)}" }
      ] }`;
      await expectLogins(world, conf, {
        'a plain password': { user: 'ann', pass: PASSWORD },
        'a bcrypt password': { user: 'bob', pass: PASSWORD },
        'another password': { user: 'bob', pass: 'secret', end: 'authorization' },
        'another user': { user: 'eve', pass: PASSWORD, end: 'authorization' },
        nothing: { end: 'authorization' },
      });
    },
  },
  {
    title: 'lets in who signs with the right nkey',
    async run(world) {
      const { client } = world;
      const [ann, eve] = [createUser(), createUser()];
      await expectLogins(world, `authorization { users = [ { nkey: ${ann.getPublicKey()} } ] }`, {
        'the right nkey': { authenticator: client.authenticator('nkey', ann.getSeed()) },
        'another nkey': { authenticator: client.authenticator('nkey', eve.getSeed()), end: 'authorization' },
        nothing: { end: 'authorization' },
      });
    },
  },
  {
    title: 'lets in users of the accounts that its operator vouches for',
    async run(world) {
      const { client } = world;
      const [operator, account, stranger] = [createOperator(), createAccount(), createAccount()];
      const jwt = await encodeAccount('spec', account, { limits: UNLIMITED }, { signer: operator });
      const conf = `operator: ${await encodeOperator('spec', operator)}
        resolver: MEMORY
        resolver_preload: { ${account.getPublicKey()}: ${jwt} }`;
      const login = async (from: KeyPair) => client.authenticator('creds', await creds(from));
      await expectLogins(world, conf, {
        'credentials of the account': { authenticator: await login(account) },
        'credentials of an unknown account': { authenticator: await login(stranger), end: 'authorization' },
        nothing: { end: 'authorization' },
      });
    },
  },
  {
    title: 'holds a user to the permissions in its credentials',
    async run({ client, connect, startBroker }) {
      const [operator, account] = [createOperator(), createAccount()];
      const jwt = await encodeAccount('spec', account, { limits: UNLIMITED }, { signer: operator });
      const conf = `operator: ${await encodeOperator('spec', operator)}
        resolver: MEMORY
        resolver_preload: { ${account.getPublicKey()}: ${jwt} }`;
      await using broker = await startBroker(['-c', confFile(conf)]);
      const secret = await creds(account, { pub: { allow: ['open.>'] }, sub: { deny: ['secret.>'] } });
      const authenticator = client.authenticator('creds', secret);
      const connection = await connect({ servers: broker.servers, authenticator });
      const violations = client.violations(connection);
      connection.publish('open.subject');
      connection.publish('closed.subject');
      expect((await violations.next()).value).to.deep.equal({
        operation: 'publish',
        subject: 'closed.subject',
      });
      connection.subscribe('secret.subject', { callback: () => {} });
      const subject = 'secret.subject';
      expect((await violations.next()).value).to.deep.equal({ operation: 'subscription', subject });
    },
  },
  {
    title: 'takes a client certificate for a login',
    async run(world) {
      const authority = new Authority();
      const files = (name: string, names: readonly string[]) =>
        credentialFiles(authority.issue({ subject: { CN: name }, names }));
      const caFile = pemFile(authority.cert);
      const server = files('server', ['IP:127.0.0.1', 'DNS:localhost']);
      const conf = `tls { cert_file: "${server.certFile}", key_file: "${server.keyFile}", ca_file: "${caFile}"
          verify_and_map: true, timeout: 10 }
        authorization { users = [ { user: "CN=ann" } ] }`;
      await expectLogins(world, conf, {
        'the right certificate': { tls: { caFile, ...files('ann', []) } },
        'another certificate': { tls: { caFile, ...files('eve', []) }, end: 'authorization' },
      });
    },
  },
];
