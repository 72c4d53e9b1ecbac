/** The log: pino lines, pretty on a terminal, on a destination that never holds up the broker. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import { faultOf } from './config/file.js';
import type { Config } from './config.js';
import { SluiceError } from './errors.js';
import { Destination, nonBlocking, openLogFile } from './log/destination.js';

const STDERR = 2;

/** Safety net: nothing should log these, and if something does they do not show. Own keys and one level down. */
const SECRETS = ['password', 'pass', 'token', 'auth_token'].flatMap((name) => [name, `*.${name}`]);

/** A logger and what its owner does with it at the end. */
export interface Log {
  readonly logger: Logger;
  /** Resolves when every line so far is written or given up; takes as long as the reader of a pipe does. */
  flush(): Promise<void>;
  /** The same before it returns, bounded to a fraction of a second: for an exit that cannot wait. */
  flushSync(): void;
  /** Flushes and closes the file; later lines are dropped. */
  close(): Promise<void>;
}

/** pino-pretty costs as much start-up time as everything else together, so it is loaded for the first line. */
function prettyLines(colorize: boolean): (line: string) => string {
  let format: ((line: string) => string) | undefined;
  return (line) => {
    if (format === undefined) {
      const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
      format = pretty.prettyFactory({
        colorize: colorize && pretty.isColorSupported,
        translateTime: 'SYS:HH:MM:ss.l',
        singleLine: true,
      });
    }
    return format(line);
  };
}

function openTarget(file: string | undefined): number {
  if (file === undefined) return nonBlocking(STDERR);
  try {
    return openLogFile(file);
  } catch (error) {
    const fault =
      (error as NodeJS.ErrnoException).code === 'ENXIO' ? 'a pipe without a reader' : faultOf(error);
    throw new SluiceError('LOG_UNWRITABLE', `log.file = ${JSON.stringify(file)}: ${fault}`, { cause: error });
  }
}

/** Tells the operator that the log is gone; standard error may be what failed, so this may fail as well. */
function report(target: string, error: Error): void {
  try {
    writeSync(STDERR, `sluice: ${target}: ${faultOf(error)}; nothing more is logged\n`);
  } catch {
    // Nobody is left to tell.
  }
}

/**
 * A logger for the `log` part of the configuration. Lines are written in the background; a target that fails is
 * reported once on standard error and then dropped, one that is too slow loses lines, which are counted in the log.
 * @throws SluiceError LOG_UNWRITABLE when the file cannot be opened
 */
export function createLogger({ level, format, file }: Config['log']): Log {
  const fd = openTarget(file);
  const isTerminal = isatty(fd);
  const pretty =
    format === 'pretty' || (format === 'auto' && isTerminal)
      ? prettyLines(isTerminal)
      : (line: string) => line;
  const destination = new Destination(fd, {
    onFailure: (error) => report(file ?? 'standard error', error),
    onDropped: (lines) => logger.warn({ lines }, 'log lines dropped: the log was too slow'),
  });
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: SECRETS,
    },
    { write: (line: string) => destination.write(pretty(line)) },
  );
  return {
    logger,
    flush: () => destination.flush(),
    flushSync: () => destination.flushSync(),
    close: () => destination.close(),
  };
}
