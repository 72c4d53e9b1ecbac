/** The configuration as the rest of sluice sees it: units in the names, frozen. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { SluiceError } from '../domain/errors.js';
import { MIB } from '../domain/limits.js';
import { FIELDS, type Field, problemOf } from './fields.js';
import { printConfig } from './print.js';
import {
  accountsOf,
  calloutOf,
  jetstreamOf,
  mappingsOf,
  operatorOf,
  permissionsOf,
  tlsOf,
  usersOf,
  websocketOf,
} from './resolve.js';
import { leafOf } from './resolve-leaf.js';
import { ruleProblems } from './rule-problems.js';
import { type Settings, type SettingsInput, settingsSchema } from './schema.js';
import { type DescribeSetting, describeSetting, type SettingPath, showInside, showPath } from './show.js';
import { isTable } from './strict.js';

type Frozen<T> = { readonly [Key in keyof T]: T[Key] extends object ? Frozen<T[Key]> : T[Key] };

/** A validated configuration. Sizes are in bytes, durations in milliseconds, as the names say. */
export type Config = Frozen<ReturnType<typeof named>>;

function named(settings: Settings) {
  const { nats, line, limits, flow, authorization, monitor, lame_duck, log, shutdown } = settings;
  return {
    serverName: settings.server_name,
    serverTags: settings.server_tags,
    banner: settings.banner,
    pidFile: settings.pid_file,
    portsFileDir: settings.ports_file_dir,
    systemAccount: settings.system_account,
    operator: operatorOf(settings),
    nats: {
      enabled: nats.enabled,
      listeners: settings.listener,
      maxControlLineBytes: nats.max_control_line,
      maxPayloadBytes: nats.max_payload === -1 ? payloadBound(flow.max_pending) : nats.max_payload,
      /** As INFO says it; -1: no limit. */
      statedMaxPayload: nats.max_payload,
      maxHeaderBytes: nats.max_header,
      pingIntervalMs: nats.ping_interval,
      maxPingsOut: nats.ping_max,
      flowPolicy: nats.flow,
    },
    line: {
      enabled: line.enabled,
      listeners: line.listener,
      maxLineBytes: line.max_line,
      maxTopicBytes: line.max_topic,
      /** 0: no limit. */
      idleTimeoutMs: line.idle_timeout,
      tls: line.tls,
      flowPolicy: line.flow,
    },
    limits: {
      maxConnections: limits.max_connections,
      /** 0: no limit; this one, the two rates of ingress and that of accepting. */
      maxConnectionsPerAddress: limits.max_connections_per_address,
      acceptRate: limits.accept_rate,
      acceptBurst: limits.accept_burst,
      ingressMessages: limits.ingress_messages,
      ingressBytes: limits.ingress_bytes,
      ingressBurstMs: limits.ingress_burst,
      maxSubscriptions: limits.max_subscriptions,
      /** 0: as many as there may ever be. */
      maxSubjectTokens: limits.max_subject_tokens,
    },
    flow: {
      policy: flow.policy,
      highWaterBytes: flow.high_water,
      lowWaterBytes: flow.low_water,
      maxPendingBytes: flow.max_pending,
      writeDeadlineMs: flow.write_deadline,
      maxHoldMs: flow.max_hold,
      /** A second. */
      minRateBytes: flow.min_rate,
      /** 0: a quarter of the memory that the process may use. */
      maxTotalPendingBytes: flow.max_total_pending,
    },
    authorization: {
      user: authorization.user,
      password: authorization.password,
      token: authorization.token,
      timeoutMs: authorization.timeout,
      noAuthUser: authorization.no_auth_user,
      defaultPermissions: permissionsOf(authorization.default_permissions),
      /** Undefined: no service is asked about logins. */
      callout: calloutOf(settings),
      /** All of them, those of accounts included. */
      users: usersOf(settings),
    },
    accounts: accountsOf(settings),
    /** Of the account `$G`. */
    mappings: mappingsOf(settings.mappings) ?? [],
    tls: tlsOf(settings),
    leaf: leafOf(settings),
    websocket: websocketOf(settings),
    /** Undefined: there are no streams. */
    jetstream: jetstreamOf(settings),
    monitor: {
      listener: monitor.listener,
      allowedHosts: monitor.allowed_hosts,
      allowedOrigins: monitor.allowed_origins,
      metricsAccounts: monitor.metrics_accounts,
      tls: monitor.tls,
      /** With a slash at its beginning and none at its end; empty: none. */
      basePath: basePathOf(monitor.base_path),
      control: monitor.control,
    },
    lameDuck: { durationMs: lame_duck.duration, graceMs: lame_duck.grace_period },
    log: { level: log.level, format: log.format, file: log.file, ...logDetails(log) },
    shutdown: { deadlineMs: shutdown.deadline },
  };
}

/** A base path as requests have it: `sluice/` and `/sluice` are the same. */
function basePathOf(path = ''): string {
  const inner = path.split('/').filter((part) => part !== '');
  return inner.map((part) => `/${part}`).join('');
}

/** What a message may have where no limit is stated: memory for one connection is bounded all the same. */
function payloadBound(maxPendingBytes: number): number {
  return Math.min(maxPendingBytes, 64 * MIB);
}

