/** `sluice run`: a command with a throwaway broker. Uses neither process.stdout nor process.stderr, see complain.ts. */
import { pino } from 'pino';
import { type Broker, startBroker } from '../../broker.js';
import { type Config, formatAddress, loadConfig } from '../../config.js';
import { createLogger, type Log } from '../../log/index.js';
import { give } from '../arguments.js';
import { Child } from './child.js';
import type { Options } from './options.js';

const ANYWHERE = '127.0.0.1:-1';

/** How long the last log lines may take to be written, in milliseconds. */
const LOG_FLUSH_MS = 400;

/** The configuration with listeners on free ports of this machine. */
async function configFor(options: Options): Promise<Config> {
  const level = options.text('log-level');
  const given = [
    give('nats.enabled', true, ''),
    give('listener', ANYWHERE, ''),
    give('line.enabled', options.isOn('line'), ''),
    give('line.listener', ANYWHERE, ''),
    give('monitor.listener', '', ''),
    ...(level === undefined ? [] : [give('log.level', level, '--log-level')]),
  ];
  const sources = { file: options.text('config'), environment: process.env, flags: { given, problems: [] } };
  const { config } = await loadConfig(sources);
  return config;
}

/** The environment of the command. */
function environmentOf(
  { natsAddress, lineAddress }: Pick<Broker, 'natsAddress' | 'lineAddress'>,
  { tls }: Config,
): NodeJS.ProcessEnv {
  const { SLUICE_LINE: _outer, ...env } = process.env;
  const scheme = tls === undefined || tls.allowNonTls ? 'nats' : 'tls';
  return {
    ...env,
    ...(natsAddress && { NATS_URL: `${scheme}://${formatAddress(natsAddress)}` }),
    ...(lineAddress && { SLUICE_LINE: formatAddress(lineAddress) }),
  };
}

/**
 * Resolves to the command's exit code once it has ended; the broker goes with the process.
 * @throws SluiceError USAGE without a command; CONFIG_INVALID, CONFIG_UNREADABLE, LOG_UNWRITABLE
 */
export async function perform(options: Options): Promise<number> {
  if (options.words.length === 0) throw options.wrong('no command to run, as in sluice run -- npm test');
  const child = new Child();
  const config = await configFor(options);
  const log: Log | undefined =
    options.text('log-level') === undefined ? undefined : await createLogger(config.log);
  const broker = await startBroker(config, log?.logger ?? pino({ level: 'silent' }, { write: () => {} }));
  const code = await child.run(options.words, environmentOf(broker, config));
  const late = new Promise((resolve) => setTimeout(resolve, LOG_FLUSH_MS));
  await Promise.race([log?.flush(), late]);
  return code;
}
