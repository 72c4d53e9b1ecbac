import { parseHost } from '../config/address.js';
import { type Address, type Config, configFrom, formatAddress, type SettingsInput } from '../config.js';
import { SluiceError } from '../errors.js';

/** Where a listener listens, instead of its `listener` key. */
export interface Place {
  /** Host name or IP address. Default: the listener's own, `127.0.0.1` for NATS and the monitor, `0.0.0.0` for line clients. */
  readonly host?: string | undefined;
  /** 0 (any free port) to 65535. Default: 4222 for NATS, 8889 for line clients, 8222 for the monitor. */
  readonly port?: number | undefined;
}

type Table<Name extends 'nats' | 'line' | 'monitor'> = NonNullable<SettingsInput[Name]> & Place;

/**
 * Settings as an embedding program writes them: those of the configuration file, and `host` and `port` or `false` for
 * `nats`, `line` and `monitor`. docs/config.md has all of them with default, unit and range.
 */
export type BrokerSettings = Omit<SettingsInput, 'nats' | 'line' | 'monitor'> & {
  /** NATS clients; false: they are not served. */
  readonly nats?: Table<'nats'> | false | undefined;
  /** Line clients (telnet, nc); false: they are not served. */
  readonly line?: Table<'line'> | false | undefined;
  /** HTTP monitoring; false, the default: none. */
  readonly monitor?: Table<'monitor'> | false | undefined;
};

/** Where each listens if nobody says. */
const DEFAULTS: Readonly<Record<'nats' | 'line' | 'monitor', Address>> = {
  nats: { host: '127.0.0.1', port: 4222 },
  line: { host: '0.0.0.0', port: 8889 },
  monitor: { host: '127.0.0.1', port: 8222 },
};

/** The same in the words of the configuration file. Problems are added to `problems`, a line each. */
function settingsFrom(settings: BrokerSettings, problems: string[]): SettingsInput {
  const { nats, line, monitor, ...rest } = settings;
  const placed = { ...rest } as SettingsInput & Record<string, unknown>;
  const own = {
    nats: tableOf('nats', nats, settings.listener === undefined ? undefined : 'listener', problems),
    line: tableOf('line', line, hasListener(line) ? 'line.listener' : undefined, problems),
    monitor: tableOf('monitor', monitor, hasListener(monitor) ? 'monitor.listener' : undefined, problems),
  };
  if (own.nats.listener !== undefined) placed.listener = own.nats.listener;
  if (nats !== undefined) placed.nats = nats === false ? { enabled: false } : own.nats.rest;
  if (line !== undefined)
    placed.line =
      line === false ? { enabled: false } : { ...own.line.rest, ...listenerOf(own.line.listener) };
  if (monitor !== undefined)
    placed.monitor = monitor === false ? {} : { ...own.monitor.rest, ...listenerOf(own.monitor.listener) };
  return placed;
}

/**
 * A configuration, defaults filled in, from settings as `createBroker` takes them. Reads neither files nor the
 * environment.
 * @throws SluiceError CONFIG_INVALID naming every wrong key, its value and what is allowed, one per line
 */
export function configOf(settings: BrokerSettings = {}): Config {
  const problems: string[] = [];
  const input = settingsFrom(settings, problems);
  try {
    const config = configFrom(input);
    if (problems.length === 0) return config;
  } catch (error) {
    if (!(error instanceof SluiceError) || problems.length === 0) throw error;
    problems.push(error.message);
  }
  throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
}

interface Split {
  readonly listener: string | undefined;
  readonly rest: object;
}

function hasListener(table: unknown): boolean {
  return typeof table === 'object' && table !== null && 'listener' in table && table.listener !== undefined;
}

function listenerOf(listener: string | undefined): { listener?: string } {
  return listener === undefined ? {} : { listener };
}

/** @param taken the key that says where it listens already */
function tableOf(
  name: 'nats' | 'line' | 'monitor',
  table: unknown,
  taken: string | undefined,
  problems: string[],
): Split {
  if (typeof table !== 'object' || table === null) return { listener: undefined, rest: table as object };
  const { host, port, ...rest } = table as Place & Record<string, unknown>;
  if (host === undefined && port === undefined) return { listener: undefined, rest };
  const key = `${name}.${host === undefined ? 'port' : 'host'}`;
  const before = problems.length;
  if (taken !== undefined) problems.push(`${key}: excluded by ${taken}, which says where already`);
  if (host !== undefined && (typeof host !== 'string' || parseHost(host) === undefined))
    problems.push(
      `${name}.host = ${JSON.stringify(host)}: not a host, allowed: a host name or an IP address`,
    );
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    problems.push(`${name}.port = ${JSON.stringify(port)}: not a port, allowed: 0 (any free port) to 65535`);
  if (problems.length > before) return { listener: undefined, rest };
  return { listener: formatAddress({ ...DEFAULTS[name], ...place(host, port) }), rest };
}

function place(host: string | undefined, port: number | undefined): Partial<Address> {
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
}
