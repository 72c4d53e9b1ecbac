/** Flags over environment over file over defaults. */
import * as v from 'valibot';
import { PORT_ALLOWED, parseHost, parsePort } from '../domain/address.js';
import { SluiceError } from '../domain/errors.js';
import { type Config, toConfig } from './config.js';
import { readEnvironment } from './environment.js';
import { FIELDS, type Problem, settingNamed } from './fields.js';
import type { Given, Source } from './given.js';
import { unreadableFiles } from './named-files.js';
import { moved, NATS_PLACE, takePlaces } from './places.js';
import { ruleProblems } from './rule-problems.js';
import { type Settings, type SettingsInput, settingsSchema } from './schema.js';
import { type DescribeSetting, describeSetting, type SettingPath, showInside } from './show.js';

/** Where to look. */
export interface Sources {
  /** The configuration file; undefined: none. */
  readonly file?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly flags?: Source;
  /** Defaults other than the schema's; everything else wins over them. */
  readonly defaults?: Source;
  /** `--addr`: replaces the host of whatever NATS listener the rest amounts to. */
  readonly host?: string | undefined;
  /** `--port`: likewise its port; -1 is any free one. */
  readonly port?: string | undefined;
  /** Whether what `nats-server -t` fails of is an error here as well, and not a warning. Default false. */
  readonly isStrict?: boolean;
}

/** What came of it. */
export interface Loaded {
  readonly config: Config;
  /** The same in TOML's words, for printing. */
  readonly settings: Settings;
  /** Things to tell the user that do not keep sluice from starting. */
  readonly warnings: readonly string[];
  /** The keys that any source gave, as in `line.listener`. */
  readonly givenKeys: ReadonlySet<string>;
}

const LISTENER = settingNamed('listener');

