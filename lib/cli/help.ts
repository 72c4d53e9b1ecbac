/** The text of --help. Loaded only when it is asked for. */
import { usageOf } from './flag-set.js';
import { GROUPS } from './flags.js';
import { subcommandList } from './subcommands/help.js';

const EXAMPLES = `
Flags take one dash or two, and their argument as the next word or after =. nats-server's other flags are known too:
those of syslog are ignored with a warning, those of clusters are refused.

Examples:
  sluice                          line clients on 0.0.0.0:8889, NATS clients on 127.0.0.1:4222
  sluice 127.0.0.1:7777           line clients on 127.0.0.1:7777 instead
  sluice my.toml --log-level debug
  sluice -c nats.conf             a nats-server configuration
  sluice -a 0.0.0.0 -p 4222 --user ann --pass secret
  sluice -p -1 --line :-1         both on any free port; the log says which
  sluice check my.toml            say what is wrong with a configuration
  sluice run -- npm test          tests with a broker of their own, at $NATS_URL
  sluice --print-config > config.toml
  sluice -sl reload=sluice.pid    ldm, quit, reload, reopen, stop or term; by process id, pid file, or name

Signals: HUP reloads the configuration, USR1 opens the log file anew, USR2 sends clients away, then exits; INT, TERM
and QUIT exit, with code 0. Started through a link whose name ends in nats-server, sluice takes nats-server's defaults:
clients on 0.0.0.0:4222 and over IPv6, no line listener, no ./config.toml, no commands, and the log in nats-server's form.

Every key of the configuration can also be set in the environment: SLUICE_ and the key in upper
case, as in SLUICE_FLOW_WRITE_DEADLINE=5s. Flags win over the environment, that over the file.
`;

const ABOUT_COLUMN = 36;

/** The text of --help, with a line end. */
export function helpText(): string {
  const groups = GROUPS.map(({ title, flags }) => {
    const lines = flags.map((flag) => `  ${usageOf(flag).padEnd(ABOUT_COLUMN)} ${flag.about}`);
    return `${title}:\n${lines.join('\n')}\n`;
  });
  return [
    'Usage: sluice [ADDRESS | CONFIG.toml] [options]\n       sluice COMMAND [options] …\n',
    'A pub/sub broker that speaks the NATS client protocol and a telnet-friendly line dialect.\n',
    'ADDRESS is where line clients connect. Without a file or an ADDRESS, ./config.toml is read, if any.\n',
    `Commands; sluice COMMAND --help has more:\n${subcommandList(ABOUT_COLUMN)}`,
    ...groups,
  ]
    .join('\n')
    .concat(EXAMPLES);
}
