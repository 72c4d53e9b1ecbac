/** The log: pino lines, pretty on a terminal or as nats-server has them, on a destination that never holds up the broker. */
import { closeSync, fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import type { Config } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import { escapeJson, printable } from '../domain/printable.js';
import { readErrorText } from '../domain/read-error.js';
import { Destination, nonBlocking, openLogFile } from './destination.js';
import { Rotation } from './rotation.js';

const STDERR = 2;

/** Safety net: nothing should log these, and if something does they do not show. Own keys and one level down. */
const SECRETS = ['password', 'pass', 'token', 'auth_token'].flatMap((name) => [name, `*.${name}`]);

/** What a log is made of: the `log` part of the configuration. */
export interface LogOptions {
  readonly level: Config['log']['level'];
  readonly format: Config['log']['format'];
  /** Undefined: standard error. */
  readonly file: string | undefined;
  /** Whether lines have a time; default true. */
  readonly timestamps?: boolean;
  /** Whether those times are in UTC, and not in the local time zone; in JSON they always are. Default false. */
  readonly utc?: boolean;
  /** Size in bytes above which the file is rotated; 0, the default: it is not. */
  readonly maxFileBytes?: number;
  /** Files that are kept, the one being written included; 0, the default: all. */
  readonly maxFiles?: number;
  /** Bytes of a message that the trace shows, 0: all; for connections, see net/trace.ts. */
  readonly maxTracedPayloadBytes?: number;
}

/** The options that a reload may change, and their keys. */
const KEYS = [
  ['level', 'log.level'],
  ['format', 'log.format'],
  ['file', 'log.file'],
  ['timestamps', 'log.timestamps'],
  ['utc', 'log.utc'],
  ['maxFileBytes', 'log.max_file_size'],
  ['maxFiles', 'log.max_files'],
  ['maxTracedPayloadBytes', 'log.max_traced_payload'],
] as const satisfies readonly (readonly [keyof LogOptions, string])[];

/** A change of a log that is ready to be made; nothing has changed yet. */
export interface LogChange {
  /** Makes it; the names of the keys that changed. A new level holds for connections from then on. */
  apply(): string[];
  /** Gives it up. */
  cancel(): void;
}

/** A logger and what its owner does with it at the end. */
export interface Log {
  readonly logger: Logger;
  /** Resolves when every line so far is written or given up; takes as long as the reader of a pipe does. */
  flush(): Promise<void>;
  /** The same before it returns, bounded to a fraction of a second: for an exit that cannot wait. */
  flushSync(): void;
  /**
   * Opens the file again by its name, after it has been moved away.
   * @returns whether there is a file to open
   * @throws SluiceError LOG_UNWRITABLE; then the old one stays
   */
  reopen(): boolean;
  /**
   * Prepares a change of level, format or file.
   * @throws SluiceError LOG_UNWRITABLE when the new file cannot be opened
   */
  prepare(next: LogOptions): Promise<LogChange>;
  /** Flushes and closes the file; later lines are dropped. */
  close(): Promise<void>;
}

function openTarget(file: string | undefined): number {
  if (file === undefined) return nonBlocking(STDERR);
  try {
    return openLogFile(file);
  } catch (error) {
    const message = `log.file = ${JSON.stringify(file)}: ${readErrorText(error)}`;
    throw new SluiceError('LOG_UNWRITABLE', message, { cause: error });
  }
}

/** Tells the operator that the log is gone; standard error may be what failed, so this may fail as well. */
function report(target: string, error: Error, consequence: string): void {
  try {
    writeSync(STDERR, `sluice: ${printable(target)}: ${readErrorText(error)}; ${consequence}\n`);
  } catch {
    // There is nowhere left to report it.
  }
}

/** A JSON line with its end, the same JSON without characters that a terminal or a reader of lines takes for more. */
function jsonLine(line: string): string {
  return `${escapeJson(line.trimEnd())}\n`;
}

/** What makes of a JSON line what is written. Other formats than JSON are loaded when they are asked for. */
async function formatOf(
  { format, level, timestamps = true, utc = false }: LogOptions,
  isTerminal: boolean,
): Promise<(line: string) => string> {
  if (format === 'nats') {
    const { natsLines } = await import('./nats.js');
    const time = timestamps ? (utc ? 'utc' : 'local') : 'none';
    return (line) => natsLines(line, time, level === 'trace');
  }
  if (format !== 'pretty' && !(format === 'auto' && isTerminal)) return jsonLine;
  const { prettyLines } = await import('./pretty.js');
  return prettyLines(isTerminal, utc);
}

/** What rotates the file that is open as `fd`; undefined: it is not rotated, as no pipe can be. */
function rotationOf(
  { file, maxFileBytes = 0, maxFiles = 0 }: LogOptions,
  fd: number,
  logger: Logger,
): Rotation | undefined {
  if (file === undefined || maxFileBytes === 0 || !fstatSync(fd).isFile()) return undefined;
  return new Rotation(
    file,
    fd,
    { maxBytes: maxFileBytes, maxFiles },
    {
      onRotated: (backup) => logger.info({ file: backup }, 'log file rotated'),
      onRemoved: (removed) => logger.info({ file: removed }, 'old log file removed'),
      onFailure: (error, nextBytes) =>
        logger.error({ reason: readErrorText(error), nextBytes }, 'log file not rotated'),
    },
  );
}

/**
 * A logger for the `log` part of the configuration. Lines are written in the background; a target that fails is
 * reported once on standard error and then dropped, one that is too slow loses lines, which are counted in the log.
 * @throws SluiceError LOG_UNWRITABLE when the file cannot be opened
 */
export async function createLogger(options: LogOptions): Promise<Log> {
  const fd = openTarget(options.file);
  let current = options;
  let format = await formatOf(options, isatty(fd));
  const destination = new Destination(fd, {
    onFailure: (error) => report(current.file ?? 'standard error', error, 'nothing more is logged'),
    onFull: (error) =>
      report(current.file ?? 'standard error', error, 'lines wait or are dropped until there is room'),
    onDropped: (lines) => logger.warn({ lines }, 'log lines dropped: the log was too slow'),
  });
  const logger: Logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => (current.timestamps === false ? '' : pino.stdTimeFunctions.isoTime()),
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS, censor: '[REDACTED]' },
    },
    { write: (line: string) => destination.write(format(line)) },
  );
  const rotate = (): void => destination.rotateBy(rotationOf(current, destination.fd, logger));
  rotate();
  return {
    logger,
    flush: () => destination.flush(),
    flushSync: () => destination.flushSync(),
    reopen: () => {
      if (current.file === undefined) return false;
      destination.replace(openTarget(current.file));
      rotate();
      return true;
    },
    prepare: async (next) => {
      const isMoved = next.file !== current.file;
      const target = isMoved ? openTarget(next.file) : undefined;
      const nextFormat = await formatOf(next, isatty(target ?? destination.fd));
      return {
        apply: () => {
          const changed = KEYS.filter(([option]) => next[option] !== current[option]).map(([, key]) => key);
          if (target !== undefined) destination.replace(target);
          if (changed.length > 0) format = nextFormat;
          logger.level = next.level;
          current = next;
          if (changed.length > 0) rotate();
          return changed;
        },
        cancel: () => {
          if (target !== undefined && target > STDERR) closeSync(target);
        },
      };
    },
    close: () => destination.close(),
  };
}
