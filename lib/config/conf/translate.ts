/** What becomes of every key at the top of nats-server's configuration. */

import { GLOBAL_ACCOUNT } from '../../domain/account-names.js';
import { parseHost } from '../../domain/address.js';
import { HIGH_WATER_BYTES } from '../../domain/limits.js';
import { isJwt, isPublicKey } from '../schema/subjects.js';
import { ABSENT } from './absent-blocks.js';
import type { Item, Output } from './output.js';
import { boolean, duration, durationOrSeconds, integer, listen, map, port, text, texts } from './readers.js';
import {
  asksForNothing,
  block,
  copied,
  goQuoted,
  ignored,
  type KeyRow,
  limit,
  period,
  refused,
  special,
} from './rows.js';
import { ACCOUNT, ACCOUNT_LIMITS, accounts, EXPORT, IMPORT, IMPORTED } from './translate-accounts.js';
import { CALLOUT } from './translate-callout.js';
import { ACCOUNT_JETSTREAM, JETSTREAM, JETSTREAM_LIMITS, translateJetstream } from './translate-jetstream.js';
import { LEAF_LOGIN, LEAF_REMOTE, LEAF_USER, LEAFNODES, translateLeaf } from './translate-leaf.js';
import { MAPPING, mappings } from './translate-mappings.js';
import { RESOLVER, translateResolver, translateResolverTls } from './translate-resolver.js';
import { TLS, translateTls } from './translate-tls.js';
import {
  AUTHORIZATION,
  PERMISSIONS,
  RESPONSES,
  SUBJECT_RULES,
  translateAuthorization,
  USER,
} from './translate-users.js';
import { translateWebSocket, WEBSOCKET } from './translate-websocket.js';

/** Largest values of settings that nats-server need not limit at all. */
const MOST_CONNECTIONS = 1_000_000;
const MOST_SUBSCRIPTIONS = 10_000_000;
/** Most tokens that nats-server lets one limit subjects to. */
const MOST_TOKENS = 255;
/** Largest limit in bytes that nats-server takes. */
const MOST_BYTES = 2 ** 31 - 1;

/** Notes a value for when everything has been read. */
function noted<T>(
  names: KeyRow['names'],
  to: string,
  read: (item: Item, out: Output) => T | undefined,
  note = '',
) {
  return special(names, to, note, (item, out) => {
    const value = read(item, out);
    if (value !== undefined) out.note(names[0], value, item);
  });
}

/** A number of which 0 and anything below is the default, set under the key that the row names. */
function positive(to: string) {
  return (item: Item, out: Output): void => {
    const value = integer(item, out);
    if (value !== undefined && value > 0) out.setWithin(to, value, item, Number);
  };
}

function host(item: Item, out: Output): string | undefined {
  const name = text(item, out);
  if (name === undefined || name === '' || parseHost(name) !== undefined) return name;
  out.refuse(item, 'not a host, allowed: a host name or an IP address');
  return undefined;
}

/** A path, in which nats-server takes several slashes for one. */
function joinedPath(item: Item, out: Output): string | undefined {
  return text(item, out)?.replace(/\/{2,}/g, '/');
}

