/** The flags, in commander's terms. Loaded only when there are words on the command line. */
import { Command } from 'commander';
import { LEVELS, LOG_FORMATS } from '../config/schema.js';

const EXAMPLES = `
Examples:
  sluice                          line clients on 0.0.0.0:8889, NATS clients on 127.0.0.1:4222
  sluice 127.0.0.1:7777           line clients on 127.0.0.1:7777 instead
  sluice my.toml --log-level debug
  sluice -a 0.0.0.0 -p 4222 --user ann --pass secret
  sluice -p -1 --line :-1         both on any free port; the banner says which
  sluice -t -c my.toml            check a configuration
  sluice --print-config > config.toml

Every key of the configuration can also be set in the environment: SLUICE_ and the key in upper
case, as in SLUICE_FLOW_WRITE_DEADLINE=5s. Flags win over the environment, that over the file.`;

/**
 * The parser; it throws CommanderError instead of ending the process.
 * @param write takes the text of --help and --version
 */
export function createProgram(version: string, write: (text: string) => void): Command {
  return new Command('sluice')
    .description('A pub/sub broker that speaks the NATS client protocol and a telnet-friendly line dialect.')
    .usage('[ADDRESS | CONFIG.toml] [options]')
    .argument(
      '[where]',
      'ADDRESS of the line listener, or a configuration file; default: ./config.toml, if any',
    )
    .option('-a, --addr <host>', 'host of the NATS listener')
    .option('-p, --port <n>', 'port of the NATS listener; -1: any free one')
    .option('--line <address>', 'line listener, as in 127.0.0.1:8889')
    .option('--no-line', 'no line listener')
    .option('--no-nats', 'no NATS listener')
    .option('-c, --config <file>', 'configuration file')
    .option('-n, --name <name>', 'server name')
    .option('--user <name>', 'user that clients must present')
    .option('--pass <password>', 'password that clients must present')
    .option('--auth <token>', 'token that clients must present')
    .option('-D, --debug', 'log at debug: every command')
    .option('-V, --trace', 'log at trace: every delivery; -DV is the same')
    .option('--log-level <level>', `one of ${LEVELS.join(', ')}`)
    .option('--log-format <format>', `one of ${LOG_FORMATS.join(', ')}`)
    .option('-l, --log <file>', 'append the log to a file')
    .option('-P, --pid <file>', 'write the process id to a file')
    .option('-t', 'check the configuration and exit')
    .option('--print-config', 'print the configuration as TOML, secrets masked, and exit')
    .version(`sluice ${version}`, '-v, --version', 'print the version and exit')
    .helpOption('-h, --help', 'print this help and exit')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(true) // arguments.ts names the word that is too many
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {}, getOutHelpWidth: () => 100 });
}
