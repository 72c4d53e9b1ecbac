/** Flags over environment over file over defaults. */
import * as v from 'valibot';
import { SluiceError } from '../errors.js';
import { formatAddress, PORT_ALLOWED, parseAddress, parseHost, parsePort } from './address.js';
import { type Config, toConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { FIELDS } from './fields.js';
import { readConfigFile } from './file.js';
import type { Given, Source } from './given.js';
import { type Settings, type SettingsInput, settingsSchema } from './schema.js';

/** Where to look. */
export interface Sources {
  /** The configuration file; undefined: none. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly flags?: Source;
  /** `--addr`: replaces the host of whatever NATS listener the rest amounts to. */
  readonly host?: string | undefined;
  /** `--port`: likewise its port; -1 is any free one. */
  readonly port?: string | undefined;
}

/** What came of it. */
export interface Loaded {
  readonly config: Config;
  /** The same in TOML's words, for printing. */
  readonly settings: Settings;
  /** Things to tell the user that do not keep sluice from starting. */
  readonly warnings: readonly string[];
}

const LISTENER = FIELDS.get('listener')!;

/** The NATS listener with `--addr` and `--port` worked in. */
function listenerWith(base: unknown, { host: hostFlag, port: portFlag }: Sources): Source {
  const { host, port } = parseAddress(String(base), '127.0.0.1') ?? { host: '127.0.0.1', port: 4222 };
  const newHost = hostFlag === undefined ? host : parseHost(hostFlag);
  const newPort = portFlag === undefined ? port : parsePort(portFlag);
  const problems: string[] = [];
  if (newHost === undefined)
    problems.push(`--addr ${hostFlag}: not a host, allowed: a host name or an IP address`);
  if (newPort === undefined) problems.push(`--port ${portFlag}: not a port, allowed: ${PORT_ALLOWED}`);
  if (newHost === undefined || newPort === undefined) return { given: [], problems };
  const origin = portFlag === undefined ? `--addr ${hostFlag}` : `--port ${portFlag}`;
  const value = formatAddress({ host: newHost, port: newPort });
  return { given: [{ field: LISTENER, value, origin }], problems };
}

function nest(merged: ReadonlyMap<string, Given>): SettingsInput {
  const nested: Record<string, unknown> = {};
  for (const { field, value } of merged.values()) {
    const [head = '', name] = field.path;
    if (name === undefined) nested[head] = value;
    else nested[head] = { ...(nested[head] as object | undefined), [name]: value };
  }
  return nested;
}

/** What a message about a rule between settings starts with. */
function originOf(key: string, merged: ReadonlyMap<string, Given>): string {
  const given = merged.get(key);
  return given ? given.origin : `${key} = ${JSON.stringify(FIELDS.get(key)?.fallback)} (the default)`;
}

/**
 * Reads all sources, checks every value in each (also those that another overrides), and merges them.
 * @throws SluiceError CONFIG_UNREADABLE for the file, or CONFIG_INVALID with every problem found, one per line
 */
export function loadConfig(sources: Sources): Loaded {
  const file = sources.file === undefined ? undefined : readConfigFile(sources.file);
  const environment = readEnvironment(sources.environment ?? {});
  const merged = new Map<string, Given>();
  const problems: string[] = [];
  const take = (source: Source | undefined) => {
    problems.push(...(source?.problems ?? []));
    for (const each of source?.given ?? []) {
      const problem = each.field.check(each.value);
      if (problem === undefined) merged.set(each.field.key, each);
      else problems.push(`${each.origin}: ${problem}`);
    }
  };
  take(file);
  take(environment);
  take(sources.flags);
  if (sources.host !== undefined || sources.port !== undefined) {
    take(listenerWith(merged.get(LISTENER.key)?.value ?? LISTENER.fallback, sources));
  }
  const result = v.safeParse(settingsSchema, nest(merged));
  for (const issue of result.issues ?? []) {
    problems.push(`${originOf(v.getDotPath(issue) ?? '', merged)}: ${issue.message}`);
  }
  if (!result.success || problems.length > 0) throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
  const settings = result.output;
  if (!settings.nats.enabled && !settings.line.enabled) {
    const both = `${originOf('nats.enabled', merged)} and ${originOf('line.enabled', merged)}`;
    throw new SluiceError('CONFIG_INVALID', `${both}: nothing to listen on, allowed: one of them`);
  }
  return { config: toConfig(settings), settings, warnings: environment.warnings };
}
