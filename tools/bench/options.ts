/** The command line of the bench. */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface Options {
  readonly cells?: string;
  readonly probes?: string;
  readonly curves?: true;
  /** Measures WebSockets beside TCP, and nothing else. */
  readonly websocket?: true;
  /** Measures leaf links, and nothing else. */
  readonly leaf?: true;
  readonly rounds: number;
  readonly quick: boolean;
  /** Length of one run; otherwise as long as the time budget allows. */
  readonly seconds?: number;
  readonly only?: 'sluice' | 'peer';
  readonly peer: readonly string[];
  /** A compiled cli.js; this checkout's when absent. */
  readonly sluice?: string;
  readonly relay: boolean;
  /** Load processes. */
  readonly load: number;
  readonly json?: string;
  readonly markdown?: string;
  /** Absent: whether it is written depends on what is measured. */
  readonly write?: boolean;
  readonly profile?: string;
}

/** A number above 0 from the command line. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e6)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** A whole number above 0 from the command line. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999.');
  return Number(text);
}

function collect(path: string, paths: readonly string[]): readonly string[] {
  return [...paths, path];
}

/**
 * Measured with the raw relay: one load process is up to 99 % busy and limits it, on 2 cores too; on 4 cores three are
 * up to 76 % busy, and a fourth takes cores from the broker and makes everything slower.
 */
export function defaultLoad(cores: number): number {
  return Math.min(3, Math.max(2, cores - 1));
}

/** Prints help or what is wrong with the arguments, and exits, as commander does. */
export function parseOptions(argv: readonly string[], env: NodeJS.ProcessEnv, cores: number): Options {
  const { BENCH } = env;
  const command = new Command('bench')
    .description('Measures sluice and its peers side by side, in turns, on loopback.')
    .option(
      '--cells <list>',
      "only these cells, comma-separated: '1-10/16', '1-10' (every size), '/16' (every shape), a group, 'all'",
    )
    .option('--probes <list>', "only, or with --cells also, these probes: ids, groups, 'all'")
    .option('--curves', 'only, or with the others also, how cost grows')
    .option('--websocket', 'only WebSockets beside TCP; writes docs/websocket.md')
    .option('--leaf', 'only leaf links between two servers; writes docs/scale-out.md')
    .option('--rounds <n>', 'measured runs of each broker per cell (5; 3 with --quick)', count)
    .option(
      '--seconds <n>',
      'length of one run (as long as the whole run can stay under 10 minutes)',
      positive,
    )
    .option('--quick', 'fewer cells, shorter runs: under 90 s (also BENCH=quick)', BENCH === 'quick')
    .addOption(new Option('--only <which>', 'leave the others out').choices(['sluice', 'peer']))
    .option(
      '--peer <path>',
      'a nats-server, a redis-server, or the cli.js of another sluice; may be repeated',
      collect,
      [],
    )
    .option('--sluice <path>', "the cli.js to measure (this checkout's dist/cli.js)")
    .option('--relay', 'also a raw byte relay in Node: how far from the floor we are (default)', true)
    .option('--no-relay', 'leave the raw relay out')
    .option('--load <n>', 'load processes: 1 does all; with more, one publishes', count, defaultLoad(cores))
    .option('--json <file>', 'write all figures there')
    .option('--markdown <file>', 'write the tables there')
    .option('--write', 'write tools/bench/results/latest.json, docs/performance.md, docs/bench and README.md')
    .option('--no-write', 'do not; the default unless everything was measured, with a nats-server')
    .option('--profile <cell>', 'run one cell against sluice under --cpu-prof; with --leaf both servers')
    .addHelpText(
      'after',
      '\nPeers: --peer, else $NATS_SERVER (several with : between) or nats-server from PATH, and redis-server from PATH.',
    )
    .parse(argv, { from: 'user' });
  const options = command.opts<Options & { rounds?: number }>();
  return { ...options, rounds: options.rounds ?? (options.quick ? 3 : 5) };
}
