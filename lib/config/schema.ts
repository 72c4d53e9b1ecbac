/**
 * The one schema of the configuration, in the words of the TOML file. Types, validation, defaults, the environment's
 * names, `docs/config.md`, `config.toml` and `--print-config` all come from here.
 */
import * as v from 'valibot';
import * as limits from '../limits.js';
import { address, boolean, bytes, choice, duration, integer, table, text, word } from './kinds.js';
import { formatBytes } from './units.js';

const GIB = 1024 * limits.MIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Log levels, most talkative first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How a log line may look. */
export const LOG_FORMATS = ['auto', 'pretty', 'json'] as const;

const entries = {
  listener: address('127.0.0.1', 4222, {
    about: 'Where NATS clients connect.',
    flag: '-a/--addr HOST, -p/--port N',
  }),
  server_name: word({ about: 'Name of this server in INFO; none: its id.', flag: '-n/--name NAME' }),
  pid_file: text('text', { about: 'File to hold the process id while sluice runs.', flag: '-P/--pid FILE' }),
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
      { about: 'Largest message, headers included; at most flow.max_pending.' },
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
  }),
  line: table({
    enabled: boolean(true, { about: 'Whether line clients are served at all.', flag: '--no-line' }),
    listener: address('0.0.0.0', 8889, {
      about: 'Where line clients (telnet, nc) connect.',
      flag: 'ADDRESS, --line ADDRESS',
    }),
    max_line: bytes(
      limits.MAX_LINE_BYTES,
      { min: 16, max: limits.MIB },
      { about: 'Longest line, without its line end.' },
    ),
  }),
  limits: table({
    max_connections: integer(
      limits.MAX_CONNECTIONS,
      { min: 1, max: 1_000_000 },
      { about: 'Connections in total over all listeners.' },
    ),
    max_subscriptions: integer(
      limits.MAX_SUBSCRIPTIONS,
      { min: 1, max: 10_000_000 },
      { about: 'Subscriptions of one connection.' },
    ),
  }),
  flow: table({
    high_water: bytes(
      limits.HIGH_WATER_BYTES,
      { min: 2, max: GIB },
      { about: 'Bytes waiting for one connection above which the publishers that feed it are held.' },
    ),
    low_water: bytes(
      limits.LOW_WATER_BYTES,
      { min: 1, max: GIB },
      { about: 'Bytes waiting below which they go on; below flow.high_water.' },
    ),
    max_pending: bytes(
      limits.MAX_PENDING_BYTES,
      { min: 3, max: 8 * GIB },
      { about: 'Bytes waiting above which the connection is closed at once; above flow.high_water.' },
    ),
    write_deadline: duration(
      limits.WRITE_DEADLINE_MS,
      { min: 1, max: 10 * MINUTE },
      { about: 'Time a connection above high_water may take none of its bytes before it is closed.' },
    ),
  }),
  authorization: table({
    user: text('text', { about: 'User name that clients must present; with password.', flag: '--user NAME' }),
    password: text('secret', {
      about: 'Password that clients must present; with user.',
      flag: '--pass PASSWORD',
    }),
    token: text('secret', { about: 'Token that clients must present.', flag: '--auth TOKEN' }),
    timeout: duration(
      limits.AUTH_TIMEOUT_MS,
      { min: 10, max: 10 * MINUTE },
      { about: 'Time a client has to present valid credentials.' },
    ),
  }),
  log: table({
    level: choice(LEVELS, 'info', {
      about: 'Least severe level that is logged; trace shows every delivery.',
      flag: '--log-level LEVEL, -D (debug), -V or -DV (trace)',
    }),
    format: choice(LOG_FORMATS, 'auto', {
      about: 'How a log line looks; auto: pretty on a terminal, JSON otherwise.',
      flag: '--log-format FORMAT',
    }),
    file: text('text', { about: 'File to append the log to; none: standard error.', flag: '-l/--log FILE' }),
  }),
  shutdown: table({
    deadline: duration(
      limits.SHUTDOWN_DEADLINE_MS,
      { min: 1, max: 10 * MINUTE },
      { about: 'Time a graceful shutdown may take before what is left is cut off.' },
    ),
  }),
};

const tables = v.strictObject(entries);

/** The configuration before defaults, in TOML's words: what a file may hold. */
export type SettingsInput = v.InferInput<typeof tables>;

/** The configuration in TOML's words: every default filled in, sizes in bytes, durations in milliseconds. */
export type Settings = v.InferOutput<typeof tables>;

/** What has to hold between settings; the key is the one that the message is about. */
const rules: readonly {
  readonly key: readonly [keyof Settings, string];
  readonly holds: (settings: Settings) => boolean;
  readonly otherwise: (settings: Settings) => string;
}[] = [
  {
    key: ['flow', 'low_water'],
    holds: ({ flow }) => flow.low_water < flow.high_water,
    otherwise: ({ flow }) => `must be below flow.high_water, which is ${formatBytes(flow.high_water)}`,
  },
  {
    key: ['flow', 'high_water'],
    holds: ({ flow }) => flow.high_water < flow.max_pending,
    otherwise: ({ flow }) => `must be below flow.max_pending, which is ${formatBytes(flow.max_pending)}`,
  },
  {
    key: ['nats', 'max_payload'],
    holds: ({ nats, flow }) => nats.max_payload <= flow.max_pending,
    otherwise: ({ flow }) => `must be at most flow.max_pending, which is ${formatBytes(flow.max_pending)}`,
  },
  {
    key: ['authorization', 'password'],
    holds: ({ authorization: { user, password } }) => password === undefined || user !== undefined,
    otherwise: () => 'needs authorization.user as well',
  },
  {
    key: ['authorization', 'user'],
    holds: ({ authorization: { user, password } }) => user === undefined || password !== undefined,
    otherwise: () => 'needs authorization.password as well',
  },
];

/** {@link tables} and what has to hold between them. Strict: an unknown key is an issue. */
export const settingsSchema = v.pipe(
  tables,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const settings = dataset.value;
    for (const { key, holds, otherwise } of rules) {
      if (holds(settings)) continue;
      const [table, name] = key;
      const value = settings[table];
      addIssue({
        message: otherwise(settings),
        path: [
          { type: 'object', origin: 'value', input: settings, key: table, value },
          { type: 'object', origin: 'value', input: Object(value), key: name, value: undefined },
        ],
      });
    }
  }),
);
