/** The command line of the differential tester. */
import { Command, InvalidArgumentError } from 'commander';

export interface Options {
  readonly seed: number;
  readonly sessions: number;
  readonly minutes?: number;
  readonly peer?: string;
  readonly sluice?: string;
  readonly clients: number;
  readonly variant?: string;
  readonly keepGoing: boolean;
  /** Sessions with JetStream instead of random bytes. */
  readonly jetstream: boolean;
  /** A folder of configuration files to check on both, instead of sessions. */
  readonly conf?: string;
  readonly cwd?: string;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function fewClients(text: string): number {
  if (!/^[1-4]$/.test(text)) throw new InvalidArgumentError('It must be 1, 2, 3 or 4.');
  return Number(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e5)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Prints help or what is wrong with the arguments, and exits, as commander does. */
export function parseOptions(argv: readonly string[], now: number): Options {
  return new Command('diff')
    .description('Sends the same random bytes to nats-server and to sluice and compares what they say.')
    .option(
      '--seed <n>',
      'first seed; the sessions have this one and those after it',
      whole,
      now % 1_000_000_000,
    )
    .option('--sessions <n>', 'sessions in total over all variants', whole, 1_000)
    .option('--minutes <n>', 'as many sessions as there is time for, instead', positive)
    .option('--peer <path>', 'a nats-server')
    .option('--sluice <path>', "a cli.js of sluice (this checkout's dist/cli.js)")
    .option('--clients <n>', 'most clients of a session, 1 to 4', fewClients, 4)
    .option('--variant <names>', 'only these configurations, comma-separated')
    .option('--conf <folder>', 'compare the verdicts of -t on every .conf file in it, instead')
    .option('--cwd <folder>', 'with --conf: where both servers run (that folder)')
    .option(
      '--jetstream',
      'requests, publishes and acknowledgements of JetStream instead of random bytes',
      false,
    )
    .option('--keep-going', 'go on after an unknown difference', false)
    .addHelpText('after', '\nPeer: --peer, else $NATS_SERVER, else nats-server from PATH.')
    .parse(argv, { from: 'user' })
    .opts<Options>();
}
