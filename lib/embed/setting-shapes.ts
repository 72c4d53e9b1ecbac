/** What settings look like in JavaScript: which keys each table has, and which values are durations. */
import { FIELDS } from '../config/fields.js';

/** The form of a value. Keys are those of the configuration file. */
export type Shape =
  | { readonly kind: 'value' | 'duration' }
  /** A table with these keys and no others; a switch may be true or false as well. */
  | { readonly kind: 'table'; readonly keys: Keys; readonly isSwitch?: boolean }
  /** A list, or a table with names that are the program's own. */
  | { readonly kind: 'list' | 'names'; readonly of: Shape };

/** Keys in the words of the configuration file, with what they hold. */
export type Keys = Readonly<Record<string, Shape>>;

const VALUE: Shape = { kind: 'value' };
const DURATION: Shape = { kind: 'duration' };

function table(keys: Keys): Shape {
  return { kind: 'table', keys };
}

const permissions = table({
  publish: VALUE,
  subscribe: VALUE,
  allow_responses: table({ max: VALUE, expires: DURATION }),
});

const users: Shape = {
  kind: 'list',
  of: table({
    ...{ user: VALUE, password: VALUE, nkey: VALUE, flow: VALUE },
    permissions,
    allowed_connection_types: VALUE,
  }),
};

const exported = table({
  ...{ stream: VALUE, service: VALUE, accounts: VALUE },
  response_type: VALUE,
  response_threshold: DURATION,
  allow_trace: VALUE,
  account_token_position: VALUE,
});

const imported = table({
  ...{ stream: VALUE, service: VALUE, to: VALUE, prefix: VALUE },
  allow_trace: VALUE,
});

const accounts: Shape = {
  kind: 'names',
  of: table({
    users,
    default_permissions: permissions,
    exports: { kind: 'list', of: exported },
    imports: { kind: 'list', of: imported },
    msg_trace: VALUE, // all its keys are single words
    mappings: VALUE,
    limits: table({ max_connections: VALUE, max_subscriptions: VALUE, max_payload: VALUE }),
    jetstream: {
      kind: 'table',
      isSwitch: true,
      keys: {
        ...{ max_memory: VALUE, max_file: VALUE, max_streams: VALUE, max_consumers: VALUE },
        ...{ max_ack_pending: VALUE, max_bytes_required: VALUE },
        ...{ memory_max_stream_bytes: VALUE, file_max_stream_bytes: VALUE },
      },
    },
  }),
};

const certificates: Shape = { kind: 'list', of: table({ cert_file: VALUE, key_file: VALUE }) };

/** The settings that are lists of tables and tables of tables. */
const TREES: Keys = {
  accounts,
  'authorization.auth_callout': table({
    ...{ issuer: VALUE, account: VALUE, xkey: VALUE },
    auth_users: VALUE,
    allowed_accounts: VALUE,
  }),
  'authorization.users': users,
  'leaf.users': { kind: 'list', of: table({ user: VALUE, password: VALUE, account: VALUE }) },
  'leaf.remotes': {
    kind: 'list',
    of: table({
      ...{
        url: VALUE,
        account: VALUE,
        user: VALUE,
        password: VALUE,
        token: VALUE,
        credentials: VALUE,
        seed: VALUE,
      },
      ...{
        allow: VALUE,
        deny: VALUE,
        deny_imports: VALUE,
        deny_exports: VALUE,
        no_masking: VALUE,
        no_randomize: VALUE,
        ignore_discovered: VALUE,
        hub: VALUE,
      },
      ...{ tls: VALUE, tls_first: VALUE, tls_ca_file: VALUE, tls_cert_file: VALUE, tls_key_file: VALUE },
      ...{ tls_server_name: VALUE, tls_insecure: VALUE },
      ...{ reconnect: DURATION, max_reconnect: DURATION, first_info_timeout: DURATION },
      ...{ dial_timeout: DURATION },
    }),
  },
  'tls.certificates': certificates,
  'websocket.tls_certificates': certificates,
  'authorization.default_permissions': permissions,
};

/** `host`, `port` and `listener` say where to listen, in each of these tables. */
export const LISTENING = ['nats', 'line', 'monitor', 'websocket', 'leaf'] as const;

/** The name of one of {@link LISTENING}. */
export type ListeningTable = (typeof LISTENING)[number];

function shapeOf(key: string, kind: string): Shape {
  if (kind === 'tree') return TREES[key] ?? VALUE;
  if (kind === 'duration' || kind === 'handshake') return DURATION;
  return VALUE;
}

/** All settings. */
export const SETTINGS: Keys = (() => {
  const tables: Record<string, Record<string, Shape>> = {};
  const keys: Record<string, Shape> = {};
  for (const { key, kind, path } of FIELDS.values()) {
    const [head = '', name] = path;
    const shape = shapeOf(key, kind);
    if (name === undefined) keys[head] = shape;
    else tables[head] = { ...tables[head], [name]: shape };
  }
  for (const name of LISTENING) tables[name] = { host: VALUE, port: VALUE, listener: VALUE, ...tables[name] };
  for (const [name, inner] of Object.entries(tables)) keys[name] = table(inner);
  return keys;
})();

/** A key as JavaScript has it: `max_payload` is `maxPayload`. */
export function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
