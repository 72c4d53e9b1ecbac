/**
 * The one schema of the configuration, in the words of the TOML file. Types, validation, defaults, the environment's
 * names, `docs/config.md`, `config.toml` and `--print-config` all come from here.
 */
import * as v from 'valibot';
import { FLOW_POLICIES } from '../domain/flow-policy.js';
import * as limits from '../domain/limits.js';
import {
  boolean,
  bytes,
  choice,
  derivedDuration,
  derivedInteger,
  duration,
  integer,
  optionalChoice,
  optionalTree,
  table,
  text,
  tree,
  word,
} from './kinds.js';
import { addresses, hostNames, optionalAddress, origins, words } from './list-kinds.js';
import { accounts } from './schema/accounts.js';
import { callout } from './schema/callout.js';
import { jetstream } from './schema/jetstream.js';
import { leaf } from './schema/leaf.js';
import { mappings } from './schema/mappings.js';
import { operator, preload, resolver } from './schema/operator.js';
import { tls } from './schema/tls.js';
import { permissions, users } from './schema/users.js';
import { websocket } from './schema/websocket.js';
import { strictMessage } from './strict.js';

const GIB = 1024 * limits.MIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Log levels, most talkative first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How a log line may look. */
export const LOG_FORMATS = ['auto', 'pretty', 'json', 'nats'] as const;

