/** The command line: words in, what to do out. */

import { settingNamed } from '../config/fields.js';
import { fromText, type Given, type Source } from '../config/given.js';
import { looksLikeAddress } from '../domain/address.js';
import { SluiceError } from '../domain/errors.js';
import { nameOf } from './flag-set.js';
import { FLAGS, type Flag, type Own } from './flags.js';
import { type ParsedFlag, scan } from './scan.js';

/** What the command line asks for. */
export interface Arguments {
  /** `check` is `-t`; `print` is `--print-config`; `signal` is `-sl`. */
  readonly action: 'run' | 'check' | 'print' | 'help' | 'help-tls' | 'version' | 'signal';
  /** The configuration file that was named. */
  readonly file: string | undefined;
  /** Whether `./config.toml` is read if it is there: not when a file or an ADDRESS was named. */
  readonly usesDefaultFile: boolean;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly flags: Source;
  /** Whether TLS was asked for, so that a configuration without is wrong. */
  readonly wantsTls: boolean;
  /** With `signal`: the signal and the process, as in `reload=4711`. */
  readonly signal: string;
  /** Things to tell the user about the flags that do not keep sluice from starting. */
  readonly warnings: readonly string[];
}

type Owned = ReadonlyMap<Own, string | boolean>;

/** What a flag says about a key; `shown` is what it is called in messages. */
export function give(key: string, value: string | boolean, shown: string): Given {
  const field = settingNamed(key);
  const origin = typeof value === 'string' && field.kind !== 'secret' ? `${shown} ${value}` : shown;
  return { field, value: typeof value === 'string' ? fromText(field, value) : value, origin };
}

/** What several flags decide together: those come first, so that --log-level and --tlscert win over them. */
function givenTogether(owned: Owned): Given[] {
  const given: Given[] = [];
  const [debug, trace, tls, line, monitor] = (['debug', 'trace', 'tls', 'line', 'monitor'] as const).map(
    (name) => owned.get(name),
  );
  if (trace === true) given.push(give('log.level', 'trace', '--trace'));
  else if (debug === true) given.push(give('log.level', 'debug', '--debug'));
  else if (debug === false || trace === false) given.push(give('log.level', 'info', '--debug=false'));
  if (tls === false) {
    for (const key of ['tls.cert_file', 'tls.key_file', 'tls.ca_file'])
      given.push(give(key, '', '--tls=false'));
    given.push(give('tls.verify', false, '--tls=false'));
  }
  if (typeof line === 'string') {
    given.push(give('line.enabled', true, `--line ${line}`), give('line.listener', line, '--line'));
  }
  const secure = owned.get('secure-monitor');
  if (isOn(monitor) && isOn(secure))
    throw new SluiceError('CONFIG_INVALID', `--https_port: not beside --http_port, allowed: one of them`);
  if (typeof monitor === 'string')
    given.push(...monitorAt(monitor, '--http_port', owned), ...secureMonitor(false, monitor, '--http_port'));
  if (typeof secure === 'string' && !isOn(monitor))
    given.push(...monitorAt(secure, '--https_port', owned), ...secureMonitor(true, secure, '--https_port'));
  return given;
}

/** Whether a flag names a port; 0 is none. */
function isOn(port: string | boolean | undefined): boolean {
  return typeof port === 'string' && port !== '0';
}

function monitorAt(port: string, flag: string, owned: Owned): Given[] {
  const host = owned.get('addr');
  const address = port === '0' ? '' : typeof host === 'string' ? `${bracketed(host)}:${port}` : port;
  return [{ ...give('monitor.listener', address, ''), origin: `${flag} ${port}` }];
}

function secureMonitor(isSecure: boolean, port: string, flag: string): Given[] {
  return port === '0' ? [] : [{ ...give('monitor.tls', isSecure, ''), origin: `${flag} ${port}` }];
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** What single flags set, in the order of the words; and what those say that change nothing. */
function givenAlone(spoken: readonly ParsedFlag<Flag>[]): {
  readonly given: Given[];
  readonly warnings: string[];
} {
  const given: Given[] = [];
  const warnings: string[] = [];
  for (const { flag, value } of spoken) {
    const { effect } = flag;
    if (effect.kind === 'refused') {
      throw new SluiceError('CONFIG_INVALID', `${nameOf(flag)}: ${effect.why}`);
    }
    if (effect.kind === 'ignored' && value !== false) warnings.push(`${nameOf(flag)}: ${effect.why}`);
    if (effect.kind !== 'key') continue;
    if (typeof value === 'string') given.push(give(effect.key, value, nameOf(flag)));
    else {
      const shown = value ? nameOf(flag) : `${nameOf(flag)}=false`;
      given.push(give(effect.key, effect.isInverted ? !value : value, shown));
    }
  }
  return { given, warnings };
}

function actionOf(owned: Owned, word: string | undefined): Arguments['action'] {
  if (owned.get('version') || word === 'version') return 'version';
  if (owned.get('help') || word === 'help') return 'help';
  if (owned.get('help-tls')) return 'help-tls';
  if (owned.has('signal')) return 'signal';
  if (owned.get('check')) return 'check';
  return owned.get('print') ? 'print' : 'run';
}

/**
 * Reads the command line.
 * @param words without the interpreter and the script
 * @param program what the command is called, for messages
 * @throws SluiceError CONFIG_INVALID, one line
 */
export function parseArguments(words: readonly string[], program: string): Arguments {
  const { spoken, rest } = scan(words, program, FLAGS);
  const [positional, excess] = rest;
  if (excess !== undefined) {
    throw new SluiceError('CONFIG_INVALID', `${excess}: one word too many, allowed: one ADDRESS or file`);
  }
  const owned: Owned = new Map(
    spoken.flatMap(({ flag: { effect }, value }) => (effect.kind === 'own' ? [[effect.name, value]] : [])),
  );
  const text = (name: Own) => owned.get(name) as string | undefined;
  const action = actionOf(owned, positional);
  const printsText = action === 'version' || action === 'help' || action === 'help-tls';
  const { given: alone, warnings } = printsText ? NOTHING : givenAlone(spoken);
  const given = [...givenTogether(owned), ...alone];
  const file = text('config');
  if (program === 'nats-server' && !printsText && isWord(positional)) {
    throw new SluiceError('CONFIG_INVALID', `unrecognized command: ${JSON.stringify(positional)}`);
  }
  const isAddress = positional !== undefined && looksLikeAddress(positional);
  if (isAddress) {
    if (owned.has('line') || alone.some(({ field }) => field.key === 'line.enabled')) {
      throw new SluiceError('CONFIG_INVALID', `${positional}: the line listener is given twice, see --line`);
    }
    given.push(give('line.enabled', true, positional));
    given.push({ ...give('line.listener', positional, ''), origin: positional });
  } else if (positional !== undefined && file !== undefined) {
    const message = `${positional}: a second file, allowed: one (--config is another)`;
    throw new SluiceError('CONFIG_INVALID', message);
  }
  return {
    action,
    file: file ?? (isAddress ? undefined : positional),
    usesDefaultFile: file === undefined && positional === undefined,
    host: text('addr'),
    port: text('port'),
    flags: { given, problems: [] },
    wantsTls: owned.get('tls') === true,
    signal: text('signal') ?? '',
    warnings,
  };
}

/** Whether it can be a command, and no path of a file or an address. */
function isWord(positional: string | undefined): boolean {
  return positional !== undefined && /^[a-z][\w-]*$/i.test(positional);
}

const NOTHING: { readonly given: Given[]; readonly warnings: string[] } = { given: [], warnings: [] };
