/** The trees of the configuration as the rest of sluice sees them. */
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { JetStreamAccountLimits } from '../domain/jetstream-account-limits.js';
import type { AccountSettings, ExportSettings, ImportSettings } from './schema/accounts.js';
import type { MappingSettings } from './schema/mappings.js';
import { withPlaces } from './schema/patterns.js';
import type { Settings } from './schema.js';
import type {
  AccountConfig,
  AccountLimits,
  CalloutConfig,
  ExportConfig,
  ImportConfig,
  JetStreamConfig,
  MappingConfig,
  OperatorConfig,
  PermissionsConfig,
  SubjectRules,
  TlsConfig,
  UserConfig,
  WebSocketConfig,
} from './shapes.js';

type UserSettings = AccountSettings['users'][number];
type PermissionsSettings = UserSettings['permissions'];
type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the keys that hold undefined: what is absent is not there. */
export function present<T extends object>(object: T): Given<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Given<T>;
}

function rulesOf(rules: { allow?: string[] | undefined; deny?: string[] | undefined } | undefined) {
  const { allow, deny } = rules ?? {};
  return allow === undefined && deny === undefined ? undefined : (present({ allow, deny }) as SubjectRules);
}

/** What a user may do. Leave to answer alone is leave to publish nothing else, as nats-server has it. */
export function permissionsOf(settings: PermissionsSettings): PermissionsConfig | undefined {
  if (settings === undefined) return undefined;
  const { allow_responses: answers } = settings;
  const responses = answers && { max: answers.max, expiresMs: answers.expires };
  const publish = rulesOf(settings.publish);
  return present({
    publish: responses && publish?.allow === undefined ? { ...publish, allow: [] } : publish,
    subscribe: rulesOf(settings.subscribe),
    responses,
  });
}

function userOf(
  { user, password, nkey, permissions, allowed_connection_types: types, flow }: UserSettings,
  account: string,
  defaults: PermissionsConfig | undefined,
): UserConfig {
  return {
    ...present({
      user,
      password,
      nkey,
      permissions: permissionsOf(permissions) ?? defaults,
      connectionTypes: types?.length ? types : undefined,
      flow,
    }),
    account,
  };
}

/** Every user, with its account and with the permissions it ends up with. */
export function usersOf({ authorization, accounts }: Settings): readonly UserConfig[] {
  const general = permissionsOf(authorization.default_permissions);
  return [
    ...authorization.users.map((user) => userOf(user, GLOBAL_ACCOUNT, general)),
    ...Object.entries(accounts).flatMap(([name, { users, default_permissions }]) => {
      const defaults = permissionsOf(default_permissions); // and not the general ones, as in nats-server
      return users.map((user) => userOf(user, name, defaults));
    }),
  ];
}

function exportOf(settings: ExportSettings): ExportConfig | [] {
  const { stream, service, accounts, response_type, response_threshold, allow_trace } = settings;
  const subject = stream ?? service;
  if (subject === undefined) return []; // the schema has refused it
  return {
    kind: stream === undefined ? 'service' : 'stream',
    subject,
    ...present({
      accounts: accounts?.length ? accounts : undefined,
      responseType: response_type,
      responseThresholdMs: response_threshold,
      allowsTrace: allow_trace,
    }),
  };
}

function importOf({ stream, service, to, prefix, allow_trace }: ImportSettings): ImportConfig | [] {
  const source = stream ?? service;
  if (source === undefined) return []; // the schema has refused it
  return {
    kind: stream === undefined ? 'service' : 'stream',
    ...source,
    ...present({ to: to && withPlaces(to, source.subject), prefix, allowsTrace: allow_trace }),
  };
}

/** Mappings as a list; undefined where there are none. */
export function mappingsOf(
  mappings: Readonly<Record<string, MappingSettings>> | undefined,
): readonly MappingConfig[] | undefined {
  const all = Object.entries(mappings ?? {}).map(([subject, destinations]) => ({
    subject,
    destinations: destinations.map(({ dest, weight, cluster }) => ({
      subject: dest,
      weight,
      ...present({ cluster }),
    })),
  }));
  return all.length === 0 ? undefined : all;
}

function limitsOf(limits: AccountSettings['limits']): AccountLimits | undefined {
  if (limits === undefined) return undefined;
  const least = (limit: number | undefined) => (limit === -1 ? undefined : limit);
  return present({
    maxConnections: least(limits.max_connections),
    maxSubscriptions: least(limits.max_subscriptions),
    maxPayloadBytes: least(limits.max_payload),
  });
}

/** Undefined: there are no streams. */
export function jetstreamOf({ jetstream: given }: Settings): JetStreamConfig | undefined {
  if (!given.enabled) return undefined;
  return {
    storeDir: given.store_dir,
    sync: given.sync,
    maxMemoryBytes: given.max_memory,
    maxFileBytes: given.max_file,
    domain: given.domain,
    duplicateWindowMs: given.duplicate_window,
    maxAckPending: given.max_ack_pending,
    maxRequestBatch: given.max_request_batch,
    replicasAsOne: given.replicas_as_one,
  };
}