const entries = {
  listener: addresses('127.0.0.1', 4222, {
    about: 'Where NATS clients connect: one address or a list of them.',
    flag: '-a/--addr HOST, -p/--port N',
  }),
  server_name: word({ about: 'Name of this server in INFO; none: its id.', flag: '-n/--name NAME' }),
  server_tags: words({ about: 'Tags of this server, which the monitor shows.' }),
  pid_file: text('text', { about: 'File to hold the process id while sluice runs.', flag: '-P/--pid FILE' }),
  ports_file_dir: text('text', { about: 'Directory to hold a file with the ports while sluice runs.' }),
  banner: choice(['auto', 'always', 'never'], 'auto', {
    about: 'When the banner is printed on standard output. auto: if that is a terminal.',
  }),
  system_account: word({ about: "Name of the server's own account; none: $SYS." }),
  default_sentinel: text('secret', {
    about:
      "JWT of a user that clients without one are taken for, for operators: a bearer token that says which account's service decides about them.",
  }),
  operator: tree(operator, () => [], { about: 'Operators that are trusted to sign accounts.' }),
  nats: table({
    enabled: boolean(true, { about: 'Whether NATS clients are served at all.', flag: '--no-nats' }),
    max_control_line: bytes(
      limits.MAX_CONTROL_LINE_BYTES,
      { min: 512, max: limits.MIB },
      { about: 'Longest control line, without its line end.' },
    ),
    max_payload: bytes(
      limits.MAX_PAYLOAD_BYTES,
      { min: 1, max: 64 * limits.MIB },
      {
        about:
          'Largest message, headers included; at most flow.max_pending. -1: INFO names no limit, and the smaller of flow.max_pending and 64MiB is one.',
      },
      true,
    ),
    max_header: bytes(
      limits.MAX_HEADER_BYTES,
      { min: 1, max: 64 * limits.MIB },
      { about: 'Largest header block of a message.' },
    ),
    ping_interval: duration(
      limits.PING_INTERVAL_MS,
      { min: 10, max: 24 * HOUR },
      { about: "Time between the server's PINGs." },
    ),
    ping_max: integer(
      limits.MAX_PINGS_OUT,
      { min: 1, max: 100 },
      { about: 'Unanswered PINGs after which a connection is stale and is closed.' },
    ),
    flow: optionalChoice(FLOW_POLICIES, { about: 'Flow policy of NATS clients. none: flow.policy.' }),
  }),
  line: table({
    enabled: boolean(true, { about: 'Whether line clients are served at all.', flag: '--no-line' }),
    listener: addresses('0.0.0.0', 8889, {
      about: 'Where line clients (telnet, nc) connect: one address or a list of them.',
      flag: 'ADDRESS, --line ADDRESS',
    }),
    max_line: bytes(
      limits.MAX_LINE_BYTES,
      { min: 16, max: limits.MIB },
      { about: 'Longest line, without its line end.' },
    ),
    max_topic: bytes(limits.MAX_TOPIC_BYTES, { min: 1, max: limits.MIB }, { about: 'Longest topic.' }),
    idle_timeout: duration(
      limits.LINE_IDLE_TIMEOUT_MS,
      { min: 0, max: 24 * HOUR },
      { about: 'Idle timeout for line clients. 0s disables it.' },
    ),
    tls: boolean(false, {
      about: 'Whether line clients use TLS from the first byte, with the settings of [tls].',
    }),
    flow: optionalChoice(FLOW_POLICIES, { about: 'Flow policy of line clients. none: flow.policy.' }),
  }),
  limits: table({
    max_connections: integer(
      limits.MAX_CONNECTIONS,
      { min: 1, max: 1_000_000 },
      { about: 'Connections in total over all listeners.' },
    ),
    max_connections_per_address: derivedInteger(
      limits.MAX_CONNECTIONS_PER_ADDRESS,
      { min: 0, max: 1_000_000 },
      {
        about:
          "Connections of one address, this machine's own not counted; if not given: half of limits.max_connections; 0: any number.",
      },
    ),
    accept_rate: integer(
      limits.ACCEPT_RATE,
      { min: 0, max: 1_000_000 },
      { about: 'Connections accepted a second on average. 0: any number.' },
    ),
    accept_burst: integer(
      limits.ACCEPT_BURST,
      { min: 1, max: 1_000_000 },
      { about: 'Connections accepted at once after a quiet time.' },
    ),
    ingress_messages: integer(
      limits.INGRESS_MESSAGES,
      { min: 0, max: 1_000_000_000 },
      { about: 'Messages and other commands one connection may send a second; 0: any number.' },
    ),
    ingress_bytes: bytes(
      limits.INGRESS_BYTES,
      { min: 0, max: 64 * GIB },
      { about: 'Bytes one connection may send a second; 0: any number.' },
    ),
    ingress_burst: duration(
      limits.INGRESS_BURST_MS,
      { min: 10, max: 10 * MINUTE },
      { about: 'Burst window: how much unused quota a connection may spend at once.' },
    ),
    max_subscriptions: integer(
      limits.MAX_SUBSCRIPTIONS,
      { min: 1, max: 10_000_000 },
      { about: 'Subscriptions of one connection.' },
    ),
    max_subject_tokens: integer(
      limits.MAX_SUBJECT_TOKENS,
      { min: 0, max: 255 },
      { about: 'Tokens that the subject of a subscription may have; 0: 2,048.' },
    ),
  }),
  flow: table({
    policy: choice(FLOW_POLICIES, 'pause', {
      about: 'What happens to messages for a connection above high_water; docs/flow.md.',
    }),
    high_water: bytes(
      limits.HIGH_WATER_BYTES,
      { min: 2, max: GIB },
      { about: 'Bytes pending for one connection above which it is congested and flow.policy applies.' },
    ),
    low_water: bytes(
      limits.LOW_WATER_BYTES,
      { min: 1, max: GIB },
      { about: 'Bytes pending at or below which it is no longer congested; below flow.high_water.' },
    ),
    max_pending: bytes(
      limits.MAX_PENDING_BYTES,
      { min: 3, max: 8 * GIB },
      { about: 'Bytes pending above which the connection is closed at once; above flow.high_water.' },
    ),
    write_deadline: duration(
      limits.WRITE_DEADLINE_MS,
      { min: 1, max: 10 * MINUTE },
      { about: 'Time a connection above high_water may take none of its bytes before it is closed.' },
    ),
    max_hold: duration(
      limits.MAX_HOLD_MS,
      { min: 0, max: 10 * MINUTE },
      {
        about:
          'Time for which a connection that takes less than flow.min_rate may slow down publishers of others.',
      },
    ),
    min_rate: bytes(
      limits.MIN_RATE_BYTES,
      { min: limits.KIB, max: GIB },
      { about: 'Bytes a second that a slow connection must take to slow down publishers of others.' },
    ),
    max_total_pending: bytes(
      limits.MAX_TOTAL_PENDING_BYTES,
      { min: 0, max: 1_024 * GIB },
      {
        about:
          'Bytes waiting for all connections above which the largest are closed; 0: a quarter of the memory.',
      },
    ),
  }),
  authorization: table({
    user: text('text', { about: 'User name that clients must present; with password.', flag: '--user NAME' }),
    password: text('secret', {
      about: 'Password that clients must present; with user.',
      flag: '--pass PASSWORD',
    }),
    token: text('secret', { about: 'Token that clients must present.', flag: '--auth TOKEN' }),
    timeout: derivedDuration(
      limits.AUTH_TIMEOUT_MS,
      { min: 1, max: 24 * 24 * HOUR },
      { about: 'Time a client has to send its credentials; with TLS, if not given: tls.timeout + 1s.' },
    ),
    no_auth_user: text('text', { about: 'User assigned to clients that send no credentials.' }),
    default_permissions: optionalTree(permissions, {
      about: 'Permissions of users that have none of their own.',
    }),
    auth_callout: optionalTree(callout, { about: 'Service that decides about logins.' }),
    users: tree(users, () => [], { about: 'Users that may log in.' }),
  }),
  accounts: tree(accounts, () => ({}), {
    about: 'Accounts: separate subject spaces, with their exports and imports.',
  }),
  mappings: tree(mappings, () => ({}), {
    about: 'Subject mappings of the default account.',
  }),
  resolver_preload: tree(preload, () => ({}), { about: "Accounts' JWTs, for operators." }),
  resolver,
  tls,
  leaf,
  websocket,
  jetstream,
  monitor: table({
    listener: optionalAddress('127.0.0.1', { about: 'Where the HTTP monitor listens.' }),
    allowed_hosts: hostNames({
      about: 'Names by which the monitor may be reached, beside localhost, IP addresses and its own.',
    }),
    allowed_origins: origins({
      about: 'Origins of web pages that may read the monitor in a browser; none: no page may.',
    }),
    tls: boolean(false, { about: 'Whether the monitor speaks HTTPS, with the certificate of [tls].' }),
    base_path: word({ about: 'Path that all paths of the monitor begin with, such as /sluice.' }),
    control: boolean(false, {
      about: 'Whether users of the system account may reload and stop the server by requests to the monitor.',
    }),
    metrics_accounts: integer(
      limits.METRICS_ACCOUNTS,
      { min: 0, max: 10_000 },
      {
        about: 'Accounts that have a label of their own in /metrics; the others share the label `other`.',
      },
    ),
  }),
  lame_duck: table({
    duration: duration(
      limits.LAME_DUCK_MS,
      { min: 1, max: 24 * HOUR },
      { about: 'Time over which a lame duck closes its connections, one after another.' },
    ),
    grace_period: duration(
      limits.LAME_DUCK_GRACE_MS,
      { min: 0, max: 24 * HOUR },
      { about: 'Time before it closes the first; below lame_duck.duration.' },
    ),
  }),
  log: table({
    level: choice(LEVELS, 'info', {
      about: 'Least severe level that is logged; trace shows every delivery.',
      flag: '--log-level LEVEL, -D (debug), -V or -DV (trace)',
    }),
    format: choice(LOG_FORMATS, 'auto', {
      about: 'How a log line looks; auto: pretty on a terminal, JSON otherwise; nats: as nats-server does.',
      flag: '--log-format FORMAT',
    }),
    file: text('text', { about: 'File to append the log to; none: standard error.', flag: '-l/--log FILE' }),
    max_file_size: bytes(
      limits.MAX_LOG_FILE_BYTES,
      { min: 0, max: 1_024 * GIB },
      {
        about: 'Size of log.file above which it is renamed and a new one is begun. 0: never.',
        flag: '--log_size_limit BYTES',
      },
    ),
    max_files: integer(
      limits.MAX_LOG_FILES,
      { min: 0, max: 100_000 },
      { about: 'Log files that are kept, the one being written included. 0: all.' },
    ),
    timestamps: boolean(true, { about: 'Whether log lines have a time.' }),
    utc: boolean(false, {
      about: 'Whether that time is in UTC, and not in the local time zone; in JSON it always is.',
      flag: '--logtime_utc',
    }),
    max_traced_payload: bytes(
      limits.MAX_TRACED_PAYLOAD_BYTES,
      { min: 0, max: GIB },
      {
        about: 'Bytes of a message, headers first, that lines at trace show; 0: all.',
        flag: '--max_traced_msg_len BYTES',
      },
    ),
  }),
  shutdown: table({
    deadline: duration(
      limits.SHUTDOWN_DEADLINE_MS,
      { min: 1, max: 10 * MINUTE },
      { about: 'Time a graceful shutdown may take before what is left is cut off.' },
    ),
  }),
};