/** The NATS listeners with `--addr` and `--port` worked into each; those that are then the same are one. */
function listenerWith(base: unknown, { host: hostFlag, port: portFlag }: Sources): Source {
  const newHost = hostFlag === undefined ? '' : parseHost(hostFlag);
  const newPort = portFlag === undefined ? 0 : parsePort(portFlag);
  const problems: string[] = [];
  if (newHost === undefined)
    problems.push(`--addr ${hostFlag}: not a host, allowed: a host name or an IP address`);
  if (newPort === undefined) problems.push(`--port ${portFlag}: not a port, allowed: ${PORT_ALLOWED}`);
  if (newHost === undefined || newPort === undefined) return { given: [], problems };
  const origin = portFlag === undefined ? `--addr ${hostFlag}` : `--port ${portFlag}`;
  const place = {
    ...(newHost === '' ? {} : { host: newHost }),
    ...(portFlag === undefined ? {} : { port: newPort }),
  };
  const value = moved(base, NATS_PLACE, place);
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

/** What a message about a setting or a part of one starts with. */
function originOf(path: SettingPath, merged: ReadonlyMap<string, Given>): string {
  const key = path.join('.');
  const given = merged.get(key);
  if (given !== undefined) return given.origin;
  for (const length of [1, 2]) {
    const tree = merged.get(path.slice(0, length).join('.'));
    if (tree?.originOf !== undefined) return tree.originOf(path.slice(length));
  }
  return `${key} = ${JSON.stringify(FIELDS.get(key)?.fallback)} (the default)`;
}

/** What a message about a setting starts with that is found wrong once all are merged, such as a file that it names. */
function describeFrom(merged: ReadonlyMap<string, Given>): DescribeSetting {
  return (path, value) => {
    for (const length of [path.length, 2, 1]) {
      const given = merged.get(path.slice(0, length).join('.'));
      if (given === undefined) continue;
      const inner = path.slice(length);
      if (inner.length === 0 || given.originOf === undefined) return given.origin;
      return `${given.originOf(inner)}${showInside(path, value)}`;
    }
    return describeSetting(path, value);
  };
}

/** The problems of one value, one line each. */
function linesOf({ field, value, origin, originOf: inner }: Given): readonly string[] {
  const [first, ...more] = field.check(value);
  if (first === undefined) return [];
  if (inner === undefined) return [`${origin}: ${first.message}`];
  return [first, ...more].map(({ path, input, message }) => {
    return `${inner(path)}${path.length === 0 ? '' : showInside(path, input)}: ${message}`;
  });
}

/** What breaks a rule between settings. */
function ruleLine(problem: Problem, merged: ReadonlyMap<string, Given>): string {
  const { path, input, message } = problem;
  const shown = FIELDS.has(path.join('.')) ? '' : showInside(path, input);
  return `${originOf(path, merged)}${shown}: ${message}`;
}

/** A configuration file. What reads it is loaded where there is one. */
async function readFileOf(path: string, environment: Sources['environment']) {
  const { readConfigFile } = await import('./file.js');
  return readConfigFile(path, environment);
}

/**
 * Reads all sources, checks every value in each (also those that another overrides), and merges them.
 * @throws SluiceError CONFIG_UNREADABLE for the file, or CONFIG_INVALID with every problem found, one per line
 */
export async function loadConfig(sources: Sources): Promise<Loaded> {
  const file = sources.file === undefined ? undefined : await readFileOf(sources.file, sources.environment);
  const environment = readEnvironment(sources.environment ?? {});
  const merged = new Map<string, Given>();
  const problems: string[] = [];
  const wrong = new Set<string>();
  const take = (source: Source | undefined) => {
    problems.push(...(source?.problems ?? []));
    for (const each of source?.given ?? []) {
      const lines = linesOf(each);
      problems.push(...lines);
      const { key } = each.field;
      if (lines.length > 0) wrong.add(key);
      else {
        merged.set(key, each);
        wrong.delete(key);
      }
    }
    for (const key of source?.wrong ?? []) wrong.add(key);
    takePlaces(source?.places ?? [], source?.given ?? [], merged, problems);
  };
  take(sources.defaults);
  take(file);
  take(environment);
  take(sources.flags);
  if (sources.host !== undefined || sources.port !== undefined) {
    take(listenerWith(merged.get(LISTENER.key)?.value ?? LISTENER.fallback, sources));
  }
  const settings = v.parse(settingsSchema, nest(merged));
  problems.push(...ruleProblems(settings, wrong).map((problem) => ruleLine(problem, merged)));
  if (!settings.nats.enabled && !settings.line.enabled) {
    const both = [originOf(['nats', 'enabled'], merged), originOf(['line', 'enabled'], merged)].join(' and ');
    problems.push(`${both}: nothing to listen on, allowed: one of them`);
  }
  const cautions = file?.cautions ?? [];
  const describe = describeFrom(merged);
  const config = toConfig(settings, describe);
  if (sources.isStrict || problems.length > 0) problems.push(...cautions);
  if (problems.length > 0) {
    // Else they are found when they are read, with what is wrong inside.
    problems.push(...unreadableFiles(config, describe));
    throw new SluiceError('CONFIG_INVALID', byPlace([...new Set(problems)]).join('\n'));
  }
  const warnings = [...(file?.warnings ?? []), ...cautions];
  return {
    config,
    settings,
    warnings,
    givenKeys: new Set(merged.keys()),
  };
}

/** Problems in the order of the files; those without a place come first. */
function byPlace(problems: readonly string[]): readonly string[] {
  const files: string[] = [''];
  const ranked = problems.map((problem) => {
    const [, file = '', line = '0', column = '0'] = /^(\S[^\n]*?):(\d+):(\d+): /.exec(problem) ?? [];
    if (!files.includes(file)) files.push(file);
    return { problem, rank: [files.indexOf(file), Number(line), Number(column)] as const };
  });
  ranked.sort(({ rank: one }, { rank: other }) => {
    return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
  });
  return ranked.map(({ problem }) => problem);
}
