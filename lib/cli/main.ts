/** The command: words in, what was asked for and exit codes out. */
import { printConfig } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import { printable } from '../domain/printable.js';
import { parseArguments } from './arguments.js';
import { type Invocation, loadFor } from './invocation.js';
import { type Persona, personaOf } from './persona.js';
import { run } from './run.js';
import { natsConfigFailure } from './start-failure.js';

/** One line on standard error, which may be gone. */
function warn(program: string, line: string): void {
  process.stderr.write(`${program}: ${printable(line)}\n`);
}

/** The configuration that was asked for; what is odd about it on standard error. */
async function loaded(invocation: Invocation, load = loadFor) {
  const { file, warnings, ...rest } = await load(invocation);
  for (const warning of warnings) warn(invocation.persona.program, `warning: ${warning}`);
  return { file, ...rest };
}

const CHECK_NEEDS_FILE = 'must specify [-c, --config] option to check configuration file syntax';

async function perform(words: readonly string[], persona: Persona): Promise<void> {
  const { program } = persona;
  const args = parseArguments(words, program);
  const invocation = { args, persona, environment: process.env };
  switch (args.action) {
    case 'help': {
      const { helpText } = await import('./help.js');
      process.stdout.write(helpText());
      return;
    }
    case 'help-tls': {
      const { tlsHelpText } = await import('./tls-help.js');
      process.stdout.write(tlsHelpText());
      return;
    }
    case 'version':
      process.stdout.write(`${persona.versionLine}\n`);
      return;
    case 'signal': {
      const { sendSignal } = await import('./signal.js');
      sendSignal(args.signal);
      return;
    }
    case 'check': {
      if (program === 'nats-server' && args.file === undefined) {
        throw new SluiceError('CONFIG_INVALID', CHECK_NEEDS_FILE);
      }
      const { inspect } = await import('./inspect.js');
      const { file } = await loaded(invocation, inspect);
      const what = file ?? 'the configuration';
      if (program === 'sluice') process.stdout.write(`sluice: ${printable(what)} is valid\n`);
      else
        warn(
          program,
          file === undefined ? 'the configuration is valid' : `configuration file ${file} is valid`,
        );
      return;
    }
    case 'print': {
      const { settings } = await loaded(invocation);
      process.stdout.write(printConfig(settings));
      return;
    }
    case 'run':
      return run(invocation);
  }
}

/**
 * The subcommands that need what a broker needs. They are loaded through here, so that in the bundle it all stays one
 * file: a plain start opens no more of them.
 */
export const BROKER_SUBCOMMANDS = {
  run: () => import('./subcommands/run.js'),
  check: () => import('./subcommands/check.js'),
} as const;

function worded(error: SluiceError, { program }: Persona): string {
  return program === 'nats-server' ? natsConfigFailure(error) : error.message;
}

/**
 * Does what the command line asks for; ends the process with 1 and one line or more on standard error when it cannot.
 * @param argv the interpreter, the script and the words
 */
export async function main([, script = '', ...words]: readonly string[]): Promise<void> {
  process.stdout.on('error', () => {}); // the reader of the banner may leave (EPIPE); the broker stays
  process.stderr.on('error', () => {});
  const persona = personaOf([script, process.argv0]);
  try {
    await perform(words, persona);
  } catch (error) {
    const text = error instanceof SluiceError ? worded(error, persona) : `internal error: ${error}`;
    const [first = '', ...more] = text.split('\n');
    warn(persona.program, first);
    for (const line of more) {
      // nats-server names itself once.
      if (persona.program === 'nats-server') process.stderr.write(`${line}\n`);
      else warn(persona.program, line);
    }
    process.exit(1);
  }
}
