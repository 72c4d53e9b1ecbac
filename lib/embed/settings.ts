import { type Address, type Config, configFrom, formatAddress, type SettingsInput } from '../config.js';
import { PORT_ALLOWED, parseHost, parsePort } from '../domain/address.js';
import { SluiceError } from '../domain/errors.js';
import { checkObject, isOptions } from './check.js';
import type { Either, Underscored } from './either.js';
import { camelCase, LISTENING, type ListeningTable, SETTINGS } from './setting-shapes.js';
import { Translation } from './setting-words.js';
import type { Settings } from './settings-types.js';

/** Where a listener listens, instead of its `listener` key. */
export interface ListenOptions {
  /** Host name or IP address. Default: the listener's own, `127.0.0.1` for NATS, WebSockets, leafs and the monitor, `0.0.0.0` for line clients. */
  readonly host?: string | undefined;
  /** -1 or 0 (any free port) or 1 to 65535. Default: 4222 for NATS, 8889 for line clients, 8222 for the monitor, 8080 for WebSockets, 7422 for leafs. */
  readonly port?: number | undefined;
}

type Table<Name extends keyof SettingsInput & keyof Settings> = Settings[Name] &
  Underscored<NonNullable<SettingsInput[Name]>>;

type Listening<Name extends ListeningTable> = Table<Name> & ListenOptions;

type PlainTable = 'limits' | 'flow' | 'authorization' | 'tls' | 'log' | 'shutdown';

/** A hub that the broker joins as a leaf. */
export type LeafRemote = NonNullable<Settings['leaf']['remotes']>[number];

type LameDuck = Settings['lameDuck'] & Underscored<NonNullable<SettingsInput['lame_duck']>>;

/**
 * Settings as an embedding program writes them: those of the configuration file in camelCase, durations as milliseconds
 * or text (`'2s'`), sizes as bytes or text (`'64KiB'`), and `host` and `port` of each listener. The spelling of the file
 * (`max_payload`) is taken as well.
 */
export type BrokerSettings = { readonly [Name in PlainTable]?: Table<Name> | undefined } & Settings['top'] &
  Underscored<Omit<SettingsInput, 'lame_duck' | 'leaf' | 'jetstream'>> & {
    /** NATS clients. Default, and true: on 127.0.0.1:4222. False: they are not served. */
    readonly nats?: Listening<'nats'> | boolean | undefined;
    /** Line clients (telnet, nc). Default: they are not served. True, or an object: on 0.0.0.0:8889 unless it says otherwise. */
    readonly line?: Listening<'line'> | boolean | undefined;
    /** HTTP monitoring. Default: none. True, or an object: on 127.0.0.1:8222 unless it says otherwise. */
    readonly monitor?: Listening<'monitor'> | boolean | undefined;
    /** WebSocket clients. Default: none but those of attached servers. With `port`, `host` or `listener` the broker listens for them. */
    readonly websocket?: Listening<'websocket'> | undefined;
    /** Leaf links: the hubs to join, as a list or as `remotes`, and where leafs connect, with `port`, `host` or `listener`. Default: none. */
    readonly leaf?: Listening<'leaf'> | readonly LeafRemote[] | undefined;
    /** Streams and consumers. Default: none. True, or an object: they are served, and kept in memory but for files in `storeDir`. */
    readonly jetstream?: Table<'jetstream'> | boolean | undefined;
    /** Accounts by name: subject spaces of their own, and what they share. Default: none but `$G`. */
    readonly accounts?: Either<SettingsInput['accounts']>;
    /** How clients are told to leave before a shutdown. */
    readonly lameDuck?: LameDuck | undefined;
    readonly lame_duck?: LameDuck | undefined;
  };

/** Where each listens by default. */
const DEFAULTS: Readonly<Record<ListeningTable, Address>> = {
  nats: { host: '127.0.0.1', port: 4222 },
  line: { host: '0.0.0.0', port: 8889 },
  monitor: { host: '127.0.0.1', port: 8222 },
  websocket: { host: '127.0.0.1', port: 8080 },
  leaf: { host: '127.0.0.1', port: 7422 },
};

/** The path of the key of the file that says where each listens. */
const LISTENERS: Readonly<Record<ListeningTable, readonly string[]>> = {
  nats: ['listener'],
  line: ['line', 'listener'],
  monitor: ['monitor', 'listener'],
  websocket: ['websocket', 'listener'],
  leaf: ['leaf', 'listener'],
};

/** Those that listen only where it is said where, and are no switch. */
const ASKED_FOR: ReadonlySet<string> = new Set(['websocket', 'leaf']);

type Words = Record<string, unknown> & { listener?: unknown };

/**
 * Settings in the words of the configuration file, not yet checked.
 * @param extra further keys that the program may give, for the message about one that is unknown
 * @throws SluiceError CONFIG_INVALID where the settings are no object
 */