/** Optional: a log that is made elsewhere need not say. */
function logDetails({ timestamps, utc, max_traced_payload, max_file_size, max_files }: Settings['log']): {
  timestamps?: boolean;
  utc?: boolean;
  maxTracedPayloadBytes?: number;
  maxFileBytes?: number;
  maxFiles?: number;
} {
  return {
    timestamps,
    utc,
    maxTracedPayloadBytes: max_traced_payload,
    maxFileBytes: max_file_size,
    maxFiles: max_files,
  };
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) freeze(inner);
  }
  return Object.freeze(value);
}

/** Every configuration that {@link toConfig} made, and what of. */
const made = new WeakMap<object, Settings>();
const digests = new WeakMap<Config, string>();
/** What messages call the settings of each of them. */
const descriptions = new WeakMap<object, DescribeSetting>();

/**
 * Names the units, gives every user its account and permissions, and freezes.
 * @param describe what messages call the settings later on, such as about a file that one of them names
 */
export function toConfig(settings: Settings, describe: DescribeSetting = describeSetting): Config {
  const config = freeze(named(settings));
  made.set(config, settings);
  descriptions.set(config, describe);
  return config;
}

/** What messages call the settings of a configuration: as they were given, where {@link toConfig} made it. */
export function describeIn(config: object): DescribeSetting {
  return descriptions.get(config) ?? describeSetting;
}

/** The same configuration without line clients. */
export function withoutLine(config: Config): Config {
  const settings = made.get(config);
  if (settings === undefined) return { ...config, line: { ...config.line, enabled: false } };
  return toConfig({ ...settings, line: { ...settings.line, enabled: false } }, describeIn(config));
}

/**
 * SHA-256 of a configuration as `--print-config` shows it, in hex. Secrets are masked there: a digest over them would
 * help to guess a weak one. Empty for what {@link toConfig} did not make.
 */
export function configDigest(config: Config): string {
  const settings = made.get(config);
  if (settings === undefined) return '';
  const digest = digests.get(config) ?? createHash('sha256').update(printConfig(settings)).digest('hex');
  digests.set(config, digest);
  return digest;
}

/** Whether a value is a validated configuration; a copy of one is not, as it may have been changed. */
export function isConfig(value: object): value is Config {
  return made.has(value);
}

/** What keys are called in messages, for settings that were not given in the words of the file. */
export interface KeyNaming {
  nameOf(path: SettingPath): string;
  /** The value as it was given; undefined: the one there is. */
  valueOf(path: SettingPath): unknown;
}

const AS_IN_FILE: KeyNaming = { nameOf: showPath, valueOf: () => undefined };

/**
 * A configuration from an object shaped like the TOML file, defaults filled in: `configFrom({ flow: { write_deadline:
 * '50ms' } })`. For embedding and for specs; reads neither files nor the environment.
 * @param naming what keys are called in messages
 * @throws SluiceError CONFIG_INVALID naming every wrong key, one per line
 */
export function configFrom(settings: SettingsInput = {}, naming: KeyNaming = AS_IN_FILE): Config {
  const { success, output, issues = [] } = v.safeParse(settingsSchema, settings);
  const describe: DescribeSetting = (path, value) =>
    `${naming.nameOf(path)}${showInside(path, naming.valueOf(path) ?? value)}`;
  const problems = issues.map((issue) => {
    const { path, input, message } = problemOf(issue);
    const kind = fieldAt(path)?.kind;
    // Of a secret the value would say too much.
    const isShown = kind !== undefined && kind !== 'secret';
    return `${isShown ? describe(path, input) : naming.nameOf(path)}: ${message}`;
  });
  const { known, wrong } = withoutWrong(settings, issues);
  const sound = success ? output : v.parse(settingsSchema, known);
  for (const { path, input, message } of ruleProblems(sound, wrong)) {
    // What breaks a rule between settings names the others.
    const words = message.replace(/\b[a-z_]+\.[a-z_]+\b/g, (key) =>
      FIELDS.has(key) ? naming.nameOf(key.split('.')) : key,
    );
    // The value of one setting says little about two.
    const isShown = fieldAt(path)?.kind === 'tree';
    problems.push(`${isShown ? describe(path, input) : naming.nameOf(path)}: ${words}`);
  }
  if (problems.length > 0) throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
  return toConfig(sound, describe);
}

/** The setting that a path leads to or into. */
function fieldAt(path: SettingPath): Field | undefined {
  const key = [path, path.slice(0, 2), path.slice(0, 1)]
    .map((each) => each.join('.'))
    .find((each) => FIELDS.has(each));
  return key === undefined ? undefined : FIELDS.get(key);
}

/** Takes out what is wrong by itself. @returns what remains, and the keys of what does not */
function withoutWrong(settings: object, issues: readonly v.BaseIssue<unknown>[]) {
  const known: Record<string, unknown> = { ...settings };
  const wrong = new Set<string>();
  for (const issue of issues) {
    const { path } = problemOf(issue);
    const [head = '', name] = fieldAt(path)?.path ?? path.map(String);
    wrong.add(name === undefined ? head : `${head}.${name}`);
    const table = known[head];
    if (name === undefined || !isTable(table)) delete known[head];
    else known[head] = Object.fromEntries(Object.entries(table).filter(([key]) => key !== name));
  }
  return { known, wrong };
}
