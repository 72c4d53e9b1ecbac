/** The configuration as the rest of sluice sees it: units in the names, frozen. */
import * as v from 'valibot';
import { SluiceError } from '../errors.js';
import type { Address } from './address.js';
import { type Settings, type SettingsInput, settingsSchema } from './schema.js';
import type { AccountConfig, OperatorConfig, PermissionsConfig, TlsConfig, UserConfig } from './shapes.js';

type Frozen<T> = { readonly [Key in keyof T]: T[Key] extends object ? Frozen<T[Key]> : T[Key] };

/** A validated configuration. Sizes are in bytes, durations in milliseconds, as the names say. */
export type Config = Frozen<ReturnType<typeof named>>;

function named(settings: Settings) {
  const { nats, line, limits, flow, authorization, log, shutdown } = settings;
  return {
    serverName: settings.server_name,
    pidFile: settings.pid_file,
    nats: {
      enabled: nats.enabled,
      listener: settings.listener,
      listeners: [settings.listener] as Address[],
      maxControlLineBytes: nats.max_control_line,
      maxPayloadBytes: nats.max_payload,
      pingIntervalMs: nats.ping_interval,
      maxPingsOut: nats.ping_max,
    },
    line: {
      enabled: line.enabled,
      listener: line.listener,
      listeners: [line.listener] as Address[],
      maxLineBytes: line.max_line,
      tls: false,
    },
    serverTags: [] as readonly string[],
    portsFileDir: undefined as string | undefined,
    accounts: [] as readonly AccountConfig[],
    systemAccount: undefined as string | undefined,
    operator: undefined as OperatorConfig | undefined,
    tls: undefined as TlsConfig | undefined,
    monitor: { listener: undefined as Address | undefined },
    lameDuck: { durationMs: 120_000, graceMs: 10_000 },
    limits: {
      maxConnections: limits.max_connections,
      maxSubscriptions: limits.max_subscriptions,
      maxSubjectTokens: 0,
    },
    flow: {
      highWaterBytes: flow.high_water,
      lowWaterBytes: flow.low_water,
      maxPendingBytes: flow.max_pending,
      writeDeadlineMs: flow.write_deadline,
    },
    authorization: {
      user: authorization.user,
      password: authorization.password,
      token: authorization.token,
      timeoutMs: authorization.timeout,
      noAuthUser: undefined as string | undefined,
      defaultPermissions: undefined as PermissionsConfig | undefined,
      users: [] as readonly UserConfig[],
    },
    log: { level: log.level, format: log.format, file: log.file },
    shutdown: { deadlineMs: shutdown.deadline },
  };
}

function freeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object') freeze(inner);
  }
  return Object.freeze(value);
}

/** Names the units and freezes. */
export function toConfig(settings: Settings): Config {
  return freeze(named(settings));
}

/**
 * A configuration from an object shaped like the TOML file, defaults filled in: `configFrom({ flow: { write_deadline:
 * '50ms' } })`. For embedding and for specs; reads neither files nor the environment.
 * @throws SluiceError CONFIG_INVALID naming every wrong key, one per line
 */
export function configFrom(settings: SettingsInput = {}): Config {
  const result = v.safeParse(settingsSchema, settings);
  if (result.success) return toConfig(result.output);
  const problems = result.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
}
