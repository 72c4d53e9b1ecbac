import { hashSync } from 'bcryptjs';
import type { Certificates } from './certificates.js';
import type { Identities } from './identities.js';

/** What a log-in is tried with. */
export const TOKEN = 's3cret-token';
export const PASSWORD = 's3cret-password';

/** Stands for a free port in a configuration. */
export const WEBSOCKET_PORT = 'WEBSOCKET_PORT';

export type ConfName =
  | 'plain'
  | 'token'
  | 'user'
  | 'bcrypt'
  | 'nkey'
  | 'jwt'
  | 'permissions'
  | 'accounts'
  | 'system'
  | 'tls'
  | 'tlsMutual'
  | 'tlsMap'
  | 'tlsFirst'
  | 'websocket'
  | 'websocketTls'
  | 'slow'
  | 'reload'
  | 'reloaded'
  | 'lameDuck'
  | 'jetstream';

/** The configurations that need certificates. */
export const TLS_CONFS: ReadonlySet<ConfName> = new Set([
  'tls',
  'tlsMutual',
  'tlsMap',
  'tlsFirst',
  'websocketTls',
]);

const PERMISSIONS = `authorization {
  users = [
    {
      user: ann, password: "${PASSWORD}"
      permissions: {
        publish: ["open.>", "_INBOX.>"]
        subscribe: { allow: ["open.>", "_INBOX.>", "_REQS.>"], deny: "open.secret" }
      }
    }
    {
      user: bob, password: "${PASSWORD}"
      permissions: { publish: { deny: ">" }, subscribe: "open.service", allow_responses: { max: 1, expires: "1m" } }
    }
  ]
}`;

const ACCOUNTS = `accounts {
  A: {
    users: [ { user: ann, password: "${PASSWORD}" } ]
    exports: [ { stream: "news.>" }, { service: "calc" } ]
  }
  B: {
    users: [ { user: bea, password: "${PASSWORD}" } ]
    imports: [
      { stream: { account: A, subject: "news.>" }, prefix: "from" }
      { service: { account: A, subject: "calc" }, to: "calc.a" }
    ]
  }
}`;

const SYSTEM = `accounts {
  SYS: { users: [ { user: sys, password: "${PASSWORD}" } ] }
  APP: { users: [ { user: ann, password: "${PASSWORD}" } ] }
}
system_account: SYS`;

function twoUsers(password: string): string {
  return `authorization {
  users = [ { user: ann, password: "${PASSWORD}" }, { user: bea, password: "${password}" } ]
}`;
}

/**
 * The configuration files, in the syntax of nats-server, without the port.
 * @throws where one that needs certificates is asked for without.
 */
export function conf(name: ConfName, ids: Identities, certificates: Certificates | undefined): string {
  const tls = (...more: readonly string[]) => {
    if (!certificates) throw new Error('no certificates');
    const { server, ca } = certificates;
    const files = [`cert_file: "${server.cert}"`, `key_file: "${server.key}"`, `ca_file: "${ca}"`];
    return `tls {\n  ${[...files, 'timeout: 5', ...more].join('\n  ')}\n}`;
  };
  switch (name) {
    case 'plain':
      return '';
    case 'token':
      return `authorization { token: "${TOKEN}" }`;
    case 'user':
      return `authorization { user: ann, password: "${PASSWORD}" }`;
    case 'bcrypt':
      return `authorization { users = [ { user: ann, password: "${hashSync(PASSWORD, 4)}" } ] }`;
    case 'nkey':
      return `authorization { users = [ { nkey: ${ids.publicKey} } ] }`;
    case 'jwt':
      return `operator: ${ids.operatorJwt}\nresolver: MEMORY\nresolver_preload: {\n  ${ids.accountKey}: ${ids.accountJwt}\n}`;
    case 'permissions':
      return PERMISSIONS;
    case 'accounts':
      return ACCOUNTS;
    case 'system':
      return SYSTEM;
    case 'tls':
      return tls();
    case 'tlsMutual':
      return tls('verify: true');
    case 'tlsMap':
      return `${tls('verify_and_map: true')}\nauthorization { users = [ { user: "CN=ann" } ] }`;
    case 'tlsFirst':
      return tls('handshake_first: true');
    case 'websocket':
      return `websocket { host: 127.0.0.1, port: ${WEBSOCKET_PORT}, no_tls: true, compression: true }`;
    case 'websocketTls':
      return `websocket {\n  host: 127.0.0.1\n  port: ${WEBSOCKET_PORT}\n  ${tls()}\n}`;
    case 'slow':
      return 'max_pending: 1MB\nwrite_deadline: "1s"';
    case 'reload':
      return twoUsers(PASSWORD);
    case 'reloaded':
      return twoUsers(`new-${PASSWORD}`);
    case 'jetstream':
      return 'jetstream { store_dir: "files" }';
    case 'lameDuck':
      return 'lame_duck_duration: "30s"\nlame_duck_grace_period: "10s"';
  }
}