const tables = v.strictObject(entries, strictMessage(entries));

/** The configuration before defaults, in TOML's words: what a file may hold. */
export type SettingsInput = v.InferInput<typeof tables>;

/**
 * {@link tables} with the defaults that depend on others. Strict: an unknown key is an issue. What has to hold between
 * settings is checked apart, `rule-problems.ts`.
 */
export const settingsSchema = v.pipe(
  tables,
  v.transform((settings) => {
    const { authorization, tls, limits, websocket, nats } = settings;
    const timeout = authorization.timeout ?? defaultAuthTimeoutMs(tls);
    const max_connections_per_address =
      limits.max_connections_per_address ?? Math.ceil(limits.max_connections / 2);
    return {
      ...settings,
      authorization: { ...authorization, timeout },
      limits: { ...limits, max_connections_per_address },
      websocket: {
        ...websocket,
        auth_timeout: websocket.auth_timeout ?? timeout,
        ping_interval: websocket.ping_interval ?? nats.ping_interval,
      },
    };
  }),
);

/** The configuration in TOML's words: every default filled in, sizes in bytes, durations in milliseconds. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** nats-server's rule: with TLS the time for the handshake is added. */
function defaultAuthTimeoutMs(tls: {
  readonly cert_file?: string | undefined;
  readonly certificates: readonly object[];
  readonly timeout: number;
}) {
  const hasTls = tls.cert_file !== undefined || tls.certificates.length > 0;
  return hasTls ? tls.timeout + SECOND : limits.AUTH_TIMEOUT_MS;
}
