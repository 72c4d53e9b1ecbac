/** A broker in a process of its own: its start, the signals it gets, its end. */
import type { Broker, ControlActions } from '../broker.js';
import { withoutLine } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import { createLogger, type Log } from '../log/index.js';
import { VERSION } from '../version.js';
import { exposedListeners, isReadableByOthers } from './exposure.js';
import { type Invocation, loadFor } from './invocation.js';
import { nameProcess } from './persona.js';
import { ProcessSignals } from './process-signals.js';
import { Reloader } from './reload.js';
import { RuntimeFiles } from './runtime-files.js';
import { startFor } from './start.js';
import { natsPortsFailure, natsStartFailure } from './start-failure.js';

/** What a shutdown may take beyond `shutdown.deadline`, in milliseconds, before the process ends regardless. */
const SHUTDOWN_GRACE_MS = 500;

/** How long the last log lines may take to be written, in milliseconds. */
const LOG_FLUSH_MS = 400;

/** Signals that end the process; with the exit codes of a second one, as the shell counts them. */
const ENDINGS = { SIGINT: 130, SIGTERM: 143, SIGQUIT: 131 } as const;

type Ending = keyof typeof ENDINGS;

function wait(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'late'));
}

/**
 * Runs a broker until a signal ends it. Resolves when it listens; its pid and ports files are written then.
 * @throws SluiceError when it cannot start; then nothing is left listening
 */
export async function run(invocation: Invocation): Promise<void> {
  const signals = new ProcessSignals();
  const loaded = await loadFor(invocation);
  const { config, file, warnings } = loaded;
  const { persona } = invocation;
  nameProcess(persona.program);
  const log = await createLogger(config.log);
  const { logger } = log;
  const flushed = () => Promise.race([log.flush(), wait(LOG_FLUSH_MS)]);
  process.on('exit', () => log.flushSync());
  process.on('uncaughtException', async (error) => {
    logger.fatal({ err: error }, 'uncaught exception');
    await flushed();
    process.exit(1);
  });
  for (const warning of warnings) logger.warn(warning);

  const failed = async (error: unknown): Promise<never> => {
    const line =
      config.log.format === 'nats' && error instanceof SluiceError ? natsStartFailure(error) : undefined;
    if (line === undefined) throw error;
    logger.fatal(line);
    await flushed();
    return process.exit(1);
  };
  const { broker, hasNoLine } = await startFor(loaded, logger, actionsOf(signals)).catch(failed);
  const files = new RuntimeFiles(persona.portsFilePrefix, broker, persona.pidLineEnd);
  process.on('exit', () => files.remove());
  const reloader = new Reloader(config, { broker, log, files }, async () => {
    const next = await loadFor(invocation, file);
    return hasNoLine ? { ...next, config: withoutLine(next.config) } : next;
  });
  broker.reloadSource = () => reloader.reload();
  try {
    files.keep(config);
  } catch (error) {
    const isNatsError = config.log.format === 'nats' && error instanceof SluiceError;
    const line = isNatsError ? natsPortsFailure(error) : undefined;
    if (line === undefined) await failed(error);
    else logger.error(line);
  }
  handleSignals(signals, { broker, log, reloader, flushed });

  const isNats = config.log.format === 'nats';
  if (isNats) logger.info('ready');
  for (const exposure of exposedListeners(broker, config)) logger.warn(exposure);
  for (const risk of isReadableByOthers(broker, config)) logger.info(risk);
  if (isNats || !(config.banner === 'always' || (config.banner === 'auto' && process.stdout.isTTY))) return;
  const { banner } = await import('./banner.js');
  await flushed(); // on a terminal it comes last, where it is seen
  const isLogBeside = config.log.file === undefined && process.stdout.isTTY && process.stderr.isTTY;
  process.stdout.write(banner(VERSION, broker, config, file, isLogBeside));
}

/** What requests to the monitor do: the same as the signals that `-sl` names so. */
function actionsOf(signals: ProcessSignals): ControlActions {
  return {
    reload: () => signals.take('SIGHUP'),
    reopen: () => signals.take('SIGUSR1'),
    ldm: () => signals.take('SIGUSR2'),
    quit: () => signals.take('SIGTERM'),
  };
}

/** What signals act on. */
interface Signalled {
  readonly broker: Broker;
  readonly log: Log;
  readonly reloader: Reloader;
  /** Resolves when the log has been written. */
  readonly flushed: () => Promise<unknown>;
}

function handleSignals(signals: ProcessSignals, { broker, log, reloader, flushed }: Signalled): void {
  const { logger } = log;
  let state: 'running' | 'lame duck' | 'stopping' = 'running';

  const leave = async (outcome: 'late' | { readonly err: unknown } | undefined) => {
    if (outcome === 'late') logger.error('shutdown took too long, exiting regardless');
    else if (outcome !== undefined) logger.error(outcome, 'shutdown failed');
    else if (reloader.config.log.format === 'nats') logger.info('stopped');
    await flushed();
    process.exit(outcome === undefined ? 0 : 1);
  };
  const stop = async (signal: Ending) => {
    if (state === 'stopping') process.exit(ENDINGS[signal]);
    // Orchestrators send SIGTERM after asking for lame duck mode, and want that to run its course.
    if (state === 'lame duck' && signal === 'SIGTERM') return;
    state = 'stopping';
    logger.info({ signal }, 'shutting down');
    const patience = reloader.config.shutdown.deadlineMs + SHUTDOWN_GRACE_MS;
    const closed = broker.close().then(
      () => undefined,
      (err: unknown) => ({ err }),
    );
    await leave(await Promise.race([closed, wait(patience)]));
  };
  const beLameDuck = async (signal: NodeJS.Signals) => {
    if (state !== 'running') return;
    state = 'lame duck';
    logger.info({ signal }, 'entering lame duck mode');
    const outcome = await broker.lameDuck().then(
      () => undefined,
      (err: unknown) => ({ err }),
    );
    if (state === 'lame duck') await leave(outcome);
  };
  signals.handleWith((signal) => {
    if (signal === 'SIGUSR1') reopen(log);
    else if (signal === 'SIGUSR2') void beLameDuck(signal);
    else if (signal !== 'SIGHUP') void stop(signal);
    else if (state === 'running') void reloader.reload();
  });
}

function reopen({ logger, ...log }: Log): void {
  try {
    logger.info(log.reopen() ? 'log file reopened' : 'log file not reopened: it is standard error');
  } catch (error) {
    logger.error({ reason: (error as Error).message }, 'log file not reopened');
  }
}
