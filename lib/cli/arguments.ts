/** The command line: words in, what to do out. */
import type { CommanderError } from 'commander';
import { looksLikeAddress } from '../config/address.js';
import { FIELDS } from '../config/fields.js';
import { fromText, type Given, type Source } from '../config/given.js';
import { closest } from '../config/suggest.js';
import { SluiceError } from '../errors.js';

/** What the command line asks for. */
export interface Arguments {
  /** `check` is `-t`; `print` is `--print-config`; `help` and `version` have their text in {@link Arguments.text}. */
  readonly action: 'run' | 'check' | 'print' | 'help' | 'version';
  readonly text: string;
  /** The configuration file that was named. */
  readonly file: string | undefined;
  /** Whether `./config.toml` is read if it is there: not when a file or an ADDRESS was named. */
  readonly usesDefaultFile: boolean;
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly flags: Source;
}

/** What no words at all mean. */
const NOTHING: Arguments = {
  action: 'run',
  text: '',
  file: undefined,
  usesDefaultFile: true,
  host: undefined,
  port: undefined,
  flags: { given: [], problems: [] },
};

/** Flags that set one key to their argument, by their long name. */
const KEY_BY_FLAG = {
  line: 'line.listener',
  name: 'server_name',
  log: 'log.file',
  pid: 'pid_file',
  logLevel: 'log.level',
  logFormat: 'log.format',
  user: 'authorization.user',
  pass: 'authorization.password',
  auth: 'authorization.token',
} as const;

type TextFlag = keyof typeof KEY_BY_FLAG;

/** What commander leaves behind. */
type Options = { readonly [Flag in TextFlag]?: string | false } & {
  readonly addr?: string;
  readonly port?: string;
  readonly config?: string;
  readonly nats: boolean;
  readonly debug?: true;
  readonly trace?: true;
  readonly t?: true;
  readonly printConfig?: true;
};

function give(key: string, value: string | boolean, flag: string): Given {
  const field = FIELDS.get(key)!;
  const shown = typeof value === 'string' && field.kind !== 'secret' ? `${flag} ${value}` : flag;
  return { field, value: typeof value === 'string' ? fromText(field, value) : value, origin: shown };
}

function dashed(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flags as values of keys. -D and -V come first, so that --log-level wins over them. */
function givenBy(options: Options): Given[] {
  const given: Given[] = [];
  if (options.trace) given.push(give('log.level', 'trace', '--trace'));
  else if (options.debug) given.push(give('log.level', 'debug', '--debug'));
  if (!options.nats) given.push(give('nats.enabled', false, '--no-nats'));
  if (options.line === false) given.push(give('line.enabled', false, '--no-line'));
  if (typeof options.line === 'string') given.push(give('line.enabled', true, `--line ${options.line}`));
  for (const [flag, key] of Object.entries(KEY_BY_FLAG)) {
    const text = options[flag as TextFlag];
    if (typeof text === 'string') given.push(give(key, text, dashed(flag)));
  }
  return given;
}

/** commander's complaint as one line that names the word and what is allowed. */
function complaint({ code, message }: CommanderError, flags: readonly string[]): string {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  if (code === 'commander.unknownOption') {
    const meant = quoted.startsWith('--') ? closest(quoted, flags) : undefined;
    return `${quoted}: unknown option, ${meant ? `did you mean ${meant}?` : 'see sluice --help'}`;
  }
  if (code === 'commander.optionMissingArgument') return `${quoted}: argument missing`;
  return message.replace(/^error: /, '').replaceAll('\n', ' ');
}

/**
 * Reads the command line.
 * @param words without the interpreter and the script
 * @param version what `--version` prints
 * @throws SluiceError CONFIG_INVALID, one line
 */
export async function parseArguments(words: readonly string[], version: string): Promise<Arguments> {
  if (words.length === 0) return NOTHING;
  // commander is worth its start-up time only when there is something to parse.
  const { createProgram } = await import('./program.js');
  const { CommanderError } = await import('commander');
  let text = '';
  const program = createProgram(version, (output) => {
    text += output;
  });
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { ...NOTHING, action: 'help', text };
    if (error.code === 'commander.version') return { ...NOTHING, action: 'version', text };
    const flags = program.options.map((option) => option.long ?? option.flags);
    throw new SluiceError('CONFIG_INVALID', complaint(error, flags), { cause: error });
  }
  return fromOptions(program.opts<Options>(), program.args);
}

function fromOptions(options: Options, [positional, excess]: readonly string[]): Arguments {
  if (excess !== undefined) {
    throw new SluiceError('CONFIG_INVALID', `${excess}: one word too many, allowed: one ADDRESS or file`);
  }
  const given = givenBy(options);
  const isAddress = positional !== undefined && looksLikeAddress(positional);
  if (positional !== undefined && isAddress) {
    if (options.line !== undefined) {
      throw new SluiceError('CONFIG_INVALID', `${positional}: the line listener is given twice, see --line`);
    }
    given.push(give('line.enabled', true, positional));
    given.push({ ...give('line.listener', positional, ''), origin: positional });
  }
  if (positional !== undefined && !isAddress && options.config !== undefined) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `${positional}: a second file, allowed: one (--config is another)`,
    );
  }
  return {
    ...NOTHING,
    action: options.t ? 'check' : options.printConfig ? 'print' : 'run',
    file: options.config ?? (isAddress ? undefined : positional),
    usesDefaultFile: options.config === undefined && positional === undefined,
    host: options.addr,
    port: options.port,
    flags: { given, problems: [] },
  };
}
