#!/usr/bin/env node
/** The sluice command: command line and signals in, a running broker and exit codes out. */
import { existsSync } from 'node:fs';
import { type Arguments, parseArguments } from './cli/arguments.js';
import { SluiceError } from './errors.js';
import { VERSION } from './version.js';

const DEFAULT_FILE = 'config.toml';

/** What a shutdown may take beyond `shutdown.deadline`, in milliseconds, before the process ends regardless. */
const SHUTDOWN_GRACE_MS = 500;

/** How long the last log lines may take to be written, in milliseconds. */
const LOG_FLUSH_MS = 400;

/** Exit codes of a second signal, as the shell counts them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGQUIT: 131 } as const;

async function loadFor({ file: named, usesDefaultFile, flags, host, port }: Arguments) {
  const { loadConfig } = await import('./config.js');
  const file = named ?? (usesDefaultFile && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  return { file, ...(await loadConfig({ file, environment: process.env, flags, host, port })) };
}

async function main(words: readonly string[]): Promise<void> {
  const args = await parseArguments(words, VERSION);
  switch (args.action) {
    case 'help':
    case 'version':
      process.stdout.write(args.text);
      return;
    case 'check': {
      const { file, warnings } = await loadFor(args);
      for (const warning of warnings) complain(`warning: ${warning}`);
      process.stdout.write(`sluice: ${file ?? 'the configuration'} is valid\n`);
      return;
    }
    case 'print': {
      const { settings, warnings } = await loadFor(args);
      for (const warning of warnings) complain(`warning: ${warning}`);
      const { printConfig } = await import('./config.js');
      process.stdout.write(printConfig(settings));
      return;
    }
    case 'run':
      return run(args);
  }
}

async function run(args: Arguments): Promise<void> {
  const { config, file, warnings } = await loadFor(args);
  const [{ createLogger }, { startBroker }, { banner, exposures }, { writePidFile }] = await Promise.all([
    import('./log.js'),
    import('./broker.js'),
    import('./cli/banner.js'),
    import('./cli/pid.js'),
  ]);
  const log = createLogger(config.log);
  const { logger } = log;
  const flushed = () => Promise.race([log.flush(), wait(LOG_FLUSH_MS)]);
  process.on('exit', () => log.flushSync());
  process.on('uncaughtException', async (error) => {
    logger.fatal({ err: error }, 'uncaught exception');
    await flushed();
    process.exit(1);
  });
  for (const warning of warnings) logger.warn(warning);

  const broker = await startBroker(config, logger);
  if (config.pidFile !== undefined) process.on('exit', writePidFile(config.pidFile, process.pid));

  let isStopping = false;
  const stop = async (signal: keyof typeof SIGNALS) => {
    if (isStopping) process.exit(SIGNALS[signal]);
    isStopping = true;
    logger.info({ signal }, 'shutting down');
    const patience = config.shutdown.deadlineMs + SHUTDOWN_GRACE_MS;
    const outcome = await Promise.race([broker.close().catch((err: unknown) => ({ err })), wait(patience)]);
    if (outcome === 'late') logger.error({ patience }, 'shutdown took too long, exiting regardless');
    else if (outcome !== undefined) logger.error(outcome, 'shutdown failed');
    await flushed();
    process.exit(outcome === undefined ? 0 : 1);
  };
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) process.on(signal, stop);

  process.stdout.write(banner(VERSION, broker, config, file));
  for (const exposure of exposures(broker, config)) logger.warn(exposure);
}

function wait(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'late'));
}

/** One line on standard error, which may be gone. */
function complain(line: string): void {
  process.stderr.write(`sluice: ${line}\n`);
}

process.stdout.on('error', () => {}); // the reader of the banner may leave (EPIPE); the broker stays
process.stderr.on('error', () => {});
try {
  await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof SluiceError;
  for (const line of (known ? error.message : `internal error: ${error}`).split('\n')) complain(line);
  process.exit(1);
}
