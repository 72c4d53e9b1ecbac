import type { ConfName } from './confs.js';

/** One thing that every client is asked to do. */
export interface Scenario {
  readonly name: string;
  /** The configuration of the server it needs. */
  readonly conf: ConfName;
  /** Whether the server is its own, as it is stopped or comes to an end in it. */
  readonly ownServer?: boolean;
  /** The clients that have it; undefined: all. */
  readonly only?: readonly string[];
}

const WEBSOCKET = ['go', 'node', 'chromium'];
const COMMAND = ['cli'];
/** Clients whose programs use streams. */
const STREAMS = ['cli', 'go', 'python', 'node-jetstream'];

/** In the order in which they run; tools/interop/README.md says what each one is. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'publish-subscribe', conf: 'plain' },
  { name: 'wildcards', conf: 'plain' },
  { name: 'queue-groups', conf: 'plain' },
  { name: 'headers', conf: 'plain' },
  { name: 'request', conf: 'plain' },
  { name: 'no-responders', conf: 'plain' },
  { name: 'flush-rtt', conf: 'plain' },
  { name: 'drain', conf: 'plain' },
  { name: 'max-payload', conf: 'plain' },
  { name: 'max-payload-server', conf: 'plain' },
  { name: 'auth-token', conf: 'token' },
  { name: 'auth-user', conf: 'user' },
  { name: 'auth-bcrypt', conf: 'bcrypt' },
  { name: 'auth-nkey', conf: 'nkey' },
  { name: 'auth-creds', conf: 'jwt' },
  { name: 'permissions', conf: 'permissions' },
  { name: 'allow-responses', conf: 'permissions' },
  { name: 'accounts', conf: 'accounts' },
  { name: 'tls', conf: 'tls' },
  { name: 'tls-mutual', conf: 'tlsMutual' },
  { name: 'tls-map', conf: 'tlsMap' },
  { name: 'tls-first', conf: 'tlsFirst' },
  { name: 'websocket', conf: 'websocket', only: WEBSOCKET },
  { name: 'websocket-tls', conf: 'websocketTls', only: WEBSOCKET },
  { name: 'slow-consumer-client', conf: 'plain' },
  { name: 'slow-consumer-server', conf: 'slow' },
  { name: 'reconnect', conf: 'plain', ownServer: true },
  { name: 'reload', conf: 'reload', ownServer: true },
  { name: 'lame-duck', conf: 'lameDuck', ownServer: true },
  { name: 'jetstream-pull', conf: 'jetstream', only: STREAMS, ownServer: true },
  { name: 'jetstream-push', conf: 'jetstream', only: STREAMS, ownServer: true },
  { name: 'key-value', conf: 'jetstream', only: STREAMS, ownServer: true },
  { name: 'object-store', conf: 'jetstream', only: STREAMS, ownServer: true },
  { name: 'nestjs-plugins', conf: 'jetstream', only: ['nestjs-plugins'], ownServer: true },
  { name: 'nestjs-horizon', conf: 'jetstream', only: ['nestjs-horizon'], ownServer: true },
  { name: 'bench', conf: 'plain', only: COMMAND },
  { name: 'system-requests', conf: 'system', only: COMMAND, ownServer: true },
  { name: 'system-events', conf: 'system', only: COMMAND },
  { name: 'system-commands', conf: 'system', only: COMMAND },
];