function accountJetStreamOf(given: AccountSettings['jetstream']): JetStreamAccountLimits | undefined {
  if (given === undefined) return undefined;
  return {
    maxMemory: given.max_memory,
    maxFile: given.max_file,
    maxStreams: given.max_streams,
    maxConsumers: given.max_consumers,
    maxAckPending: given.max_ack_pending,
    memoryMaxStreamBytes: given.memory_max_stream_bytes,
    fileMaxStreamBytes: given.file_max_stream_bytes,
    maxBytesRequired: given.max_bytes_required,
  };
}

/** The accounts with what they share. */
export function accountsOf({ accounts }: Settings): readonly AccountConfig[] {
  return Object.entries(accounts).map(
    ([name, { exports, imports, msg_trace, mappings, limits, jetstream }]) => ({
      name,
      exports: exports.flatMap(exportOf),
      imports: imports.flatMap(importOf),
      ...present({
        traces: msg_trace && { subject: msg_trace.dest, sampling: msg_trace.sampling },
        mappings: mappingsOf(mappings),
        limits: limitsOf(limits),
        jetstream: accountJetStreamOf(jetstream),
      }),
    }),
  );
}

/** Undefined: no service is asked about logins. */
export function calloutOf({ authorization: { auth_callout: given } }: Settings): CalloutConfig | undefined {
  if (given === undefined) return undefined;
  return {
    issuer: given.issuer,
    account: given.account,
    authUsers: given.auth_users,
    ...present({ xkey: given.xkey }),
    allowedAccounts: given.allowed_accounts,
  };
}

/** Undefined: accounts and users are those of the configuration. */
export function operatorOf({
  operator,
  resolver_preload,
  resolver,
  default_sentinel: defaultSentinel,
}: Settings): OperatorConfig | undefined {
  if (operator.length === 0) return undefined;
  const { dir: path, deletion, max_accounts: maxAccounts, url, timeout: timeoutMs } = resolver;
  const { ca_file: caFile, cert_file: certFile, key_file: keyFile } = resolver;
  return {
    operators: operator,
    preload: resolver_preload,
    ...present({
      directory: path === undefined ? undefined : { path, deletion, maxAccounts },
      url,
      defaultSentinel,
    }),
    fetching: { timeoutMs, ...present({ caFile, certFile, keyFile }) },
  };
}

/** WebSockets. */
export function websocketOf({ websocket }: Settings): WebSocketConfig {
  const { user, password, token, no_auth_user: noAuthUser } = websocket;
  const hasLogin = [user, token, noAuthUser].some((each) => each !== undefined);
  return {
    listener: websocket.listener,
    tls: tlsOf({
      tls: {
        cert_file: websocket.tls_cert_file,
        key_file: websocket.tls_key_file,
        certificates: websocket.tls_certificates,
        ca_file: websocket.tls_ca_file,
        verify: websocket.tls_verify,
        verify_and_map: websocket.tls_verify_and_map,
        pinned_certs: [],
        allow_non_tls: false,
        handshake_first: true,
        timeout: websocket.handshake_timeout,
        handshake_rate: 0,
        min_version: websocket.tls_min_version,
        cipher_suites: websocket.tls_cipher_suites,
        curve_preferences: websocket.tls_curve_preferences,
      },
    }),
    noTls: websocket.no_tls,
    sameOrigin: websocket.same_origin || websocket.allowed_origins.length === 0,
    allowedOrigins: websocket.allowed_origins,
    compression: websocket.compression,
    handshakeTimeoutMs: websocket.handshake_timeout,
    trustedProxies: websocket.trusted_proxies,
    login: hasLogin ? { user, password, token, noAuthUser } : undefined,
    authTimeoutMs: websocket.auth_timeout,
    cookies: {
      jwt: websocket.jwt_cookie,
      user: websocket.user_cookie,
      password: websocket.pass_cookie,
      token: websocket.token_cookie,
    },
    headers: websocket.headers ?? {},
    advertise: websocket.advertise,
    pingIntervalMs: websocket.ping_interval,
    linePath: websocket.line_path,
  };
}

/** Undefined: no TLS. */
export function tlsOf({ tls }: Pick<Settings, 'tls'>): TlsConfig | undefined {
  const listed = tls.certificates.map(({ cert_file, key_file }) => ({
    certFile: cert_file,
    keyFile: key_file,
  }));
  const { cert_file: certFile, key_file: keyFile } = tls;
  const single = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  const first = listed[0] ?? single;
  if (first === undefined) return undefined;
  return {
    ...first,
    ...present({ certificates: listed.length === 0 ? undefined : listed, caFile: tls.ca_file }),
    verify: tls.verify || tls.verify_and_map,
    verifyAndMap: tls.verify_and_map,
    pinnedCerts: tls.pinned_certs,
    allowNonTls: tls.allow_non_tls,
    handshakeFirst: tls.handshake_first,
    timeoutMs: tls.timeout,
    handshakeRate: tls.handshake_rate,
    minVersion: tls.min_version === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    cipherSuites: tls.cipher_suites,
    curvePreferences: tls.curve_preferences,
  };
}
