/** Command lines that begin with a plain word: a subcommand, in most cases. */
import { existsSync } from 'node:fs';
import { closest } from '../config/suggest.js';
import { SluiceError } from '../domain/errors.js';
import { natsServerName } from './persona-name.js';
import { SUBCOMMANDS } from './subcommands/catalogue.js';
import { Options, usage } from './subcommands/options.js';
import type { Subcommand } from './subcommands/subcommand.js';
import { warn } from './subcommands/warn.js';

/** Does what a subcommand is for; resolves to the exit code. */
type Perform = (options: Options) => Promise<number>;

/** Words that the broker's own command line understands. */
const OWN_WORDS = ['help', 'version'];

/** Exit code of a command line that makes no sense. */
const USAGE_CODE = 2;

const clients = () => import('./subcommands/clients.js');

/** What performs each of them, loaded when it is wanted. */
const PERFORM: Readonly<Record<string, () => Promise<Perform>>> = {
  run: async () => (await (await import('./main.js')).BROKER_SUBCOMMANDS.run()).perform,
  check: async () => (await (await import('./main.js')).BROKER_SUBCOMMANDS.check()).perform,
  tap: async () => (await clients()).tap,
  pub: async () => (await clients()).pub,
  sub: async () => (await clients()).sub,
  req: async () => (await clients()).req,
  completion: async () => (await import('./subcommands/completion.js')).perform,
};

/** The subcommand of a name. Throws SluiceError USAGE where there is none. */
function subcommandNamed(name: string): Subcommand {
  const found = SUBCOMMANDS.find((each) => each.name === name);
  if (found !== undefined) return found;
  const meant = closest(name, [...SUBCOMMANDS.map((each) => each.name), ...OWN_WORDS]);
  throw usage(
    `${name}: neither a command nor a file, ${meant ? `did you mean ${meant}?` : 'see sluice --help'}`,
  );
}

async function help(command: Subcommand): Promise<number> {
  const { subcommandHelp } = await import('./subcommands/help.js');
  process.stdout.write(subcommandHelp(command));
  return 0;
}

async function perform(name: string, words: readonly string[]): Promise<number> {
  if (name === 'help') return help(subcommandNamed(words[0] ?? ''));
  const command = subcommandNamed(name);
  const options = new Options(command, words);
  if (options.isOn('help')) return help(command);
  const load = PERFORM[command.name];
  if (load === undefined) throw new SluiceError('INTERNAL', `${command.name}: nothing performs it`);
  return (await load())(options);
}

/** Whether this is a command line for the broker: there is such a file, or it is taken for nats-server. */
function isBrokers(names: readonly string[], word: string, words: readonly string[]): boolean {
  if (natsServerName(names) !== undefined || word === 'version') return true;
  if (word === 'help') return words.length === 0 || words[0]?.startsWith('-') === true;
  return !SUBCOMMANDS.some(({ name }) => name === word) && existsSync(word);
}

/**
 * Does what the command line asks for, and ends the process: with 2 where it makes no sense, with 1 where it cannot be
 * done, and a line or more on standard error.
 * @param argv the interpreter, the script and the words
 */
export async function main(argv: readonly string[]): Promise<void> {
  const [, script = '', word = '', ...words] = argv;
  if (isBrokers([script, process.argv0], word, words)) return (await import('./main.js')).main(argv);
  let code: number;
  try {
    code = await perform(word, words);
  } catch (error) {
    const isKnown = error instanceof SluiceError;
    warn(isKnown ? error.message : `internal error: ${error}`);
    code = isKnown && error.code === 'USAGE' ? USAGE_CODE : 1;
  }
  process.exit(code);
}