/** A block of a kind of connection that sluice does not have, which is still checked. */
function connections(
  names: KeyRow['names'],
  check: (item: Item, out: Output) => unknown,
  ...active: readonly string[]
): KeyRow {
  const take = (item: Item, out: Output) => {
    if (item.value.kind === 'map') check(item, out);
    const entries = map(item, out);
    if (entries === undefined) return;
    const found = entries.filter(
      (entry) => active.includes(entry.key.toLowerCase()) && !asksForNothing(entry),
    );
    if (found.length === 0) out.warn(item, 'ignored, as it neither listens nor connects');
    else {
      const keys = found.map(({ key }) => key).join(', ');
      out.report(item, `not supported yet; remove the block, which has ${keys}`);
    }
  };
  const note = `if it has ${active.map((key) => `\`${key}\``).join(' or ')}; else ignored with a warning`;
  return { names, fate: 'refused', to: '', note, take };
}

const NO_CLUSTER = 'there are no other servers';

/** The cap of what waits for a connection, and below it the water marks, of which nats-server has none. */
function pending(item: Item, out: Output): void {
  const cap = integer(item, out) ?? 0;
  if (cap === 0) return;
  out.setWithin('flow.max_pending', cap, item, Number);
  if (cap > HIGH_WATER_BYTES) return;
  out.set('flow.high_water', Math.max(2, Math.floor(cap / 2)), item);
  out.set('flow.low_water', Math.max(1, Math.floor(cap / 8)), item);
}

function tags(item: Item, out: Output): void {
  const found = texts(item, out) ?? [];
  // nats-server takes tags for words without case, each once.
  const words = found.map((tag) => ({ ...tag, text: tag.text.trim().toLowerCase() }));
  const distinct = words.filter(
    ({ text: word }, index) => word !== '' && words.findIndex((other) => other.text === word) === index,
  );
  if (distinct.length > 0) out.setTexts('server_tags', distinct, item);
}

/** Has clients of an account use the JetStream of a domain without naming it. */
function defaultDomain(entry: Item & { readonly key: string }, domain: string, out: Output): void {
  const table = entry.key === GLOBAL_ACCOUNT ? out : out.table('accounts').table(entry.key, entry);
  const mappings = table.table('mappings', entry);
  // Chunks and records of objects, on `$O.>`, pass as they are: a domain has no place for them.
  for (const subject of ['$JS.API.>', '$KV.>']) {
    const rest = subject === '$JS.API.>' ? '>' : subject;
    mappings.setNamed(subject, `$JS.${domain}.API.${rest}`, entry);
  }
}

/** Sets what operators are trusted by; returns it. */
function setOperators(name: string, item: Item, out: Output): NonNullable<ReturnType<typeof texts>> {
  const found = texts(item, out) ?? [];
  if (found.length > 0) {
    out.note(name, found, item);
    out.setTexts('operator', found, item);
  }
  return found;
}

/** Whether a text is meant as a JWT, and not as the name of a file. */
function isInlineJwt(given: string): boolean {
  return given.trim().startsWith('eyJ');
}

const preload: KeyRow = special(['resolver_preload'], 'resolver_preload', '', (item, out) => {
  for (const entry of map(item, out) ?? []) {
    const jwt = text(entry, out);
    if (jwt !== undefined) out.table('resolver_preload', item).set(entry.key, jwt, entry);
  }
});

/** The keys at the top. */
export const TOP: readonly KeyRow[] = [
  noted(['port'], 'listener', port, '-1: any free one.'),
  noted(['host', 'net'], 'listener', host, 'Default 0.0.0.0.'),
  noted(['listen'], 'listener', listen, '`host:port`, `:port` or a port.'),
  copied(['server_name'], 'server_name', text),
  special(['server_tags'], 'server_tags', '', tags),
  noted(['http'], 'monitor.listener', listen, 'Default host: that of `listen`.'),
  noted(['http_port', 'monitor_port'], 'monitor.listener', port),
  noted(['https'], 'monitor.listener', listen, 'With `monitor.tls`; not beside `http`.'),
  noted(['https_port'], 'monitor.listener', port, 'With `monitor.tls`.'),
  copied(['http_base_path'], 'monitor.base_path', joinedPath),
  limit(
    ['max_connections', 'max_conn'],
    'limits.max_connections',
    integer,
    'Negative: the most there is.',
    MOST_CONNECTIONS,
  ),
  limit(
    ['max_subscriptions', 'max_subs'],
    'limits.max_subscriptions',
    integer,
    'Negative: the most there is.',
    MOST_SUBSCRIPTIONS,
  ),
  special(['max_sub_tokens', 'max_subscription_tokens'], 'limits.max_subject_tokens', '', (item, out) => {
    const tokens = integer(item, out);
    if (tokens === undefined) return;
    if (tokens > 0 && tokens <= MOST_TOKENS) out.set('limits.max_subject_tokens', tokens, item);
    else if (tokens === 0) out.refuse(item, `out of range, allowed: 1 to ${MOST_TOKENS}`);
    else out.refuseAs(item, `max_sub_tokens value ${tokens < 0 ? 'can not be negative' : 'is too big'}`);
  }),
  limit(['max_control_line'], 'nats.max_control_line', (item, out) => {
    const most = integer(item, out);
    if (most === undefined || most <= MOST_BYTES) return most;
    out.refuseAs(item, 'max_control_line value is too big');
    return undefined;
  }),
  special(
    ['max_payload'],
    'nats.max_payload',
    'Negative: no limit but that of `flow.max_pending`.',
    (item, out) => {
      const most = integer(item, out) ?? 0;
      if (most > MOST_BYTES) out.refuseAs(item, 'max_payload value is too big');
      else if (most !== 0) out.set('nats.max_payload', Math.max(most, -1), item);
    },
  ),
  special(
    ['max_pending'],
    'flow.max_pending',
    'Where it is small, `flow.high_water` and `flow.low_water` are a half and an eighth of it.',
    pending,
  ),
  period(['write_deadline'], 'flow.write_deadline', durationOrSeconds),
  period(['ping_interval'], 'nats.ping_interval', durationOrSeconds),
  limit(['ping_max'], 'nats.ping_max', integer),
  block(['authorization'], 'authorization', '', translateAuthorization),
  accounts,
  copied(['no_auth_user'], 'authorization.no_auth_user', text),
  copied(['system_account', 'system'], 'system_account', text),
  ignored(['no_system_account', 'no_system', 'no_sys_acc'], 'an account without users takes no connections'),
  special(
    ['operator', 'operators', 'root', 'roots', 'root_operator', 'root_operators'],
    'operator',
    'JWTs or files with one.',
    (item, out) => {
      const found = setOperators('operator', item, out);
      if (found.some(({ text: given }) => isInlineJwt(given) && !isJwt(given.trim())))
        out.refuseAs(item, 'error parsing operator JWT: expected 3 chunks');
    },
  ),
  special(['trusted_keys', 'trusted'], 'operator', 'Public keys, O….', (item, out) => {
    for (const { text: given, item: at } of setOperators('trusted_keys', item, out))
      if (!isPublicKey(given, 'O'))
        out.refuseAs(at, `trust key ${goQuoted(given)} required to be a valid public operator nkey`);
  }),
  special(
    ['resolver', 'account_resolver', 'accounts_resolver'],
    '',
    '`MEMORY`, `URL(…)`, or a block with the type `full` or `cache` and `dir`.',
    translateResolver,
  ),
  preload,
  refused(['resolver_pinned_accounts'], 'as every preloaded account counts'),
  block(['resolver_tls'], 'resolver', '`ca_file`, `cert_file` and `key_file`.', translateResolverTls),
  block(['tls'], 'tls', '', translateTls),
  noted(['allow_non_tls'], 'tls.allow_non_tls', boolean, 'Without `tls` it says nothing.'),
  ignored(['ocsp'], 'certificates are not stapled', ABSENT.ocsp),
  ignored(['ocsp_cache'], 'certificates are not stapled'),
  period(['lame_duck_duration'], 'lame_duck.duration', duration),
  period(['lame_duck_grace_period'], 'lame_duck.grace_period', (item, out) => {
    const ms = duration(item, out);
    if (ms === undefined || ms >= 0) return ms;
    out.refuseAs(item, 'invalid lame_duck_grace_period, needs to be positive');
    return undefined;
  }),
  noted(['debug'], 'log.level', boolean, '`debug`.'),
  noted(['trace'], 'log.level', boolean, '`trace`.'),
  noted(['trace_verbose'], 'log.level', boolean, '`trace`.'),
  noted(['trace_headers'], 'log.level', boolean, '`trace`.'),
  copied(['logtime'], 'log.timestamps', boolean),
  copied(['logtime_utc'], 'log.utc', boolean),
  copied(['log_file', 'logfile'], 'log.file', text),
  special(
    ['log_size_limit', 'logfile_size_limit'],
    'log.max_file_size',
    'Not above 0: never.',
    positive('log.max_file_size'),
  ),
  special(
    ['log_max_num', 'logfile_max_num'],
    'log.max_files',
    'Not above 0: all.',
    positive('log.max_files'),
  ),
  ignored(['syslog'], 'the log goes to standard error or log_file'),
  ignored(['remote_syslog'], 'the log goes to standard error or log_file'),
  special(['max_traced_msg_len'], 'log.max_traced_payload', 'Negative: all of it.', (item, out) => {
    const most = integer(item, out);
    if (most !== undefined) out.set('log.max_traced_payload', Math.max(most, 0), item);
  }),
  copied(['pid_file', 'pidfile'], 'pid_file', text),
  copied(['ports_file_dir'], 'ports_file_dir', text),
  ignored(['prof_port'], "Node's inspector profiles"),
  ignored(['prof_block_rate'], "Node's inspector profiles"),
  ignored(['client_advertise'], NO_CLUSTER),
  ignored(['connect_error_reports'], NO_CLUSTER),
  ignored(['reconnect_error_reports'], NO_CLUSTER),
  ignored(['disable_sublist_cache', 'no_sublist_cache'], 'it is no matter of what clients see'),
  ignored(['no_fast_producer_stall'], 'flow.high_water says when publishers are held'),
  ignored(['max_closed_clients'], 'it is for monitoring only'),
  ignored(['server_metadata'], 'it is for monitoring only', ABSENT.metadata),
  ignored(['feature_flags'], 'they are switches of nats-server', ABSENT.featureFlags),
  ignored(['write_timeout'], 'flow.policy says what becomes of slow consumers', ABSENT.writeTimeout),
  refused(['proxy_protocol'], 'as addresses of clients are those of their sockets', boolean),
  refused(['proxies'], 'as there are no trusted proxies', ABSENT.proxies),
  copied(['default_sentinel'], 'default_sentinel', text),
  refused(['no_header_support'], 'as headers are always on'),
  mappings,
  block(['jetstream'], 'jetstream', 'true, false, or a block.', translateJetstream),
  noted(['store_dir', 'storedir'], 'jetstream.store_dir', text, 'Where `jetstream` is on.'),
  special(
    ['default_js_domain'],
    'mappings',
    'By account: mappings to the domain of a hub; see `leafnodes`.',
    (item, out) => {
      for (const entry of map(item, out) ?? []) {
        const domain = text(entry, out);
        if (domain !== undefined && domain !== '') defaultDomain(entry, domain, out);
      }
    },
  ),
  connections(['cluster'], ABSENT.cluster, 'port', 'listen', 'routes'),
  connections(['gateway'], ABSENT.gateway, 'port', 'listen', 'gateways'),
  block(['leafnodes', 'leaf'], 'leaf', '', translateLeaf),
  connections(['mqtt'], ABSENT.mqtt, 'port', 'listen'),
  block(
    ['websocket', 'ws'],
    'websocket',
    'Without `port` or `listen` ignored with a warning.',
    translateWebSocket,
  ),
  special(['sluice'], '', "Settings in TOML's words, of which nats-server knows nothing.", (item, out) => {
    if (map(item, out) !== undefined) out.note('sluice', item.value, item);
  }),
];

/** Every table there is, with the block of the file that it is for, for the documentation. */
export const BLOCKS: readonly { readonly block: string; readonly rows: readonly KeyRow[] }[] = [
  { block: '', rows: TOP },
  { block: 'authorization', rows: AUTHORIZATION },
  { block: 'auth_callout', rows: CALLOUT },
  { block: 'users[]', rows: USER },
  { block: 'permissions', rows: PERMISSIONS },
  { block: 'publish', rows: SUBJECT_RULES },
  { block: 'allow_responses', rows: RESPONSES },
  { block: 'accounts.NAME', rows: ACCOUNT },
  { block: 'exports[]', rows: EXPORT },
  { block: 'imports[]', rows: IMPORT },
  { block: 'stream', rows: IMPORTED },
  { block: 'limits', rows: ACCOUNT_LIMITS },
  { block: 'accounts.NAME.jetstream', rows: ACCOUNT_JETSTREAM },
  { block: 'jetstream', rows: JETSTREAM },
  { block: 'jetstream.limits', rows: JETSTREAM_LIMITS },
  { block: 'resolver', rows: RESOLVER },
  { block: 'mappings.SUBJECT', rows: MAPPING },
  { block: 'tls', rows: TLS },
  { block: 'websocket', rows: WEBSOCKET },
  { block: 'leafnodes', rows: LEAFNODES },
  { block: 'leafnodes.remotes[]', rows: LEAF_REMOTE },
  { block: 'leafnodes.authorization', rows: LEAF_LOGIN },
  { block: 'leafnodes.authorization.users[]', rows: LEAF_USER },
];
