/** Log lines as people read them on a terminal; no field of a line can forge another. */
import { createRequire } from 'node:module';
import { printable, safeJson } from '../domain/printable.js';

/** What may not be in a line beside pino-pretty's own colours and line ends. */
const STRAY = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n\x1b]/gu;

/** Between the lines of a stack trace; any other line end in it is part of a message. */
const STACK_LINE_END = /\n(?= {4}at )/;

/** What is shown as it is, in brackets or after the level: nothing of it can be mistaken for the rest of the line. */
function shown(value: unknown): unknown {
  return typeof value === 'string' ? safeJson(value) : value;
}

/** An error without line ends but those of its stack trace. */
function escapeLine(value: unknown): unknown {
  if (typeof value === 'string') return value.split(STACK_LINE_END).map(printable).join('\n');
  if (Array.isArray(value)) return value.map(escapeLine);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [printable(key), escapeLine(each)]));
}

/** The fields that pino-pretty writes as they are; it writes all others as JSON. */
function prepared(line: string): object {
  const fields = JSON.parse(line) as Record<string, unknown>;
  const { msg, name, pid, hostname, caller, err, error } = fields;
  return {
    ...fields,
    ...(typeof msg === 'string' && { msg: printable(msg) }),
    ...(name !== undefined && { name: shown(name) }),
    ...(pid !== undefined && { pid: shown(pid) }),
    ...(hostname !== undefined && { hostname: shown(hostname) }),
    ...(caller !== undefined && { caller: shown(caller) }),
    ...(err !== undefined && { err: escapeLine(err) }),
    ...(error !== undefined && { error: escapeLine(error) }),
  };
}

/**
 * Formats pino lines; pino-pretty costs as much start-up time as everything else together, so it is loaded for the first
 * line.
 * @param isUtc times are in UTC; else in the local time zone
 */
export function prettyLines(colorize: boolean, isUtc = false): (line: string) => string {
  let format: ((line: object) => string) | undefined;
  return (line) => {
    if (format === undefined) {
      const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
      format = pretty.prettyFactory({
        colorize: colorize && pretty.isColorSupported,
        translateTime: `${isUtc ? 'UTC' : 'SYS'}:HH:MM:ss.l`,
        singleLine: true,
      });
    }
    return format(prepared(line)).replace(STRAY, printable);
  };
}