export function inFileWords(
  settings: BrokerSettings,
  extra: readonly string[] = [],
): { readonly input: SettingsInput; readonly translation: Translation } {
  checkObject(settings, 'settings', Object.keys(SETTINGS).map(camelCase));
  const translation = new Translation();
  try {
    const given = withoutShorthands(settings);
    const input = translation.table(withoutSwitches(given), SETTINGS, [], '', extra) as Words;
    for (const name of LISTENING) listen(name, given[name], input, translation);
    return { input: input as SettingsInput, translation };
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw new SluiceError('CONFIG_INVALID', 'options: reading them failed', { cause: error });
  }
}

/** With tables in the place of what stands for them. */
function withoutShorthands(settings: BrokerSettings): BrokerSettings {
  const { leaf, jetstream } = settings;
  return {
    ...settings,
    ...(Array.isArray(leaf) ? { leaf: { remotes: leaf } } : {}),
    ...(typeof jetstream === 'boolean' ? { jetstream: { enabled: jetstream } } : {}),
  };
}

/** Without the tables that are only on or off. */
function withoutSwitches(settings: BrokerSettings): object {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) =>
        typeof value !== 'boolean' || ASKED_FOR.has(name) || !LISTENING.includes(name as ListeningTable),
    ),
  );
}

/** Puts into the words of the file whether and where one of the listeners listens. */
function listen(name: ListeningTable, given: unknown, input: Words, translation: Translation): void {
  if (given === undefined || typeof given === 'boolean') {
    const isOn = given ?? name === 'nats';
    if (ASKED_FOR.has(name)) return;
    if (name !== 'monitor') input[name] = { enabled: isOn };
    else if (isOn) input[name] = { listener: formatAddress(DEFAULTS[name]) };
    return;
  }
  if (!isOptions(given)) return; // the translation has complained of it
  const { host, port, listener, ...others } = input[name] as Words;
  const rest: Words = others;
  input[name] = rest;
  const place = placeOf(name, host, port, translation);
  const key = `${name}.${host === undefined ? 'port' : 'host'}`;
  const isTaken = listener !== undefined || (name === 'nats' && input.listener !== undefined);
  if (place !== undefined && isTaken) {
    const taken = listener === undefined ? 'listener' : `${name}.listener`;
    translation.problems.push(`${key}: excluded by ${taken}, which says where already`);
  } else if (listener !== undefined && name === 'nats' && input.listener !== undefined)
    translation.problems.push('nats.listener: excluded by listener, which is the same');
  const where = listener ?? (place && formatAddress({ ...DEFAULTS[name], ...place })) ?? fallback(name);
  if (where === undefined) return;
  if (name === 'nats') input.listener = where;
  else rest.listener = where;
  translation.record(LISTENERS[name], place === undefined ? `${name}.listener` : key);
}

/** Only the monitor is off where the file does not say where it listens. */
function fallback(name: ListeningTable): string | undefined {
  return name === 'monitor' ? formatAddress(DEFAULTS.monitor) : undefined;
}

/** Where a listener is told to listen by `host` and `port`; undefined: by neither. */
function placeOf(
  name: ListeningTable,
  host: unknown,
  port: unknown,
  { problems }: Translation,
): Partial<Address> | undefined {
  if (host === undefined && port === undefined) return undefined;
  const isHost = typeof host === 'string' && parseHost(host) !== undefined;
  const found = typeof port === 'number' ? parsePort(String(port)) : undefined;
  if (host !== undefined && !isHost)
    problems.push(`${name}.host${shown(host)}: not a host, allowed: a host name or an IP address`);
  if (port !== undefined && found === undefined)
    problems.push(`${name}.port${shown(port)}: not a port, allowed: ${PORT_ALLOWED}`);
  return { ...(isHost ? { host } : {}), ...(found === undefined ? {} : { port: found }) };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return ` = ${JSON.stringify(value)}`;
  return typeof value === 'number' || typeof value === 'boolean' ? ` = ${value}` : '';
}

/**
 * A configuration, defaults filled in, from settings as `createBroker` takes them. Reads neither files nor the
 * environment. Line clients and the monitor are off unless asked for.
 * @throws SluiceError CONFIG_INVALID naming every wrong key, its value and what is allowed, one per line
 */
export function configOf(settings: BrokerSettings = {}): Config {
  const { input, translation } = inFileWords(settings);
  return checked(input, translation);
}

/** The configuration of translated settings. Throws SluiceError CONFIG_INVALID. */
export function checked(input: SettingsInput, translation: Translation): Config {
  const { problems } = translation;
  try {
    const config = configFrom(input, translation);
    if (problems.length === 0) return config;
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    problems.push(error.message);
  }
  throw new SluiceError('CONFIG_INVALID', problems.join('\n'));
}
